"""Users, organisations and areas as people meet them, and as other programs do."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    FacilityFactory,
    OrganisationFactory,
    StaffFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line

PASSWORD = "correct horse battery"
SQUARE = [[[108.7, 28.8], [108.9, 28.8], [108.9, 29.0], [108.7, 29.0], [108.7, 28.8]]]
pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def kinds():
    return list(Line.objects.order_by("number").values_list("kind", flat=True))


# Users


def test_an_administrator_adds_a_user_by_code_of_area(client, signed_in):
    signed_in(role=Role.ADMINISTRATOR)
    AreaFactory(code="500242101", name="龙潭镇")
    organisation = OrganisationFactory(code="clinic-1", name="龙潭镇卫生院", area_id="500242101")

    response = client.post(
        "/users/add/",
        {
            "username": "tian",
            "password": PASSWORD,
            "display_name": "田秀兰",
            "role": Role.TOWNSHIP_DOCTOR,
            "area": "龙潭镇 · 500242101",
            "organisation": "clinic-1",
        },
    )

    user = User.objects.get(username="tian")
    assert response["Location"] == f"/users/{user.pk}/"
    assert (user.area_id, user.organisation) == ("500242101", organisation)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"area": "511723"}, "辖区内没有这个名称或代码"),
        ({"organisation": "no such"}, "辖区内没有这个名称或代码"),
        ({"role": Role.STORE_KEEPER}, "请选择机构"),
        ({"password": "12345678"}, "error"),
    ],
)
def test_what_does_not_fit_is_shown_at_its_field(client, signed_in, typed, says):
    AreaFactory(code="511723")
    signed_in(role=Role.ADMINISTRATOR)
    given = {
        "username": "tian",
        "password": PASSWORD,
        "display_name": "田",
        "role": Role.DUTY_OFFICER,
        "area": "500242",
    }

    response = client.post("/users/add/", given | typed)

    assert says in text(response)
    assert not User.objects.filter(username="tian").exists()


def test_a_user_is_edited_deactivated_and_let_in_again(client, signed_in):
    signed_in(role=Role.ADMINISTRATOR)
    user = UserFactory()
    page = f"/users/{user.pk}/"

    client.post(page + "edit/", {"display_name": "新名", "role": Role.INSPECTOR, "area": "500242"})
    client.post(page + "password/", {"password": PASSWORD})
    client.post(page + "deactivate/", {"reason": "调离"})
    assert "已停用" in text(client.get(page))
    client.post(page + "reactivate/", {"reason": "调回"})

    user.refresh_from_db()
    assert (user.display_name, user.role, user.is_active) == ("新名", Role.INSPECTOR, True)
    assert user.check_password(PASSWORD)
    assert kinds() == ["user.edited", "user.password_set", "user.deactivated", "user.reactivated"]


def test_users_are_found_by_name_role_and_state(client, signed_in):
    signed_in(role=Role.ADMINISTRATOR, display_name="管理员")
    UserFactory(display_name="田秀兰", username="tian")
    UserFactory(display_name="离职者", is_active=False)
    UserFactory(display_name="外县人", area__code="511723")
    system_user()

    everybody = text(client.get("/users/"))
    found = text(client.get("/users/?q=tian&role=duty_officer"))
    out = text(client.get("/users/?out=1"))

    assert "田秀兰" in everybody
    assert not any(name in everybody for name in ("离职者", "外县人", "系统 System"))
    assert "田秀兰" in found
    assert "管理员</a>" not in found
    assert "离职者" in out


@pytest.mark.parametrize("path", ["/users/", "/users/add/"])
def test_users_are_for_administrators(client, signed_in, path):
    signed_in(role=Role.LEADER)

    assert client.get(path).status_code == 409


def test_a_user_of_another_county_is_not_found(client, signed_in):
    signed_in(role=Role.ADMINISTRATOR)
    foreign = UserFactory(area__code="511723")

    for page in ("", "edit/", "password/", "deactivate/", "reactivate/"):
        assert client.get(f"/users/{foreign.pk}/{page}").status_code == 404


# Organisations


def test_an_organisation_lives_its_life_on_screen(client, signed_in):
    signed_in(role=Role.ADMINISTRATOR)
    client.post(
        "/organisations/add/",
        {"code": "H1", "name": "县人民医院", "kind": "hospital", "area": "500242", "beds": "300"},
    )
    organisation = Organisation.objects.get(code="H1")
    page = f"/organisations/{organisation.pk}/"
    place = {"name": "门诊楼", "kind": "clinic", "longitude": "108.7", "latitude": "28.8"}

    client.post(page + "facilities/add/", place)
    client.post(page + "staff/add/", {"name": "赵敏", "post": "医师"})
    shown = text(client.get(page))
    assert all(word in shown for word in ("县人民医院", "300", "门诊楼", "赵敏", "医师"))
    facility, person = organisation.facilities.get(), organisation.staff.get()
    client.post(f"/facilities/{facility.pk}/edit/", place | {"name": "急诊楼"})
    client.post(f"/staff/{person.pk}/edit/", {"name": "赵敏", "post": "主任"})
    assert all(word in text(client.get(page)) for word in ("急诊楼", "主任"))
    client.post(f"/facilities/{facility.pk}/close/", {"on": "2026-11-01", "reason": "搬迁"})
    client.post(f"/staff/{person.pk}/left/", {"on": "2026-11-01"})
    client.post(
        page + "edit/", {"name": "县第一医院", "kind": "hospital", "area": "500242", "beds": "310"}
    )
    client.post(page + "close/", {"on": "2026-11-02", "reason": "合并"})

    client.get(page)  # takes the messages of all these steps away
    shown = text(client.get(page))
    assert "2026-11-02" in shown
    assert not any(word in shown for word in ("急诊楼", "赵敏"))
    organisation.refresh_from_db()
    assert (organisation.name, organisation.beds) == ("县第一医院", 310)
    assert kinds() == [
        "organisation.added",
        "facility.added",
        "staff.added",
        "facility.edited",
        "staff.edited",
        "facility.closed",
        "staff.left",
        "organisation.edited",
        "organisation.closed",
    ]


def test_organisations_are_found_by_name_pinyin_kind_and_area(client, signed_in):
    signed_in()
    OrganisationFactory(name="县人民医院", initials="xrmyy")
    OrganisationFactory(name="龙潭镇卫生院", kind="township_health_centre", area__code="500242101")
    OrganisationFactory(name="旧院", closed_on="2025-01-01")
    OrganisationFactory(name="外县医院", area__code="511723")

    def found(query):
        page = text(client.get("/organisations/?" + query))
        names = ("县人民医院", "龙潭镇卫生院", "旧院", "外县医院")
        return {name for name in names if f">{name}</a>" in page}

    assert found("") == {"县人民医院", "龙潭镇卫生院"}
    assert found("q=rmyy") == {"县人民医院"}
    assert found("kind=township_health_centre") == {"龙潭镇卫生院"}
    assert found("area=500242101") == {"龙潭镇卫生院"}
    assert found("closed=1") == {"旧院"}


def test_who_may_not_edit_is_not_offered_it_and_is_refused(client, signed_in):
    signed_in()
    organisation = OrganisationFactory()
    staff, facility = StaffFactory(organisation=organisation), FacilityFactory()

    page = text(client.get(f"/organisations/{organisation.pk}/"))

    assert "/edit/" not in page
    for path in (
        f"/organisations/{organisation.pk}/edit/",
        f"/organisations/{organisation.pk}/close/",
        f"/organisations/{organisation.pk}/staff/add/",
        f"/staff/{staff.pk}/edit/",
        f"/facilities/{facility.pk}/close/",
        "/organisations/add/",
    ):
        assert client.get(path).status_code == 409, path
        assert client.post(path, {"name": "x"}).status_code == 409, path


def test_what_lies_in_another_county_is_not_found(client, signed_in):
    signed_in(role=Role.ADMINISTRATOR)
    organisation = OrganisationFactory(area__code="511723")
    staff = StaffFactory(organisation=organisation)
    facility = FacilityFactory(organisation=organisation)

    for path in (
        f"/organisations/{organisation.pk}/",
        f"/organisations/{organisation.pk}/map.json",
        f"/organisations/{organisation.pk}/edit/",
        f"/staff/{staff.pk}/edit/",
        f"/facilities/{facility.pk}/edit/",
        "/areas/511723/",
        "/areas/511723/cells.json",
        "/areas/511723/facilities.json",
        "/areas/511723/outlines/",
    ):
        assert client.get(path).status_code == 404, path


def test_options_complete_what_is_typed(client, signed_in):
    signed_in()
    AreaFactory(code="500242002", name="钟多街道", initials="zdjd")
    OrganisationFactory(code="H1", name="县人民医院", initials="xrmyy")

    areas = text(client.get("/areas/options/?area=zd"))
    organisations = text(client.get("/organisations/options/?organisation=rmyy"))

    assert 'value="钟多街道 · 500242002"' in areas
    assert 'value="县人民医院 · H1"' in organisations


# Areas


def test_an_area_shows_what_is_inside_and_around(client, signed_in):
    signed_in()
    AreaFactory(code="500242101", name="龙潭镇", population=57769)
    AreaFactory(code="500242101200", name="川主村")
    OrganisationFactory(kind="village_clinic", area_id="500242101200")

    county = text(client.get("/areas/"))
    town = text(client.get("/areas/500242101/"))

    assert "龙潭镇" in county
    assert "57,769" in county
    assert "/areas/500242/" in town
    assert "川主村" in town
    assert "川主村" in text(client.get("/areas/?q=川主"))


def test_the_map_has_a_cell_for_each_township_and_says_it_is_schematic(client, signed_in):
    admin = signed_in(role=Role.ADMINISTRATOR)
    for number, longitude in enumerate((108.6, 108.7, 108.8), 101):
        AreaFactory(code=f"500242{number}", longitude=longitude, population=number * 100)
    FacilityFactory(name="门诊楼")
    assert client.post("/areas/500242/redraw/").status_code == 302

    drawn = client.get("/areas/500242/cells.json?facilities=1").json()

    assert drawn["schematic"] is True
    assert [cell["properties"]["class"] for cell in drawn["cells"]["features"]] == [3, 3, 3]
    assert drawn["points"][0]["name"] == "门诊楼"
    assert Line.objects.get().by == admin
    geojson = client.get("/areas/500242/facilities.json").json()
    assert geojson["features"][0]["geometry"]["coordinates"] == [108.77, 28.85]


def test_an_administrator_brings_outlines_and_reads_every_answer(client, signed_in):
    signed_in(role=Role.ADMINISTRATOR)
    AreaFactory(code="500242101", name="龙潭镇")
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": SQUARE},
        }
        for name in ("龙潭镇", "无此镇")
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()

    page = text(
        client.post(
            "/areas/500242/outlines/",
            {"file": SimpleUploadedFile("towns.geojson", content), "datum": "cgcs2000"},
        )
    )

    assert "2 个要素中已采用 1 个" in page
    assert "其中的代码和名称都不属于本地区" in page
    assert "towns.geojson" in Area.objects.get(code="500242101").shape_source


def test_a_broken_file_of_outlines_is_answered_in_the_form(client, signed_in):
    signed_in(role=Role.ADMINISTRATOR)

    page = text(
        client.post(
            "/areas/500242/outlines/",
            {"file": SimpleUploadedFile("towns.geojson", b"{"), "datum": "wgs84"},
        )
    )

    assert "不是 JSON" in page


# For other programs


def test_the_interface_gives_places_and_organisations_in_sight(client, signed_in):
    signed_in()
    AreaFactory(code="500242101", name="龙潭镇")
    AreaFactory(code="511723")
    ours = OrganisationFactory(name="县医院")
    theirs = OrganisationFactory(area__code="511723")
    FacilityFactory(organisation=ours)
    FacilityFactory(organisation=theirs)

    areas = client.get("/api/directory/areas?under=500242").json()
    organisations = client.get("/api/directory/organisations").json()
    facilities = client.get("/api/directory/facilities?kind=hospital").json()

    assert [area["code"] for area in areas["items"]] == ["500242", "500242101"]
    assert [row["name"] for row in organisations["items"]] == ["县医院"]
    assert facilities["count"] == 1
    assert client.get("/api/directory/areas/500242101").json()["level"] == "township"
    assert client.get("/api/directory/areas/511723").status_code == 404
    assert client.get(f"/api/directory/organisations/{ours.pk}").json()["code"] == ours.code
    assert client.get(f"/api/directory/organisations/{theirs.pk}").status_code == 404


def test_the_interface_answers_nobody_who_is_not_signed_in(client):
    assert client.get("/api/directory/organisations").status_code == 401


def test_pages_are_there_in_english(client, signed_in):
    signed_in(role=Role.ADMINISTRATOR)
    client.cookies["language"] = "en"
    OrganisationFactory(name_en="County Hospital")

    assert "Who is there to turn to?" in text(client.get("/organisations/"))
    assert "County Hospital" in text(client.get("/organisations/"))
