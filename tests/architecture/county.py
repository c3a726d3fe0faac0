"""A home county with one of everything, and people at home, next door and signed out.

Every name at home carries MARK, every row of the home hospital OWN_MARK, and one figure is
MARKED_COUNT: none of them may ever reach somebody whom it does not concern.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from pingji.evaluate.scorecard import actions as scorecard
from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Area,
    ExpertField,
    Organisation,
    Role,
    User,
)
from pingji.ground.directory.tests.factories import (
    COUNTY,
    FOREIGN_COUNTY,
    AreaFactory,
    FacilityFactory,
    OrganisationFactory,
    StaffFactory,
    UserFactory,
    system_user,
)
from pingji.ground.standards.models import Deadline, Profile, Task
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.actions.intake import receive
from pingji.monitor.surveillance.models import (
    Channel,
    Count,
    Disease,
    DiseaseClass,
    DuplicatePair,
    Format,
    Message,
    Period,
    SentinelType,
    SyndromeRule,
)
from pingji.monitor.surveillance.rules import plain_json
from pingji.respond.incidents import actions as incidents
from pingji.respond.incidents.models import EventKind, Grade
from pingji.warn.alerts import actions as alerts
from pingji.warn.alerts.models import Alert
from tests.architecture.advising import advice_rows
from tests.architecture.commanding import command_rows
from tests.architecture.judging import MARKED_COUNT, alert, analysis_rows, assessment_rows
from tests.architecture.ordering import joint_rows, orders_to
from tests.architecture.speaking import opinion_rows
from tests.architecture.switching import mode_rows
from tests.architecture.telling import notice_rows
from tests.architecture.walls import wall_rows

MARK = "甲县专有"
OWN_MARK = "甲院专有"
TOWN = f"{COUNTY}101"
PASSWORD = "Only-for-this-test-1"


@dataclass(eq=False)
class Person:
    """Somebody who asks: who they are, and the browser they ask with."""

    name: str
    user: User | None
    client: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        if self.user is not None:
            self.client.force_login(self.user)

    def __str__(self) -> str:
        return self.name


@dataclass
class County:
    """What there is, and who asks.

    Attributes:
        made: One object of each kind, under the name that addresses give it.
        home: People of the county, one for each role.
        next_door: People of another county, one for each role.
        other_organisation: People of the county who work for another organisation.
        nobody: Somebody who has not signed in.
    """

    now: datetime
    made: dict[str, Any]
    home: list[Person]
    next_door: list[Person]
    other_organisation: list[Person]
    nobody: Person

    def arguments(self, names: list[str]) -> dict[str, Any]:
        """A real object for each argument of an address."""
        return {name: self.made[name] for name in names}


def build() -> County:
    """Lay the county out through the program's own actions."""
    now = datetime.now(UTC).replace(microsecond=0)
    system = system_user()
    places()
    plan(by=system)
    surveillance.load_diseases(by=system, at=now)
    surveillance.load_symptoms(by=system, at=now)
    surveillance.load_sentinel_types(by=system, at=now)
    incidents.load_plans(by=system, at=now)
    hospital, another = organisations()
    home = people(COUNTY, hospital, "home")
    by_role = {person.user.role: person.user for person in home if person.user}
    foreign = OrganisationFactory(
        code="foreign", name="乙县医院", area=Area.objects.get(pk=FOREIGN_COUNTY)
    )
    made = directory_rows(hospital, by_role, now) | loop_rows(hospital, by_role, now)
    made |= opinion_rows(MARK, by_role, now)
    made |= wall_rows(by_role, now, MARK)
    made |= mode_rows(Area.objects.get(pk=COUNTY), by_role, now)
    made |= command_rows(Area.objects.get(pk=TOWN), by_role, now, MARK)
    return County(
        now=now,
        made=made,
        home=home,
        next_door=people(FOREIGN_COUNTY, foreign, "next door"),
        other_organisation=[
            person
            for person in people(COUNTY, another, "another organisation")
            if person.user and person.user.role in BOUND_TO_ORGANISATION
        ],
        nobody=Person("nobody", None),
    )


