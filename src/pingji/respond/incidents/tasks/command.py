"""The chain of command and the plans by the clock."""

from datetime import datetime

from pingji.ground.directory.models import COUNTY_DIGITS, Area, User
from pingji.ground.record.actions import every, hears
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions.groups import ACKNOWLEDGE
from pingji.respond.incidents.models import Callout


@hears("deadline_overdue")
def call_the_next(
    *,
    at: datetime,
    deadline: int,
    key: str,
    subject_type: str,
    subject_id: str,
    area: str,
    escalates_to: str,
    owner: int | None = None,
) -> None:
    """Call the next of a group where somebody did not answer in time."""
    if subject_type == Callout._meta.label_lower and key == ACKNOWLEDGE:
        actions.pass_on(
            callout=Callout.objects.get(pk=int(subject_id)), by=User.objects.system(), at=at
        )


@every("30 0 * * *")
def open_reviews(*, at: datetime) -> None:
    """See each morning that every plan of a county where people work has its yearly review."""
    codes = {
        code[:COUNTY_DIGITS] for code in User.objects.people().values_list("area_id", flat=True)
    }
    for area in Area.objects.filter(pk__in=codes).of_level("county"):
        actions.open_reviews(area=area, by=User.objects.system(), at=at)
