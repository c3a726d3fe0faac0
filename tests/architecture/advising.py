"""Consultations, reports and public bulletins of the home county in each state."""

from datetime import datetime, timedelta
from typing import Any

from pingji.ground.directory.models import Expertise, Organisation, Role, User
from pingji.respond.incidents.actions import bulletins, consultations, open_incident, reports
from pingji.respond.incidents.models import EventReport, Incident, PublicBulletin


def advice_rows(
    incident: Incident, own: Incident, by_role: dict[str, User], now: datetime, mark: str
) -> dict[str, Any]:
    """A consultation, a report and a bulletin in every state that somebody can act on."""
    writer, duty = by_role[Role.EPIDEMIOLOGIST], by_role[Role.DUTY_OFFICER]
    pool = list(Expertise.objects.filter(person=writer))

    def called(number: int) -> Any:
        return consultations.call_consultation(
            incident=incident,
            subject=f"{mark}会商{number}",
            starts_at=now,
            agenda=[f"{mark}议题"],
            experts=pool,
            by=duty,
            at=now,
        )

    def opened(number: int) -> Any:
        made = called(number)
        consultations.give_opinion(
            consultation=made, opinions={1: f"{mark}意见"}, by=writer, at=now
        )
        return made

    waiting, open_one, decided = called(1), opened(2), opened(3)
    consultations.decide_question(
        consultation=decided,
        number=1,
        decision=f"{mark}决定",
        reasons=f"{mark}理由",
        seen=0,
        by=duty,
        at=now,
    )
    follow_up = consultations.add_follow_up(
        consultation=open_one,
        text=f"{mark}指令",
        organisation=Organisation.objects.get(code="empty"),
        due_at=now + timedelta(days=1),
        by=duty,
        at=now,
    )
    return (
        {
            "consultation_id": waiting.pk,
            "open_consultation_id": open_one.pk,
            "decided_consultation_id": decided.pk,
            "number": follow_up.number,
            "language": "zh-hans",
        }
        | report_rows(incident, own, by_role, now, mark)
        | bulletin_rows(incident, own, by_role, now, mark)
    )


def report_rows(
    incident: Incident, own: Incident, by_role: dict[str, User], now: datetime, mark: str
) -> dict[str, Any]:
    writer, duty = by_role[Role.EPIDEMIOLOGIST], by_role[Role.DUTY_OFFICER]
    kind = EventReport.Kind

    def drafted(of: Incident, which: str) -> EventReport:
        made = reports.draft_report(incident=of, kind=which, by=writer, at=now)
        sections = {kind.INITIAL: "symptoms", kind.PROGRESS: "diagnosis"}
        for section in (sections.get(kind(which), "requests"), *_also(which)):
            reports.write_report(
                report=made, section=section, text=f"{mark}文字", seen=1, by=writer, at=now
            )
        return made

    def submitted(of: Incident, which: str) -> EventReport:
        return reports.submit_report(report=drafted(of, which), by=writer, at=now)

    draft = drafted(incident, kind.SITUATION)
    review = submitted(incident, kind.PROGRESS)
    approved = reports.approve_report(report=submitted(incident, kind.INITIAL), by=duty, at=now)
    sent = reports.approve_report(report=submitted(own, kind.SITUATION), by=duty, at=now)
    sent = reports.send_report(report=sent, by=writer, at=now)
    return {
        "report_id": draft.pk,
        "reviewed_report_id": review.pk,
        "approved_report_id": approved.pk,
        "sent_report_id": sent.pk,
    }


def _also(which: str) -> tuple[str, ...]:
    return ("causes",) if which == EventReport.Kind.INITIAL else ()


def bulletin_rows(
    incident: Incident, own: Incident, by_role: dict[str, User], now: datetime, mark: str
) -> dict[str, Any]:
    """A released one, whose text bears no mark: anybody reads it; and two that nobody may."""
    writer, press = by_role[Role.EPIDEMIOLOGIST], by_role[Role.PRESS_OFFICER]
    third = open_incident(
        title=f"{mark}第三起", event_kind="other", area=own.area, by=writer, at=now
    )

    def drafted(of: Incident, words: str) -> PublicBulletin:
        made = bulletins.draft_bulletin(incident=of, by=writer, at=now)
        return bulletins.write_bulletin(
            bulletin=made,
            title=words,
            title_en=words,
            body=words,
            body_en=words,
            seen=1,
            by=writer,
            at=now,
        )

    released = bulletins.submit_bulletin(bulletin=drafted(third, "公开的通报"), by=writer, at=now)
    released = bulletins.release_bulletin(bulletin=released, seen=2, by=press, at=now)
    waiting = bulletins.submit_bulletin(bulletin=drafted(own, f"{mark}待审"), by=writer, at=now)
    draft = drafted(incident, f"{mark}草稿")
    return {
        "public_bulletin_id": draft.pk,
        "reviewed_bulletin_id": waiting.pk,
        "released_id": released.pk,
        "third_incident_id": third.pk,
    }
