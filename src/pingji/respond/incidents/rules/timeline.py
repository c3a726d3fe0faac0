"""In which form a timeline may be taken away."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from pingji.ground import Refused


def check_form(form: str, known: Collection[str]) -> None:
    """Raise Refused unless files of this form are written."""
    if form not in known:
        raise Refused(_("A timeline is written as %(forms)s.") % {"forms": ", ".join(known)})
