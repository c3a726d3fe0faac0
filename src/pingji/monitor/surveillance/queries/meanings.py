"""What a word in a file's column may mean, for whoever says it."""

from django.utils.translation import gettext as _

from pingji.ground.directory.models import TOWNSHIP_DIGITS, Area, Organisation, User
from pingji.monitor.surveillance.models import CaseStatus, Disease, Period
from pingji.monitor.surveillance.queries.card_form import occupations

CHOICES_AT_MOST = 600

Choices = list[tuple[str, str]]


def meanings(user: User) -> dict[str, Choices]:
    """What a word of each column may mean, and how that is called."""
    areas = Area.objects.visible_to(user).filter(code__length__lte=TOWNSHIP_DIGITS)
    organisations = Organisation.objects.visible_to(user).order_by("name")
    return {
        "sex": [("M", _("Male")), ("F", _("Female")), ("未知", _("Not known"))],
        "status": [(value, str(label)) for value, label in CaseStatus.choices],
        "period": [(value, str(label)) for value, label in Period.choices],
        "occupation": [(one.code, one.label) for one in occupations()],
        "disease": [(row.code, row.label) for row in Disease.objects.order_by("name")],
        "area": [(row.code, row.label) for row in areas[:CHOICES_AT_MOST]],
        "organisation": [
            (name, name) for name in organisations.values_list("name", flat=True)[:CHOICES_AT_MOST]
        ],
    }
