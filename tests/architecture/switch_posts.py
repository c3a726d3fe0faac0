"""What is sent about switches between peace and emergency, and who may send it."""

from pingji.ground.directory.models import Permission as P
from tests.architecture.posting import Post, fixed
from tests.architecture.switching import GROUND

SWITCH_POSTS: dict[str, Post] = {
    "incidents:cancel_switch": Post(fixed(reason="不再需要"), P.INCIDENT_MANAGE),
    "incidents:finish_step": Post(fixed(result="已到位"), P.INCIDENT_MANAGE),
    "incidents:switch_area": Post(fixed(**GROUND, ticked=["places", "told"]), P.INCIDENT_MANAGE),
    "incidents:switch_facility": Post(
        fixed(**GROUND, ticked=["equipment"]),
        P.INCIDENT_MANAGE,
        instead=(("conversion", "icu"),),
    ),
}
