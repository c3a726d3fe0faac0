"""The register of residents as people meet it."""

import pytest

from pingji.ground.directory.models import Resident, Role
from pingji.ground.directory.tests.factories import (
    ResidentFactory,
)
from pingji.ground.record.models import Line

NUMBER = "990001199003070028"
pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def kinds():
    return list(Line.objects.order_by("number").values_list("kind", flat=True))


@pytest.fixture
def resident():
    return ResidentFactory(
        name="田秀兰", identity_number=NUMBER, area__code="500242101", phone="10012345678"
    )


def test_a_list_never_shows_a_name_or_number_in_clear(client, signed_in, resident):
    signed_in(role=Role.EPIDEMIOLOGIST)

    page = text(client.get("/residents/"))

    assert "田**" in page
    assert not any(clear in page for clear in ("田秀兰", NUMBER, "10012345678"))


@pytest.mark.parametrize("typed", [NUMBER, "990001 19900307 0028", "田秀", "10012345678"])
def test_a_resident_is_found_by_whole_number_or_name_and_the_search_is_on_record(
    client, signed_in, resident, typed
):
    user = signed_in(role=Role.EPIDEMIOLOGIST)
    ResidentFactory(name="李四", phone="")

    page = text(client.post("/residents/", {"q": typed}))

    assert "田**" in page
    assert "李*" not in page
    assert NUMBER not in page
    line = Line.objects.get()
    assert (line.kind, line.by) == ("personal_data.seen", user)
    assert line.details["subjects"] == [f"directory.resident:{resident.pk}"]


@pytest.mark.parametrize("typed", [NUMBER[:10], "秀兰", "1001234", "%"])
def test_a_piece_of_a_number_finds_nobody_and_the_attempt_is_on_record(
    client, signed_in, resident, typed
):
    signed_in(role=Role.EPIDEMIOLOGIST)

    page = text(client.post("/residents/", {"q": typed}))

    assert "没有找到" in page
    assert Line.objects.get().details["subjects"] == []


def test_a_look_in_clear_is_on_record(client, signed_in, resident):
    signed_in(role=Role.EPIDEMIOLOGIST)

    page = text(client.get(f"/residents/{resident.pk}/"))

    assert "田秀兰" in page
    assert NUMBER in page
    line = Line.objects.get()
    assert (line.kind, line.subject_id) == ("personal_data.seen", str(resident.pk))
    assert line.subject_label == "田**"


def test_a_grid_worker_sees_stars_and_is_on_record_too(client, signed_in, resident):
    signed_in(role=Role.GRID_WORKER)

    page = text(client.get(f"/residents/{resident.pk}/"))

    assert "99***************8" in page
    assert not any(clear in page for clear in ("田秀兰", NUMBER, "10012345678", "1990-03-07"))
    assert kinds() == ["personal_data.seen"]


def test_a_doctor_registers_and_changes_a_resident(client, signed_in):
    signed_in(role=Role.TOWNSHIP_DOCTOR, area__code="500242101")
    entry = {"name": "田秀兰", "area": "500242101", "sex": "U", "identity_number": NUMBER}

    client.post("/residents/add/", entry)
    resident = Resident.objects.get()
    page = f"/residents/{resident.pk}/edit/"
    client.post(page, entry | {"name": "田秀英", "identity_number": "", "sex": "F"})

    resident.refresh_from_db()
    assert (resident.name, resident.identity_number) == ("田秀英", NUMBER)
    assert kinds() == ["resident.registered", "resident.edited"]
    assert "田秀英" in text(client.get(page))
    assert NUMBER not in text(client.get(page))


def test_a_wrong_number_is_answered_at_its_field(client, signed_in):
    signed_in(role=Role.TOWNSHIP_DOCTOR, area__code="500242101")

    page = text(
        client.post(
            "/residents/add/",
            {"name": "田", "area": "500242101", "sex": "U", "identity_number": NUMBER[:17] + "1"},
        )
    )

    assert "末位校验码不符" in page
    assert not Resident.objects.exists()


@pytest.mark.parametrize("role", [Role.LEADER, Role.ADMINISTRATOR, Role.STORE_KEEPER])
def test_roles_without_need_do_not_reach_residents(client, signed_in, resident, role):
    signed_in(role=role)

    for path in ("/residents/", f"/residents/{resident.pk}/", "/residents/add/"):
        response = client.get(path)
        assert response.status_code == 409
        assert "田" not in text(response)


def test_residents_elsewhere_are_not_found(client, signed_in, resident):
    signed_in(role=Role.TOWNSHIP_DOCTOR, area__code="500242102")

    assert "没有找到" in text(client.post("/residents/", {"q": NUMBER}))
    assert client.get(f"/residents/{resident.pk}/").status_code == 404
    assert client.get(f"/residents/{resident.pk}/edit/").status_code == 404
