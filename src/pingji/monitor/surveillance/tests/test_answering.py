"""What a waiting file asks, asked and answered by other programs."""

import io
import json

import pytest
from django.test import Client

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.monitor.surveillance import tasks
from pingji.monitor.surveillance.actions.reading import column_letter
from pingji.monitor.surveillance.models import CaseReport, ColumnMapping, Count, Import
from pingji.monitor.surveillance.tests.factories import (
    CASE_HEADINGS,
    COUNTY,
    NOON,
    OTHER_TOWN,
    TOWN,
    case_row,
    imported,
    reporter,
    table,
)

pytestmark = pytest.mark.django_db
State = Import.State
OWN = ["门诊号", "病", "住哪", "哪天病的", "男女", "岁数", "姓名"]
MEANT = {
    "key": "门诊号",
    "disease": "B",
    "area": "住哪",
    "onset_on": "D",
    "sex": "男女",
    "age": "f",
}
WORDS = {"disease": {"手口": "hand_foot_mouth"}, "sex": {"1": "M"}}


def own_cases(*keys: str) -> bytes:
    return table(OWN, [[key, "手口", TOWN, "2025-11-20", "1", "5", "王秀英"] for key in keys])


def without_status(*keys: str) -> bytes:
    at = CASE_HEADINGS.index("病例分类")
    heading = [cell for cell in CASE_HEADINGS if cell != "病例分类"]
    rows = [case_row(key=key) for key in keys]
    return table(heading, [row[:at] + row[at + 1 :] for row in rows])


@pytest.fixture
def person():
    return reporter()


@pytest.fixture
def client(person) -> Client:
    signed_in = Client()
    signed_in.force_login(person)
    return signed_in


def say(client: Client, file: Import, **said: object):
    response = client.post(
        f"/api/surveillance/imports/{file.pk}/columns", json.dumps(said), "application/json"
    )
    file.refresh_from_db()
    if file.state == State.WAITING:
        tasks.read_file(at=NOON, import_id=file.pk)
        file.refresh_from_db()
    return response


def asked(client: Client, file: Import, **query: object):
    return client.get(f"/api/surveillance/imports/{file.pk}/columns", query)


def test_the_status_of_all_lines_is_asked_and_answered(client, person):
    file = imported(without_status("A1", "A2"), by=person)
    assert file.state == State.ASKS

    question = asked(client, file).json()
    assert (question["lacking"], question["columns"]["key"]) == (["status"], "A")
    assert {"value": "confirmed", "label": "确诊"} in question["choices"]["status"]
    answer = say(client, file, for_all={"status": "confirmed"})

    assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    assert (file.state, file.accepted) == (State.DONE, 2)
    assert set(CaseReport.objects.values_list("status", flat=True)) == {"confirmed"}


def test_the_status_may_be_said_with_the_file(client):
    upload = io.BytesIO(without_status("A1"))
    upload.name = "a.csv"
    taken = client.post("/api/surveillance/imports", {"file": upload, "status": "clinical"})
    tasks.read_file(at=NOON, import_id=taken.json()["id"])

    assert CaseReport.objects.get().status == "clinical"


def test_columns_and_words_of_ones_own_are_said_and_remembered(client, person):
    file = imported(own_cases("A1", "A2"), by=person)

    question = asked(client, file).json()
    assert (question["heading"], question["cells"]) == (1, OWN)
    assert question["rows"][0]["cells"][6] == "王**"
    assert "门诊号" not in question["columns"]
    refused = say(client, file, kind="cases", columns=MEANT, for_all={"status": "clinical"})
    assert refused.status_code == 409
    assert refused.json()["words"] == {"disease": ["手口"], "sex": ["1"]}
    assert file.state == State.ASKS
    said = {"kind": "cases", "columns": MEANT, "words": WORDS, "for_all": {"status": "clinical"}}
    assert say(client, file, **said).status_code == 200

    assert (file.state, file.accepted) == (State.DONE, 2)
    case = CaseReport.objects.get(key="A1")
    assert (case.disease_id, case.sex, case.age) == ("hand_foot_mouth", "M", 5)
    assert imported(own_cases("B1"), by=person).state == State.DONE


def test_words_may_be_left_and_said_afterwards(client, person):
    file = imported(own_cases("A1"), by=person)
    said = {"columns": MEANT, "for_all": {"status": "clinical"}}

    say(client, file, **said, leave_words=True)
    assert (file.state, file.refused) == (State.DONE, 1)
    say(client, file, words=WORDS)

    assert (file.state, file.accepted, file.refused) == (State.DONE, 1, 0)


def test_counts_are_said_for_all_rows(client, person):
    file = imported(table(["几号", "几个"], [["2025-11-20", "4"]]), by=person)

    say(
        client,
        file,
        kind="counts",
        columns={"date": "A", "count": "B"},
        for_all={"disease": "norovirus", "area": OTHER_TOWN},
    )

    assert Count.objects.get().count == 4


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"columns": {"nosuch": "A"}}, "columns"),
        ({"columns": {"key": "nosuch"}}, "columns"),
        ({"columns": {**MEANT, "age": "A"}}, "columns"),
        ({"columns": {**MEANT, "onset_on": ""}}, None),
        ({"columns": MEANT, "for_all": {"status": "sure"}}, "words"),
        ({"columns": MEANT, "for_all": {"key": "A1"}}, "words"),
        ({"columns": MEANT, "for_all": {"area": "999999"}}, "words"),
        ({"columns": MEANT, "words": {"disease": {"手口": "nosuch"}}}, "words"),
        ({"columns": MEANT, "words": {"organisation": {"x": "nosuch"}}}, "words"),
        ({"columns": MEANT, "words": {"key": {"手口": "measles"}}}, "words"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(client, person, said, field):
    file = imported(own_cases("A1"), by=person)

    refused = say(client, file, **said)

    assert (refused.status_code, refused.json()["field"]) == (409, field)
    assert refused.json()["reason"]
    assert file.state == State.ASKS
    assert not ColumnMapping.objects.exists()


def test_only_who_handed_it_in_is_asked(client, person):
    file = imported(own_cases("A1"), by=person)
    other = UserFactory(
        role=Role.EPIDEMIOLOGIST, area_id=COUNTY, organisation=OrganisationFactory(area_id=COUNTY)
    )
    client.force_login(other)

    assert asked(client, file).status_code == 409
    assert say(client, file, columns=MEANT).status_code == 409
    client.force_login(UserFactory(role=Role.GRID_WORKER))
    assert asked(client, file).status_code in {404, 409}


def test_a_broken_file_asks_nothing(client, person):
    file = imported(b"PK\x03\x04broken", by=person)

    assert asked(client, file).status_code == 409


def test_reports_of_sentinels_are_never_read_as_cases(client, person):
    file = imported(own_cases("A1"), by=person)
    Import.objects.filter(pk=file.pk).update(kind="sentinels", state="done")

    refused = say(client, file, columns=MEANT, words=WORDS, for_all={"status": "clinical"})

    assert refused.status_code == 409
    assert not CaseReport.objects.exists()


def test_the_description_of_the_interface_tells_how_to_answer(client):
    paths = client.get("/api/openapi.json").json()["paths"]

    described = paths["/api/surveillance/imports/{import_id}/columns"]
    assert {"get", "post"} <= set(described)
    assert {"200", "409"} <= set(described["post"]["responses"])


def test_actions_give_the_letter_of_a_column():
    assert [column_letter(at) for at in (0, 25, 26)] == ["A", "Z", "AA"]
