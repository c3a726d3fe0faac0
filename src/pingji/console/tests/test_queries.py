"""What waits for whom, what is late, what is found, what the map says."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import override

from pingji.console import queries
from pingji.console.context import Frame
from pingji.console.queries.homes import HOME_OF_ROLE
from pingji.console.queries.maps import class_of, ladder_for, legend
from pingji.console.tests.factories import (
    case,
    epidemiologist,
    in_emergency,
    late_clock,
    open_incident,
    township,
    waiting_alert,
)
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import (
    FOREIGN_COUNTY,
    AreaFactory,
    FacilityFactory,
    OrganisationFactory,
    StaffFactory,
    UserFactory,
)
from pingji.ground.record.actions import note
from pingji.monitor.surveillance.models import CaseReport, Disease

pytestmark = pytest.mark.django_db


def test_an_alert_waits_for_whoever_may_decide_on_it_and_for_nobody_else():
    clock = late_clock()

    assert list(queries.tasks(epidemiologist())) == [clock]
    assert list(queries.tasks(UserFactory(role=Role.LEADER))) == []
    assert list(queries.tasks(UserFactory(role=Role.TOWNSHIP_DOCTOR))) == []
    assert list(queries.tasks(epidemiologist(area__code=FOREIGN_COUNTY))) == []


def test_a_clock_of_an_organisation_waits_for_its_people_and_a_named_one_for_its_owner():
    hospital = OrganisationFactory(area=AreaFactory())
    reporter = UserFactory(role=Role.HOSPITAL_REPORTER, organisation=hospital)
    colleague = UserFactory(role=Role.HOSPITAL_REPORTER, organisation=hospital)
    stranger = UserFactory(role=Role.HOSPITAL_REPORTER)
    clock = late_clock(organisation=hospital)

    assert list(queries.tasks(reporter)) == list(queries.tasks(colleague)) == [clock]
    assert list(queries.tasks(stranger)) == list(queries.tasks(epidemiologist())) == []

    clock.owner = reporter
    clock.save()
    assert list(queries.tasks(reporter)) == [clock]
    assert list(queries.tasks(colleague)) == []


def test_tasks_are_counted_with_those_that_are_late():
    user = epidemiologist()
    late_clock(township("500242101"))
    waiting_alert(township("500242102", "麻旺镇"))

    assert queries.task_counts(user, at=timezone.now()) == {"waiting": 2, "late": 1}


def test_what_is_late_is_the_longest_first_and_a_met_clock_is_gone():
    user = UserFactory(role=Role.LEADER)
    first = late_clock(township("500242101"))
    second = late_clock(township("500242102", "麻旺镇"))
    now = timezone.now()

    assert list(queries.late(user, at=now)) == sorted([first, second], key=lambda c: c.due_at)

    first.state, first.met_by, first.met_at = "met_late", user, now
    first.save()
    assert list(queries.late(user, at=now)) == [second]


def test_a_township_is_in_an_emergency_with_its_county_but_not_with_another():
    doctor = UserFactory(role=Role.TOWNSHIP_DOCTOR, area__code="500242101")

    def mode_of(user):
        return Frame(SimpleNamespace(user=user)).mode

    assert mode_of(doctor) == "peace"

    in_emergency(AreaFactory(code=FOREIGN_COUNTY))
    assert mode_of(doctor) == "peace"

    in_emergency(AreaFactory(code="500242"))
    assert mode_of(doctor) == "emergency"
    assert mode_of(AnonymousUser()) == "peace"


def test_every_role_has_figures_that_lead_somewhere():
    waiting_alert()
    for role in Role:
        figures = queries.stats(UserFactory(role=role), at=timezone.now())
        assert figures
        assert all(figure.url.startswith("/") for figure in figures)


def test_the_figures_say_what_waits_and_what_is_late():
    late_clock()
    open_incident()
    user = UserFactory(role=Role.LEADER)

    with override("en"):
        said = {one.label: one.value for one in queries.stats(user, at=timezone.now())}

    assert said == {
        "Alerts waiting for a verdict": 1,
        "Incidents being answered": 1,
        "Orders not yet done": 0,
        "Late": 1,
        "Sentinels that are silent": 0,
    }


def test_changes_come_newest_first_and_only_from_the_readers_area():
    incident, elsewhere = open_incident(), open_incident(AreaFactory(code=FOREIGN_COUNTY))
    alert = waiting_alert()
    user = UserFactory(role=Role.LEADER)
    now = timezone.now()
    for row in (incident, elsewhere):
        note("incident.opened", subject=row, by=user, at=now - timedelta(minutes=2))
    note("alert.raised", subject=alert, by=user, at=now - timedelta(minutes=1))

    found = queries.changes(user, since=timezone.now() - timedelta(hours=1), most=10)

    assert [change.url for change in found] == [
        f"/alerts/{alert.pk}/",
        f"/leader/{incident.pk}/",
    ]
    assert queries.changes(user, since=timezone.now() + timedelta(hours=1), most=10) == []


@pytest.mark.parametrize("word", ["龙潭", "ltz", "500242101", "手足口", "hand, foot"])
def test_one_box_finds_places_and_alerts_by_piece_initials_code_or_english(word):
    alert = waiting_alert()
    user = epidemiologist()

    urls = [one.url for _heading, found in queries.find(user, word, most=9) for one in found]

    assert urls
    assert set(urls) <= {f"/alerts/{alert.pk}/", "/areas/500242101/"}


def test_english_is_found_by_the_beginning_of_a_word_and_signs_are_taken_as_they_are():
    waiting_alert()
    user = epidemiologist()

    assert urls_of(queries.find(user, "MOUTH", most=9))
    assert queries.find(user, "outh", most=9) == []  # Hand, foot and mouth
    assert queries.find(user, "(mouth", most=9) == []


def test_the_box_finds_an_alert_by_its_number_and_an_incident_by_its_title():
    alert, incident = waiting_alert(), open_incident()
    user = epidemiologist()

    assert f"/alerts/{alert.pk}/" in urls_of(queries.find(user, f"#{alert.pk}", most=9))
    assert f"/incidents/{incident.pk}/" in urls_of(queries.find(user, "聚集性", most=9))
    assert queries.find(user, "  ", most=9) == []


def test_the_box_finds_a_case_by_the_beginning_of_its_number_and_opens_on_its_day():
    found = case(township(), onset=date(2026, 3, 1))
    case(township(), onset=date(2026, 3, 2))
    CaseReport.objects.filter(pk=found.pk).update(key="DEMO500242000917")
    user = epidemiologist()

    (url,) = urls_of(queries.find(user, "DEMO5002420009", most=9))
    query = "disease=hand_foot_mouth&area=500242101&since=2026-03-01&until=2026-03-01"
    assert url == f"/surveillance/cases/?{query}"
    assert queries.find(user, "DE", most=9) == []  # too short to mean one case
    assert queries.find(epidemiologist(area__code=FOREIGN_COUNTY), "DEMO5002", most=9) == []
    clerk = UserFactory(role=Role.STORE_KEEPER)
    assert queries.find(clerk, "DEMO5002", most=9) == []


def test_the_box_finds_who_works_somewhere_and_nobody_who_has_left():
    here = StaffFactory(name="冉隆生", organisation__public=True)
    StaffFactory(name="冉隆芳", left_on=date(2026, 1, 1))
    user = epidemiologist()

    found = queries.find(user, "冉隆", most=9)

    assert urls_of(found) == [f"/organisations/{here.organisation_id}/"]
    assert queries.find(epidemiologist(area__code=FOREIGN_COUNTY), "冉隆", most=9) == []


def urls_of(groups):
    return [one.url for _heading, found in groups for one in found]


def test_the_box_finds_nothing_of_a_foreign_county_or_beyond_the_role():
    waiting_alert()
    open_incident()

    assert queries.find(epidemiologist(area__code=FOREIGN_COUNTY), "龙潭", most=9) == []
    clerk = UserFactory(role=Role.VILLAGE_DOCTOR, area__code="500242101")
    assert urls_of(queries.find(clerk, "龙潭", most=9)) == ["/areas/500242101/"]


def test_the_map_counts_the_cases_of_each_township_in_the_period():
    town = township()
    today = timezone.localdate()
    village = AreaFactory(code="500242101001")
    for onset in (today, today - timedelta(days=6), today - timedelta(days=7)):
        case(village, onset=onset)
    waiting_alert(town)
    FacilityFactory(organisation__area=town)

    with override("en"):
        drawn = queries.township_map(epidemiologist(), queries.Asked(until=today, days=7))

    (cell,) = [feature["properties"] for feature in drawn["cells"]["features"]]
    assert (cell["code"], cell["value"], cell["class"]) == ("500242101", 2, 2)
    assert cell["words"] == "2 cases"
    assert [point["kind"] for point in drawn["points"]] == ["alert", "facility"]
    assert [line["words"] for line in drawn["legend"]] == [
        "no case",
        "1 case",
        "2 cases",
        "alert waiting for a verdict",
        "facility",
    ]
    json_title = "Cases by township, onset {} to {}"
    assert drawn["title"] == json_title.format(today - timedelta(days=6), today)


def test_the_map_shows_nothing_of_a_foreign_county():
    town = township()
    case(town, onset=date(2026, 11, 20))
    waiting_alert(town)

    drawn = queries.township_map(
        epidemiologist(area__code=FOREIGN_COUNTY),
        queries.Asked(until=date(2026, 11, 21), days=7),
    )

    assert drawn["cells"]["features"] == drawn["points"] == []


def test_the_map_can_be_of_one_disease_and_without_facilities():
    town = township()
    case(town, onset=date(2026, 11, 20))
    FacilityFactory(organisation__area=town)
    user = epidemiologist()
    asked = queries.Asked(until=date(2026, 11, 21), days=7, disease="cholera", facilities=False)

    drawn = queries.township_map(user, asked)

    assert [feature["properties"]["value"] for feature in drawn["cells"]["features"]] == [0]
    assert drawn["points"] == []


def test_the_map_of_a_whole_disease_counts_its_parts_and_opens_their_cards(client):
    town = township()
    card = case(town, onset=date(2026, 11, 20))
    whole = Disease.objects.create(code="enterovirus", name="肠道病毒感染", name_en="Enterovirus")
    Disease.objects.filter(pk=card.disease_id).update(part_of=whole)
    user = epidemiologist()

    def drawn(disease):
        asked = queries.Asked(until=date(2026, 11, 21), days=7, disease=disease, facilities=False)
        (cell,) = queries.township_map(user, asked)["cells"]["features"]
        return cell["properties"]["value"]

    assert (drawn(whole.pk), drawn(card.disease_id)) == (1, 1)
    drawn_then = queries.township_map(user, queries.Asked(date(2026, 11, 21), 7, whole.pk))
    rows = queries.listed(drawn_then)["cells"]
    client.force_login(user)
    assert len(client.get(rows[0]["url"]).context["rows"]) == rows[0]["value"] == 1
    CaseReport.objects.update(state=CaseReport.State.WITHDRAWN)
    assert (drawn(whole.pk), drawn("")) == (0, 0)


@pytest.mark.parametrize(
    ("values", "ladder"),
    [
        ([], (1, 2, 3, 4)),
        ([12], (1, 2, 3, 4)),
        ([13], (2, 4, 6, 9)),
        ([10**6], (99, 299, 999, 2999)),
    ],
)
def test_the_classes_are_as_fine_as_the_highest_value_allows(values, ladder):
    assert ladder_for(values) == ladder


@pytest.mark.parametrize(("value", "level"), [(0, 0), (1, 1), (4, 1), (5, 2), (49, 4), (50, 5)])
def test_a_value_falls_into_its_class(value, level):
    assert class_of(value, (4, 9, 19, 49)) == level


def test_the_legend_names_only_the_classes_on_the_map():
    with override("en"):
        words = [line["words"] for line in legend((4, 9, 19, 49), [0, 12], [])]
        highest = [line["words"] for line in legend((4, 9, 19, 49), [70], [])]

    assert words == ["no case", "1–4 cases", "5–9 cases", "10–19 cases"]
    assert highest[-1] == "50 cases or more"


def test_roles_with_a_page_of_their_own_have_it_and_the_others_a_list_of_orders():
    for role in Role:
        assert queries.home_of(UserFactory(role=role)) == HOME_OF_ROLE.get(role, "orders")


def test_the_administrator_sees_how_far_the_directory_is_filled():
    town = township()
    OrganisationFactory(area=town, connected=True)
    OrganisationFactory(area=town)
    user = UserFactory(role=Role.ADMINISTRATOR)

    found = queries.counts(user)

    assert (found["organisations"], found["connected"], found["townships"]) == (2, 1, 1)
    assert found["schematic"] == 0
    assert found["users"] >= 1