def places() -> None:
    for code, name, at in (
        (COUNTY, f"{MARK}县", 0.0),
        (TOWN, f"{MARK}镇", 0.05),
        (f"{COUNTY}102", f"{MARK}乡", -0.05),
        (f"{TOWN}001", f"{MARK}村", 0.06),
    ):
        AreaFactory(
            code=code, name=name, name_en=f"{MARK} {code}", longitude=108.76 + at, population=50_000
        )
    AreaFactory(code=FOREIGN_COUNTY, name="乙县", name_en="Next county", longitude=107.87)
    AreaFactory(code=f"{FOREIGN_COUNTY}101", name="乙镇", name_en="Next town", longitude=107.9)


def organisations() -> tuple[Organisation, Organisation]:
    town = Area.objects.get(pk=TOWN)
    hospital = OrganisationFactory(code="home", name=f"{MARK}医院", name_en=MARK, area=town)
    another = OrganisationFactory(
        code="another",
        name=f"{MARK}第二医院",
        name_en=f"{MARK} 2",
        area=Area.objects.get(pk=COUNTY),
    )
    OrganisationFactory(
        code="cdc",
        name=f"{MARK}疾控中心",
        name_en=f"{MARK} CDC",
        kind=Organisation.Kind.CDC,
        area=Area.objects.get(pk=COUNTY),
    )
    return hospital, another


def people(code: str, organisation: Organisation, where: str) -> list[Person]:
    area = Area.objects.get(pk=code)
    return [
        Person(
            f"{role} of {where}",
            UserFactory(
                username=f"{where.replace(' ', '-')}-{role}",
                display_name=f"{MARK if where == 'home' else '某'}{role}",
                role=role,
                area=area,
                organisation=organisation if role in BOUND_TO_ORGANISATION else None,
                password=PASSWORD if role == Role.ADMINISTRATOR and where == "home" else None,
            ),
        )
        for role in Role
    ]


def directory_rows(
    hospital: Organisation, by_role: dict[str, User], now: datetime
) -> dict[str, Any]:
    closed = UserFactory(
        username="left", display_name=f"{MARK}离职", is_active=False, area=hospital.area
    )
    resident = directory.add_resident(
        name=f"{MARK}居民",
        identity_number="990001199003070028",
        sex="U",
        born_on=None,
        phone="10012345678",
        address=f"{MARK}路1号",
        area=hospital.area,
        by=by_role[Role.TOWNSHIP_DOCTOR],
        at=now,
    )
    facility = FacilityFactory(organisation=hospital, name=f"{MARK}门诊楼")
    staff = StaffFactory(organisation=hospital, name=f"{OWN_MARK}职工")
    expert = directory.name_expert(
        person=by_role[Role.EPIDEMIOLOGIST],
        field=ExpertField.EPIDEMIOLOGY,
        title=f"{MARK}主任医师",
        by=by_role[Role.DUTY_OFFICER],
        at=now,
    )
    empty = OrganisationFactory(code="empty", name=f"{MARK}诊所", area=hospital.area)
    return {
        "code": TOWN,
        "user_id": UserFactory(username="somebody", display_name=f"{MARK}用户").pk,
        "organisation_id": empty.pk,
        "facility_id": facility.pk,
        "staff_id": staff.pk,
        "resident_id": resident.pk,
        "inactive_user_id": closed.pk,
        "expertise_id": expert.pk,
    }


