"""How refusals and papers name a moment."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


def said(at: datetime | None) -> str:
    """A moment in the county's time, as pages write it."""
    return date_format(timezone.localtime(at), "Y-m-d H:i") if at else ""
