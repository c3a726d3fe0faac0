"""What is sent to the addresses of consultations, reports of events and public bulletins."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from pingji.ground.directory.models import Expertise, Organisation
from pingji.ground.directory.models import Permission as P
from tests.architecture.posting import Body, Post, fixed

ANSWERS = {"question-1": "同意"}


def call(county: Any) -> dict[str, Any]:
    """A consultation that asks everybody of the pool."""
    return {
        "subject": "研判",
        "starts_at": f"{timezone.localtime(county.now):%Y-%m-%dT%H:%M}",
        "agenda": "一\n二",
        "experts": list(Expertise.objects.standing().values_list("pk", flat=True)),
    }


def follow(county: Any) -> dict[str, Any]:
    """An order that follows."""
    tomorrow = timezone.localtime(county.now + timedelta(days=1))
    return {
        "text": "消毒",
        "organisation": Organisation.objects.get(code="empty").pk,
        "due_at": f"{tomorrow:%Y-%m-%dT%H:%M}",
    }


def of(name: str, other: str) -> dict[str, Any]:
    """Another object than the usual one."""
    return {"instead": ((name, other),)}


def anybody_of_the_pool(county: Any) -> dict[str, Any]:
    return {"experts": list(Expertise.objects.standing().values_list("pk", flat=True))}


OPEN = of("consultation_id", "open_consultation_id")
TEXT: Body = fixed(title="通报", title_en="Bulletin", body="正文", body_en="Text", seen="2")
ADVICE_POSTS: dict[str, Post] = {
    "incidents:call_consultation": Post(call, P.CONSULTATION_CHAIR),
    "incidents:invite_experts": Post(anybody_of_the_pool, P.CONSULTATION_CHAIR),
    "incidents:gather_material": Post(fixed(), P.CONSULTATION_CHAIR),
    # Who was invited answers, whatever their role is.
    "incidents:give_opinion": Post(fixed(**ANSWERS)),
    "incidents:decline_consultation": Post(fixed(reason="手术")),
    "incidents:open_opinions": Post(fixed(reason="时限已到"), P.CONSULTATION_CHAIR),
    "incidents:decide_question": Post(
        fixed(number="1", seen="0", decision="停课", reasons="集中"), P.CONSULTATION_CHAIR, **OPEN
    ),
    "incidents:add_follow_up": Post(follow, P.CONSULTATION_CHAIR, **OPEN),
    "incidents:drop_follow_up": Post(fixed(), P.CONSULTATION_CHAIR, **OPEN),
    "incidents:sign_minutes": Post(
        fixed(), P.INCIDENT_MANAGE, **of("consultation_id", "decided_consultation_id")
    ),
    "incidents:withdraw_consultation": Post(fixed(reason="查明"), P.CONSULTATION_CHAIR),
    "incidents:name_illness": Post(
        fixed(disease="influenza", reason="核酸阳性"), (P.EVENT_REPORT_WRITE, P.INCIDENT_MANAGE)
    ),
    "incidents:draft_report": Post(
        fixed(kind="initial"), P.EVENT_REPORT_WRITE, **of("incident_id", "quiet_incident_id")
    ),
    "incidents:write_report": Post(
        fixed(section="event", seen="1", text="改写"), P.EVENT_REPORT_WRITE
    ),
    "incidents:submit_report": Post(fixed(), P.EVENT_REPORT_WRITE),
    "incidents:return_report": Post(
        fixed(reason="补充"), P.EVENT_REPORT_REVIEW, **of("report_id", "reviewed_report_id")
    ),
    "incidents:approve_report": Post(
        fixed(), P.EVENT_REPORT_REVIEW, **of("report_id", "reviewed_report_id")
    ),
    "incidents:send_report": Post(
        fixed(reference="1号"),
        (P.EVENT_REPORT_WRITE, P.EVENT_REPORT_REVIEW),
        **of("report_id", "approved_report_id"),
    ),
    "incidents:drop_report": Post(fixed(reason="重复"), P.EVENT_REPORT_WRITE),
    "incidents:correct_report": Post(
        fixed(why_again="更正"), P.EVENT_REPORT_WRITE, **of("report_id", "sent_report_id")
    ),
    "incidents:draft_bulletin": Post(
        fixed(), P.PUBLIC_BULLETIN_WRITE, **of("incident_id", "third_incident_id")
    ),
    "incidents:write_bulletin": Post(TEXT, P.PUBLIC_BULLETIN_WRITE),
    "incidents:submit_bulletin": Post(fixed(), P.PUBLIC_BULLETIN_WRITE),
    "incidents:return_bulletin": Post(
        fixed(reason="措辞"),
        P.PUBLIC_BULLETIN_RELEASE,
        **of("public_bulletin_id", "reviewed_bulletin_id"),
    ),
    "incidents:release_bulletin": Post(
        fixed(seen="2"),
        P.PUBLIC_BULLETIN_RELEASE,
        **of("public_bulletin_id", "reviewed_bulletin_id"),
    ),
    "incidents:withdraw_bulletin": Post(
        fixed(reason="有误"), P.PUBLIC_BULLETIN_RELEASE, **of("public_bulletin_id", "released_id")
    ),
    "incidents:drop_bulletin": Post(fixed(reason="暂不"), P.PUBLIC_BULLETIN_WRITE),
    "incidents:correct_bulletin": Post(
        fixed(why_again="更正"), P.PUBLIC_BULLETIN_WRITE, **of("public_bulletin_id", "released_id")
    ),
}
