"""What is sent to every address that changes something, and the right it takes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pingji.ground.directory.models import Permission as P
from pingji.ground.standards.rules.profile import shipped_profiles
from pingji.respond.incidents.models import Order, Plan
from tests.architecture.county import COUNTY, PASSWORD, TOWN, County

Body = Callable[[County], dict[str, Any]]


@dataclass(frozen=True)
class Post:
    """A form that is filled in rightly.

    Attributes:
        body: What is sent.
        needs: The right it takes; None where everybody who signed in may.
        instead: Other objects than the usual ones in the address.
        about_oneself: It concerns only who asks, or their own area: others have their own.
        as_json: It is sent as JSON instead of a form.
    """

    body: Body
    needs: P | None = None
    instead: tuple[tuple[str, str], ...] = ()
    about_oneself: bool = False
    as_json: bool = False

    @property
    def sent(self) -> dict[str, Any]:
        """How the test client is to send it."""
        return {"content_type": "application/json"} if self.as_json else {}


def fixed(**body: Any) -> Body:
    return lambda county: body


def today() -> str:
    return timezone.localdate().isoformat()


def later(county: County) -> str:
    return timezone.localtime(county.now + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M")


def outline() -> bytes:
    ring = [[108.7, 28.8], [108.9, 28.8], [108.9, 29.0], [108.7, 29.0], [108.7, 28.8]]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    town = {"type": "Feature", "properties": {"code": TOWN}, "geometry": polygon}
    return json.dumps({"type": "FeatureCollection", "features": [town]}).encode()


def case_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("new.csv", "疾病名称,发病日期\n流感,2025-01-01\n".encode())


def plan_file() -> bytes:
    """The county's own plan with another title: a new version of it."""
    text = shipped_profiles()["youyang"].read_text(encoding="utf-8")
    return text.replace('edition = "', 'edition = "新', 1).encode()


ORGANISATION = {
    "name": "新诊所",
    "name_en": "New clinic",
    "kind": "village_clinic",
    "area": TOWN,
    "public": "on",
}
PLACE = {"name": "新楼", "kind": "hospital", "longitude": "108.7", "latitude": "28.8"}
WORKER = {"name": "新人", "post": "护士"}
RESIDENT = {"name": "新居民", "sex": "U", "area": TOWN}
PERSON = {"display_name": "新用户", "role": "inspector", "area": COUNTY}
SECRET = "Quite-another-one-2"