def loop_rows(hospital: Organisation, by_role: dict[str, User], now: datetime) -> dict[str, Any]:
    county = Area.objects.get(pk=COUNTY)
    reporter, duty = by_role[Role.HOSPITAL_REPORTER], by_role[Role.DUTY_OFFICER]
    day = (now - timedelta(days=2)).date()
    file = surveillance.hand_in(
        name=f"{OWN_MARK}病例.csv", content=case_lines(day), by=reporter, at=now
    )
    surveillance.read_file(import_id=file.pk, at=now)
    influenza = Disease.objects.get(pk="influenza")
    Count.objects.create(
        disease=influenza,
        channel=Channel.SYNDROME,
        area=county,
        period=Period.DAY,
        starts_on=day,
        count=MARKED_COUNT,
        known_at=now,
    )
    waiting = alert(county, influenza, day, now)
    answered = alert(Area.objects.get(pk=TOWN), influenza, day, now)
    judged = [
        alert(Area.objects.get(pk=TOWN), disease, day, now)
        for disease in Disease.objects.filter(pk__in=("measles", "mumps", "rubella"))
    ]
    answered = alerts.decide(
        alert=answered, to=Alert.State.VERIFIED, by=duty, at=now, reason=f"{MARK}核实"
    )
    incident = incidents.open_incident(
        title=f"{MARK}疫情",
        event_kind=EventKind.INFECTIOUS_DISEASE,
        area=Area.objects.get(pk=TOWN),
        alert=answered,
        grade=Grade.IV,
        grade_reason=f"{MARK}分级",
        by=duty,
        at=now,
    )
    order, order_ids = orders_to(
        hospital, incident, duty=duty, doer=reporter, mark=OWN_MARK, now=now
    )
    order_ids |= joint_rows(hospital, incident, duty=duty, doer=reporter, mark=OWN_MARK, now=now)
    quiet = incidents.open_incident(
        title=f"{MARK}无命令", event_kind=EventKind.OTHER, area=county, by=duty, at=now
    )
    task = Task.objects.filter(profile=Profile.objects.get(name="youyang")).first()
    assert task is not None
    scorecard.update_task(
        task=task,
        area=county,
        state="under_way",
        progress=f"{MARK}进展",
        evidence="",
        by=duty,
        at=now,
    )
    first, second = (
        surveillance.send_card(facts=card_facts(now), by=reporter, at=now, confirmed="核实")
        for _number in (1, 2)
    )
    pair = DuplicatePair.objects.get(first=first, second=second)
    clock = Deadline.objects.of(order).get(key="order.complete")
    (shift,) = directory.put_on_duty(
        area=county,
        person=duty,
        rank=1,
        starts_at=now,
        ends_at=now + timedelta(days=1),
        by=duty,
        at=now,
    )
    return (
        sentinel_rows(hospital, by_role, now)
        | catalogue_rows(reporter, now)
        | list_rows(reporter, now)
        | intake_rows(hospital, by_role[Role.EPIDEMIOLOGIST], now)
        | notice_rows(answered, duty, by_role[Role.ADMINISTRATOR], MARK, now)
        | assessment_rows(judged, by_role, now, MARK)
        | analysis_rows(county, by_role, now, MARK)
        | order_ids
        | advice_rows(incident, quiet, by_role, now, MARK)
        | {
            "alert_id": waiting.pk,
            "run_id": waiting.run_id,
            "shift_id": shift.pk,
            "answered_alert_id": answered.pk,
            "incident_id": incident.pk,
            "quiet_incident_id": quiet.pk,
            "import_id": file.pk,
            "card_id": first.pk,
            "pair_id": pair.pk,
            "deadline_id": clock.pk,
            "task_id": task.pk,
            "name": "youyang",
            "key": "alert.verify",
        }
    )


def card_facts(now: datetime) -> dict[str, Any]:
    """What a report card of the home hospital says."""
    diagnosed = now - timedelta(minutes=5)
    return {
        "name": f"{OWN_MARK}患者",
        "sex": "M",
        "born_on": date(1980, 5, 6),
        "occupation": "farmer",
        "phone": "10012345678",
        "patient": "county",
        "area": f"{TOWN}001",
        "address": f"{OWN_MARK}组",
        "disease": "influenza",
        "status": "confirmed",
        "onset_on": timezone.localdate(diagnosed),
        "diagnosed_at": diagnosed,
        "doctor": f"{OWN_MARK}医生",
        "remark": f"{OWN_MARK}备注",
    }


RESIDENTS = {"residents": MARKED_COUNT, "fever_respiratory": 0, "diarrhoea": 0}
NOBODY_ILL = RESIDENTS | {"sent_to_hospital": 0, "staff_ill": 0}


def sentinel_rows(
    hospital: Organisation, by_role: dict[str, User], now: datetime
) -> dict[str, Any]:
    """A sentinel of the home hospital that reported once and fell silent."""
    epidemiologist, reporter = by_role[Role.EPIDEMIOLOGIST], by_role[Role.HOSPITAL_REPORTER]
    day = timezone.localdate(now) - timedelta(days=9)
    place = sentinels.add_sentinel(
        kind=SentinelType.objects.get(pk="care_home"),
        organisation=hospital,
        name=f"{OWN_MARK}哨点",
        name_en=OWN_MARK,
        opened_on=day - timedelta(days=1),
        by=epidemiologist,
        at=now,
    )
    sentinels.report(
        sentinel=place,
        starts_on=day,
        values=NOBODY_ILL,
        remark=f"{OWN_MARK}说明",
        by=reporter,
        at=now,
    )
    file = sentinels.hand_in_reports(
        name=f"{OWN_MARK}报告.csv",
        content="哨点,日期\n没有,2020-01-01\n".encode(),
        by=reporter,
        at=now,
    )
    sentinels.read_report_file(import_id=file.pk, at=now)
    entry = sentinels.add_calendar_entry(
        name=f"{MARK}寒假",
        starts_on=date(2020, 1, 20),
        ends_on=date(2020, 2, 20),
        by=epidemiologist,
        at=now,
    )
    return {
        "sentinel_id": place.pk,
        "report_file_id": file.pk,
        "entry_id": entry.pk,
        "type_code": "care_home",
        "item_code": "staff_ill",
    }


