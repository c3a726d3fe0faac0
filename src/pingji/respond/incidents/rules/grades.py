"""What a grade needs."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.respond.incidents.models import Grade


def check_grade(grade: str, reason: str) -> None:
    """Raise Refused unless a grade comes with its reason."""
    if grade != Grade.UNGRADED and not reason.strip():
        raise Refused(_("Say why this grade: which figure of which rule."), field="grade_reason")
