"""The demo county's experts, one consultation, its reports and its public bulletin: all for show."""

from datetime import datetime, timedelta

from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import Area, ExpertField, Expertise, Organisation, Role, User
from pingji.ground.directory.queries import experts_for
from pingji.respond.incidents import actions as incidents
from pingji.respond.incidents.actions import bulletins, consultations, reports
from pingji.respond.incidents.models import EventReport, Incident

POOL = (
    (Role.EPIDEMIOLOGIST, ExpertField.EPIDEMIOLOGY, "主任医师"),
    (Role.HOSPITAL_REPORTER, ExpertField.INFECTIOUS_DISEASE, "副主任医师"),
    (Role.HOSPITAL_REPORTER, ExpertField.PAEDIATRICS, "副主任医师"),
    (Role.LABORATORY, ExpertField.LABORATORY, "副主任技师"),
    (Role.DEPARTMENT_LIAISON, ExpertField.SCHOOL_HEALTH, ""),
    (Role.PRESS_OFFICER, ExpertField.RISK_COMMUNICATION, ""),
    (Role.DUTY_OFFICER, ExpertField.EMERGENCY_MANAGEMENT, ""),
)
QUESTIONS = ("疫情在校内继续扩散的可能性", "是否需要停课，停多久")
SAID = {
    Role.EPIDEMIOLOGIST: (
        "病例集中在两个班级，呕吐物污染是主要传播途径，三天内可能还有续发。",
        "建议病例所在班级停课三天，其他班级加强晨午检。",
    ),
    Role.HOSPITAL_REPORTER: (
        "就诊患儿均为轻症，无重症倾向，临床符合诺如病毒感染。",
        "同意病例班级停课，患儿症状消失满72小时后返校。",
    ),
    Role.LABORATORY: (
        "首批采样检出诺如病毒GII型，支持单一暴露来源。",
        "建议食堂从业人员一并采样，结果出来前不供应冷食。",
    ),
}


def name_experts(area: Area, *, at: datetime) -> None:
    """Put the demo's people into the pool, each with the field they know."""
    people = User.objects.filter(area__code__startswith=area.code, demo=True)
    duty = people.filter(role=Role.DUTY_OFFICER).first()
    if duty is None:
        return
    for role, field, title in POOL:
        person = people.filter(role=role).first()
        known = Expertise.objects.standing().filter(person=person, field=field).exists()
        if person is not None and not known:
            directory.name_expert(person=person, field=field, title=title, by=duty, at=at)


def report_first(incident: Incident, *, by: User, reviewer: User, at: datetime) -> None:
    """The initial report, written within its two hours."""
    made = reports.draft_report(incident=incident, kind=EventReport.Kind.INITIAL, by=by, at=at)
    for section, text in (
        ("symptoms", "以呕吐、腹泻为主，部分伴低热，均为轻症。"),
        ("causes", "初步怀疑诺如病毒感染，传播途径正在调查。"),
    ):
        reports.write_report(report=made, section=section, text=text, seen=1, by=by, at=at)
    _send(made, by=by, reviewer=reviewer, at=at, reference="演示〔初〕1号")


def consult(incident: Incident, *, chair: User, signer: User, leader: User, at: datetime) -> None:
    """Three experts answer apart; the decision becomes an order."""
    fields = (ExpertField.EPIDEMIOLOGY, ExpertField.INFECTIOUS_DISEASE, ExpertField.LABORATORY)
    made = consultations.call_consultation(
        incident=incident,
        subject="校园诺如病毒疫情研判",
        starts_at=at + timedelta(hours=1),
        place="县卫生健康委会议室",
        agenda=QUESTIONS,
        experts=experts_for(incident.area_id).filter(field__in=fields),
        by=chair,
        at=at,
    )
    later = at + timedelta(minutes=50)
    for one in made.invitations.select_related("expert"):
        words = SAID[Role(one.expert.role)]
        consultations.give_opinion(
            consultation=made, opinions=dict(enumerate(words, 1)), by=one.expert, at=later
        )
    for number, decision, reasons in (
        (1, "校内三天内可能续发少量病例，校外扩散可能性低。", "病例集中、轻症、来源单一。"),
        (2, "病例所在班级停课三天，全校每日晨午检并消毒。", "专家意见一致，潜伏期不超过三天。"),
    ):
        consultations.decide_question(
            consultation=made,
            number=number,
            decision=decision,
            reasons=reasons,
            seen=0,
            by=chair,
            at=later,
        )
    centre = Organisation.objects.filter(
        area__code__startswith=incident.area_id[:9],
        kind=Organisation.Kind.TOWNSHIP_HEALTH_CENTRE,
    ).first()
    if centre is not None:
        consultations.add_follow_up(
            consultation=made,
            text="指导学校落实停课、晨午检和终末消毒，每日报告新发病例。",
            organisation=centre,
            due_at=later + timedelta(hours=20),
            by=chair,
            at=later,
        )
    signed = later + timedelta(minutes=20)
    consultations.sign_minutes(consultation=made, by=signer, at=signed)
    for line in made.follow_ups.select_related("order").filter(order__isnull=False):
        order = incidents.acknowledge(
            order=line.order, by=signer, at=signed + timedelta(minutes=12)
        )
        done = signed + timedelta(hours=15)
        order = incidents.finish(order=order, result="已落实，无新发。", by=signer, at=done)
        incidents.verify(order=order, by=leader, at=done + timedelta(hours=1))


def tell_the_public(incident: Incident, *, by: User, press: User | None, at: datetime) -> None:
    """One bulletin, released by the press office."""
    if press is None:
        return
    made = bulletins.draft_bulletin(incident=incident, by=by, at=at)
    made = bulletins.submit_bulletin(bulletin=made, by=by, at=at + timedelta(minutes=5))
    bulletins.release_bulletin(
        bulletin=made, seen=made.wording, by=press, at=at + timedelta(minutes=30)
    )


def close_the_book(incident: Incident, *, by: User, reviewer: User, at: datetime) -> None:
    """The closing report, within its two weeks."""
    incident.refresh_from_db()
    assert incident.closed_at is not None
    system = User.objects.system()
    reports.keep_report_clocks(incident=incident, by=system, at=incident.closed_at)
    made = reports.draft_report(incident=incident, kind=EventReport.Kind.CLOSING, by=by, at=at)
    for section, text in (
        ("causes", "诺如病毒GII型感染；首发病例在教室呕吐后处置不规范，造成班内传播。"),
        ("lessons", "配齐呕吐物处置包并培训教师；落实因病缺课登记；流行季前开展演练。"),
    ):
        reports.write_report(report=made, section=section, text=text, seen=1, by=by, at=at)
    _send(made, by=by, reviewer=reviewer, at=at + timedelta(hours=2), reference="演示〔结〕1号")


def _send(report: EventReport, *, by: User, reviewer: User, at: datetime, reference: str) -> None:
    report = reports.submit_report(report=report, by=by, at=at)
    report = reports.approve_report(report=report, by=reviewer, at=at + timedelta(minutes=10))
    reports.send_report(report=report, by=by, at=at + timedelta(minutes=15), reference=reference)