def catalogue_rows(reporter: User, now: datetime) -> dict[str, Any]:
    """A disease with its dated rows, how complaints are read, and a heading that was said."""
    head = ["号", "病", "住", "起", "类"]
    file = surveillance.hand_in(
        name=f"{OWN_MARK}自有表头.csv",
        content=f"{','.join(head)}\n1,流感,{TOWN}001,2020-01-01,确诊病例\n".encode(),
        by=reporter,
        at=now,
    )
    surveillance.read_file(import_id=file.pk, at=now)
    mapping = surveillance.say_mapping(
        file=file,
        cells=[f"{OWN_MARK}号", *head[1:]],
        kind="cases",
        columns={"key": 0, "disease": 1, "area": 2, "onset_on": 3, "status": 4},
        words={},
        by=reporter,
        at=now,
    )
    return {
        "mapping_id": mapping.pk,
        "disease_code": "mumps",
        "row_kind": "classes",
        "row_id": DiseaseClass.objects.filter(disease="mumps").latest("valid_from").pk,
        "rule_id": SyndromeRule.objects.get(syndrome="influenza_like_illness").pk,
        "symptom_code": "cough",
        "word_role": "negates",
    }


def list_rows(reporter: User, now: datetime) -> dict[str, Any]:
    """A search that the home hospital's reporter keeps, and a line list with names as a file."""
    search = surveillance.save_search(
        name=f"{OWN_MARK}查询", filters={"disease": "influenza"}, by=reporter, at=now
    )
    export = surveillance.ask_export(
        filters={},
        keys=["key", "name", "address"],
        form="csv",
        unmasked=True,
        reason=f"{OWN_MARK}核对",
        by=reporter,
        at=now,
    )
    surveillance.write_export(export_id=export.pk, at=now)
    return {"search_id": search.pk, "export_id": export.pk}


def intake_rows(hospital: Organisation, epidemiologist: User, now: datetime) -> dict[str, Any]:
    """A system of the home hospital, and a message of it that was taken only in part."""
    system, token = surveillance.add_sender(
        organisation=hospital,
        name=f"{OWN_MARK}系统",
        formats=list(Format.values),
        by=epidemiologist,
        at=now,
    )
    others = {
        f"{code}_token": surveillance.add_sender(
            organisation=Organisation.objects.get(code=code),
            name="HIS",
            formats=[Format.JSON],
            by=system_user(),
            at=now,
        )[1]
        for code in ("another", "foreign")
    }
    seen = {"kind": "outpatient", "visited_at": now.isoformat(), "area": f"{TOWN}001"}
    visits = [
        {"key": f"{OWN_MARK}1", "complaint": f"{OWN_MARK}发热", **seen},
        {"key": f"{OWN_MARK}2", "area": f"{OWN_MARK}乡", "age": 200, **seen},
    ]
    body = json.dumps({"key": f"{OWN_MARK}消息", "visits": visits}, ensure_ascii=False).encode()
    message = receive(
        sender=system,
        format=Format.JSON,
        body=body,
        incoming=plain_json.read("visits", body, zone=timezone.get_default_timezone()),
        kind="visits",
        at=now,
    )
    assert message.state == Message.State.PARTLY, message.problems
    return {"sender_id": system.pk, "message_id": message.pk, "token": token} | others


def case_lines(day: date) -> bytes:
    head = "卡片编号,疾病名称,现住地址国标,发病日期,诊断日期,性别,年龄,病例分类"
    good = f"{OWN_MARK}0001,流行性感冒,{TOWN}001,{day},{day},男,30,确诊病例"
    bad = f"{OWN_MARK}0002,没有这种病,{TOWN}001,{day},{day},女,31,确诊病例"
    return f"{head}\n{good}\n{bad}\n".encode()


__all__ = ["COUNTY", "MARK", "MARKED_COUNT", "OWN_MARK", "PASSWORD", "TOWN", "County", "build"]