POSTS: dict[str, Post] = {
    "alerts:decide": Post(fixed(to="dismissed", reason="散发"), P.ALERT_DECIDE),
    "alerts:start_run": Post(fixed(), P.ALERT_DECIDE, about_oneself=True),
    "api-1:acknowledge": Post(fixed(), P.ORDER_PERFORM, as_json=True),
    "api-1:decide": Post(fixed(to="dismissed", reason="散发"), P.ALERT_DECIDE, as_json=True),
    "api-1:finish": Post(
        fixed(result="已完成"),
        P.ORDER_PERFORM,
        instead=(("order_id", "acknowledged_order_id"),),
        as_json=True,
    ),
    "api-1:hand_in": Post(
        lambda county: {"file": case_file(), "channel": "case"}, P.REPORT_IMPORT, about_oneself=True
    ),
    "console:density": Post(fixed(density="dense"), about_oneself=True),
    "console:language": Post(fixed(language="en"), about_oneself=True),
    "console:search": Post(fixed(q="专有"), about_oneself=True),
    "console:theme": Post(fixed(theme="dark"), about_oneself=True),
    "directory:add_facility": Post(fixed(**PLACE), P.ORGANISATION_EDIT),
    "directory:add_organisation": Post(fixed(code="new", **ORGANISATION), P.ORGANISATION_EDIT),
    "directory:add_resident": Post(fixed(**RESIDENT), P.RESIDENT_EDIT),
    "directory:add_staff": Post(fixed(**WORKER), P.ORGANISATION_EDIT),
    "directory:add_user": Post(fixed(username="new", password=SECRET, **PERSON), P.USER_EDIT),
    "directory:close_facility": Post(fixed(on=today(), reason="拆除"), P.ORGANISATION_EDIT),
    "directory:close_organisation": Post(fixed(on=today(), reason="撤并"), P.ORGANISATION_EDIT),
    "directory:deactivate_user": Post(fixed(reason="调离"), P.USER_EDIT),
    "directory:edit_facility": Post(fixed(**PLACE), P.ORGANISATION_EDIT),
    "directory:edit_organisation": Post(fixed(**ORGANISATION), P.ORGANISATION_EDIT),
    "directory:edit_resident": Post(fixed(**RESIDENT), P.RESIDENT_EDIT),
    "directory:edit_staff": Post(fixed(**WORKER), P.ORGANISATION_EDIT),
    "directory:edit_user": Post(fixed(**PERSON), P.USER_EDIT),
    "directory:outlines": Post(
        lambda county: {
            "file": SimpleUploadedFile("towns.geojson", outline()),
            "datum": "wgs84",
        },
        P.AREA_EDIT,
        instead=(("code", COUNTY),),
    ),
    "directory:own_password": Post(
        fixed(old=PASSWORD, new=SECRET, again=SECRET), about_oneself=True
    ),
    "directory:reactivate_user": Post(
        fixed(reason="回岗"), P.USER_EDIT, instead=(("user_id", "inactive_user_id"),)
    ),
    "directory:redraw_cells": Post(fixed(), P.AREA_EDIT, instead=(("code", COUNTY),)),
    "directory:residents": Post(fixed(q="专有"), P.RESIDENT_VIEW, about_oneself=True),
    "directory:set_password": Post(fixed(password=SECRET), P.USER_EDIT),
    "directory:sign_in": Post(fixed(username="nobody", password="x"), about_oneself=True),
    "directory:sign_out": Post(fixed(), about_oneself=True),
    "directory:staff_left": Post(fixed(on=today()), P.ORGANISATION_EDIT),
    "incidents:acknowledge": Post(fixed(), P.ORDER_PERFORM),
    "incidents:acknowledge_chosen": Post(
        lambda county: {"order": Order.objects.order_by("pk").values_list("pk", flat=True)[0]},
        P.ORDER_PERFORM,
    ),
    "incidents:activate": Post(
        lambda county: {"plan": Plan.objects.get(code="enteric_outbreak").pk}, P.INCIDENT_MANAGE
    ),
    "incidents:close": Post(
        fixed(reason="完毕"), P.INCIDENT_MANAGE, instead=(("incident_id", "quiet_incident_id"),)
    ),
    "incidents:finish": Post(
        fixed(result="已完成"), P.ORDER_PERFORM, instead=(("order_id", "acknowledged_order_id"),)
    ),
    "incidents:grade": Post(fixed(grade="III", reason="加重"), P.INCIDENT_MANAGE),
    "incidents:issue": Post(
        lambda county: {"organisation": county.made["organisation_id"], "text": "报送"},
        P.ORDER_ISSUE,
    ),
    "incidents:open": Post(
        fixed(title="新疫情", event_kind="other", area=TOWN, grade="ungraded"), P.INCIDENT_OPEN
    ),
    "incidents:reported": Post(fixed(reference="1号"), P.INCIDENT_MANAGE),
    "incidents:withdraw": Post(fixed(reason="重复"), P.ORDER_ISSUE),
    "scorecard:task": Post(
        fixed(state="under_way", progress="已开会", evidence=""), P.SCORECARD_EDIT
    ),
    "standards:deadline": Post(
        lambda county: {"until": later(county), "reason": "路断"}, P.ORDER_ISSUE
    ),
    "standards:figure": Post(
        lambda county: {
            "effective_from": today(),
            "value": "3",
            "unit": "day",
            "reason": "实测",
        },
        P.STANDARDS_EDIT,
    ),
    "standards:load": Post(
        lambda county: {"file": SimpleUploadedFile("youyang.toml", plan_file())}, P.STANDARDS_EDIT
    ),
    "surveillance:imports": Post(
        lambda county: {"file": case_file(), "channel": "case"}, P.REPORT_IMPORT, about_oneself=True
    ),
}
