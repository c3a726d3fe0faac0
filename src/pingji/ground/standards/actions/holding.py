"""Which plan a county is held to."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.ground.standards.models import Profile, ProfileArea


@transaction.atomic
def hold_to(*, code: str, plan: str, by: User, at: datetime) -> bool:
    """Hold a county to a plan that is loaded, another county's too.

    Args:
        code: The county's code.
        plan: The plan's name.
        by: Who chose it.
        at: When.

    Returns:
        Whether that is new.

    Raises:
        Refused: There is no such plan.
    """
    profile = Profile.objects.filter(name=plan).first()
    if profile is None:
        raise Refused(_("There is no such plan."))
    held = ProfileArea.objects.select_for_update().filter(code=code).first()
    if held is not None and held.profile_id == profile.pk:
        return False

    ProfileArea.objects.update_or_create(code=code, defaults={"profile": profile})
    note("profile.chosen", subject=profile, by=by, at=at, area=code, plan=plan)
    return True
