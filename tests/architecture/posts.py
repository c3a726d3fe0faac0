"""What is sent to every address that changes something, and the right it takes."""

import json
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pingji.ground.directory.models import Permission as P
from pingji.ground.directory.models import Role, User
from pingji.ground.standards.rules.profile import shipped_profiles
from pingji.monitor.surveillance.actions import symptoms as reading
from pingji.monitor.surveillance.models import Disease, ReadingWord, Symptom, SyndromeRule
from pingji.monitor.surveillance.rules import catalogue as catalogue_rules
from pingji.respond.incidents.models import Order, Plan
from tests.architecture.commands import COMMAND_POSTS
from tests.architecture.consulting import ADVICE_POSTS
from tests.architecture.county import COUNTY, NOBODY_ILL, PASSWORD, TOWN, County
from tests.architecture.order_posts import ORDER_POSTS
from tests.architecture.posting import Post, fixed, today
from tests.architecture.replying import OPINION_POSTS
from tests.architecture.switch_posts import SWITCH_POSTS
from tests.architecture.wall_posts import WALL_POSTS
from tests.architecture.warning import WARN_POSTS


def shift(county: County) -> dict[str, Any]:
    """Somebody on duty for an hour next year."""
    begins = timezone.localtime() + timedelta(days=365)
    officer = User.objects.get(username=f"home-{Role.DUTY_OFFICER}")
    return {
        "person": officer.pk,
        "rank": 1,
        "starts_at": f"{begins:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begins + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "weeks": 1,
    }


def later(county: County) -> str:
    return timezone.localtime(county.now + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M")


def outline() -> bytes:
    ring = [[108.7, 28.8], [108.9, 28.8], [108.9, 29.0], [108.7, 29.0], [108.7, 28.8]]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    town = {"type": "Feature", "properties": {"code": TOWN}, "geometry": polygon}
    return json.dumps({"type": "FeatureCollection", "features": [town]}).encode()


def case_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("new.csv", "疾病名称,发病日期\n流感,2025-01-01\n".encode())


def report_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("reports.csv", "哨点,日期\n1,2026-01-01\n".encode())


def plan_file() -> bytes:
    """The county's own plan with another title: a new version of it."""
    text = shipped_profiles()["youyang"].read_text(encoding="utf-8")
    return text.replace('edition = "', 'edition = "新', 1).encode()


def typed_card() -> dict[str, str]:
    """A report card as somebody types it."""
    return {
        "name": "张三",
        "sex": "M",
        "age": "40",
        "occupation": "nm",
        "patient": "province",
        "address": "外省某地",
        "disease": "influenza",
        "status": "confirmed",
        "onset_on": "t",
        "diagnosed_at": "n",
        "doctor": "李医生",
        "confirmed": "已核实",
    }


def seen_of(what: str) -> str:
    """What a person saw who opened a form of the catalogue just now."""
    if what == "disease":
        row = Disease.objects.get(pk="mumps")
        return catalogue_rules.print_of(
            {key: getattr(row, key) for key in catalogue_rules.EDITABLE}
        )
    if what == "words":
        words = ReadingWord.objects.filter(role="negates")
        return reading.words_print([row.word for row in words])
    if what == "rule":
        return reading.print_of(SyndromeRule.objects.get(syndrome="influenza_like_illness"))
    return reading.print_of(Symptom.objects.get(pk="cough"))


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

SENTINEL_KIND = {
    "name": "新类型",
    "name_en": "New kind",
    "channel": "department",
    "rhythm": "day",
    "grace_hours": "12",
    "order": "1",
}

POSTS: dict[str, Post] = {
    **ADVICE_POSTS,
    **COMMAND_POSTS,
    **OPINION_POSTS,
    **ORDER_POSTS,
    **SWITCH_POSTS,
    **WALL_POSTS,
    **WARN_POSTS,
    "api-1:acknowledge": Post(fixed(), P.ORDER_PERFORM, as_json=True),
    "api-1:answer_columns": Post(
        fixed(for_all={"status": "clinical"}, leave_words=True), P.REPORT_IMPORT, as_json=True
    ),
    "api-1:decide": Post(fixed(to="dismissed", reason="散发"), P.ALERT_DECIDE, as_json=True),
    "api-1:finish": Post(
        fixed(result="已完成"),
        P.ORDER_PERFORM,
        instead=(("order_id", "acknowledged_order_id"),),
        as_json=True,
    ),
    "api-1:report_on_order": Post(
        fixed(text="一半", share=50),
        P.ORDER_PERFORM,
        instead=(("order_id", "acknowledged_order_id"),),
        as_json=True,
    ),
    "api-1:return_order": Post(
        fixed(reason="缺名单"),
        P.ORDER_ISSUE,
        instead=(("order_id", "done_order_id"),),
        as_json=True,
    ),
    "api-1:verify_order": Post(
        fixed(remark=""), P.ORDER_ISSUE, instead=(("order_id", "done_order_id"),), as_json=True
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
    "directory:add_shift": Post(shift, P.DUTY_EDIT, about_oneself=True),
    "directory:remove_shift": Post(fixed(reason="换班"), P.DUTY_EDIT),
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
    "directory:name_expert": Post(
        lambda county: {
            "person": User.objects.get(username=f"home-{Role.LEADER}").pk,
            "field": "law",
        },
        P.EXPERT_EDIT,
    ),
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
    "directory:withdraw_expert": Post(fixed(reason="调离"), P.EXPERT_EDIT),
    "incidents:acknowledge": Post(fixed(), P.ORDER_PERFORM),
    "incidents:acknowledge_chosen": Post(
        lambda county: {"order": Order.objects.order_by("pk").values_list("pk", flat=True)[0]},
        P.ORDER_PERFORM,
    ),
    "incidents:activate": Post(
        lambda county: {"plan": Plan.objects.get(code="enteric_outbreak").pk}, P.INCIDENT_MANAGE
    ),
    "incidents:assess": Post(
        fixed(scope="扩散的风险"),
        P.ASSESSMENT_CHAIR,
        instead=(("incident_id", "quiet_incident_id"),),
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
    "incidents:withdraw": Post(fixed(reason="重复"), P.ORDER_ISSUE),
    "notices:acknowledge": Post(fixed()),
    "notices:acknowledge_shown": Post(
        lambda county: {"delivery": county.made["delivery_id"]}, about_oneself=True
    ),
    "notices:retry": Post(fixed(), P.NOTICE_EDIT, instead=(("delivery_id", "unsent_delivery_id"),)),
    "notices:revoke_subscriber": Post(fixed(), P.NOTICE_EDIT),
    "notices:settings": Post(fixed(phone="13812345678", sms="on"), about_oneself=True),
    "notices:subscribers": Post(
        fixed(name="新系统", url="https://203.0.113.1/in", area=COUNTY, least_level="2"),
        P.NOTICE_EDIT,
    ),
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
    "surveillance:ask_export": Post(
        fixed(form="csv", columns=["key", "disease"]), P.REPORT_EXPORT, about_oneself=True
    ),
    "surveillance:cases": Post(fixed(text="专有"), P.REPORT_VIEW, about_oneself=True),
    "surveillance:cases_count": Post(fixed(text="专有"), P.REPORT_VIEW, about_oneself=True),
    "surveillance:forget_search": Post(fixed(), P.REPORT_VIEW),
    "surveillance:save_search": Post(
        fixed(name="流感", disease="influenza"), P.REPORT_VIEW, about_oneself=True
    ),
    "surveillance:replay_message": Post(fixed(), (P.REPORT_WRITE, P.SENDER_EDIT)),
    "surveillance:settle_message": Post(
        fixed(reason="已电话核对"), (P.REPORT_WRITE, P.SENDER_EDIT)
    ),
    "surveillance:revoke_sender": Post(fixed(reason="停用"), P.SENDER_EDIT),
    "surveillance:senders": Post(
        lambda county: {
            "organisation": county.made["organisation_id"],
            "name": "新系统",
            "formats": ["json"],
        },
        P.SENDER_EDIT,
    ),
    "surveillance:answer_cards": Post(
        lambda county: {"do": "review", "card": county.made["card_id"]}, P.REPORT_REVIEW
    ),
    "surveillance:card_person": Post(
        fixed(identity_number="990001199003070028"), P.REPORT_WRITE, about_oneself=True
    ),
    "surveillance:edit_card": Post(
        lambda county: typed_card() | {"correction": "更正", "version": "1"}, P.REPORT_WRITE
    ),
    "surveillance:look": Post(lambda county: typed_card(), P.REPORT_WRITE, about_oneself=True),
    "surveillance:move_card": Post(fixed(do="withdraw", reason="误报"), P.REPORT_WRITE),
    "surveillance:new_card": Post(
        lambda county: typed_card() | {"do": "draft"}, P.REPORT_WRITE, about_oneself=True
    ),
    "surveillance:pair": Post(fixed(do="apart", reason="双胞胎"), P.REPORT_REVIEW),
    "surveillance:imports": Post(
        lambda county: {"file": case_file(), "channel": "case"}, P.REPORT_IMPORT, about_oneself=True
    ),
    "surveillance:change_row": Post(
        lambda county: {
            "legal_class": "B",
            "valid_from": today(),
            "source": "通知",
            "reason": "调整",
            "seen": str(county.made["row_id"]),
        },
        P.CATALOGUE_EDIT,
        about_oneself=True,
    ),
    "surveillance:complaints": Post(fixed(text="发热咳嗽3天"), P.REPORT_VIEW, about_oneself=True),
    "surveillance:edit_disease": Post(
        lambda county: (
            {"name": "流腮", "name_en": "Mumps", "reason": "更名"} | {"seen": seen_of("disease")}
        ),
        P.CATALOGUE_EDIT,
        about_oneself=True,
    ),
    "surveillance:edit_rule": Post(
        lambda county: {
            "syndrome": "influenza_like_illness",
            "all_of": "fever",
            "reason": "本地",
            "seen": seen_of("rule"),
        },
        P.CATALOGUE_EDIT,
        about_oneself=True,
    ),
    "surveillance:edit_symptom": Post(
        lambda county: (
            {"name": "咳嗽", "name_en": "Cough", "words": "咳", "reason": "本地"}
            | {"seen": seen_of("symptom")}
        ),
        P.CATALOGUE_EDIT,
        about_oneself=True,
    ),
    "surveillance:edit_words": Post(
        lambda county: {"words": "无\n没", "reason": "本地", "seen": seen_of("words")},
        P.CATALOGUE_EDIT,
        about_oneself=True,
    ),
    "surveillance:end_disease": Post(
        lambda county: {"watched_to": today(), "reason": "停止"},
        P.CATALOGUE_EDIT,
        about_oneself=True,
    ),
    "surveillance:end_row": Post(
        lambda county: {"on": today(), "reason": "废止"}, P.CATALOGUE_EDIT, about_oneself=True
    ),
    "surveillance:file_columns": Post(
        fixed(
            kind="cases",
            words_shown="1",
            heading="1",
            **{"col-0": "key", "col-1": "disease", "col-2": "area", "col-3": "onset_on"},
            **{"col-7": "status"},
        ),
        P.REPORT_IMPORT,
    ),
    "surveillance:forget_mapping": Post(fixed(), P.REPORT_IMPORT),
    "surveillance:mapping": Post(
        fixed(
            **{"kind": "cases", "col-0": "key", "col-1": "disease", "col-2": "area"},
            **{"col-3": "onset_on", "col-4": "status"},
        ),
        P.REPORT_IMPORT,
    ),
    "surveillance:new_disease": Post(
        fixed(code="new_one", name="新病", name_en="New one", reason="监测"),
        P.CATALOGUE_EDIT,
        about_oneself=True,
    ),
    "surveillance:new_rule": Post(
        fixed(syndrome="sari", any_of="cough", reason="本地", seen=""),
        P.CATALOGUE_EDIT,
        about_oneself=True,
    ),
    "surveillance:new_symptom": Post(
        fixed(code="new_one", name="新症", name_en="New one", reason="本地", seen=""),
        P.CATALOGUE_EDIT,
        about_oneself=True,
    ),
    "surveillance:add_calendar_entry": Post(
        fixed(name="寒假", starts_on="2026-01-20", ends_on="2026-02-20"),
        P.SENTINEL_EDIT,
        about_oneself=True,
    ),
    "surveillance:add_sentinel": Post(
        fixed(kind="school", organisation="another", name="新哨点", opened_on="2026-01-01"),
        P.SENTINEL_EDIT,
    ),
    "surveillance:add_sentinel_item": Post(
        fixed(code="new", name="新", name_en="New", figure="count", order="1"),
        P.SENTINEL_EDIT,
        about_oneself=True,
    ),
    "surveillance:add_sentinel_kind": Post(
        fixed(code="new", **SENTINEL_KIND), P.SENTINEL_EDIT, about_oneself=True
    ),
    "surveillance:add_sentinels": Post(
        fixed(kind="village_clinic", organisations="hospital", opened_on="2026-01-01"),
        P.SENTINEL_EDIT,
        about_oneself=True,
    ),
    "surveillance:close_sentinel": Post(
        lambda county: {"on": today(), "reason": "撤并"}, P.SENTINEL_EDIT
    ),
    "surveillance:edit_sentinel": Post(
        fixed(kind="care_home", organisation="home", name="改名", name_en="x", area=TOWN),
        P.SENTINEL_EDIT,
    ),
    "surveillance:edit_sentinel_item": Post(
        fixed(name="新名", name_en="New", figure="count", order="1"),
        P.SENTINEL_EDIT,
        about_oneself=True,
    ),
    "surveillance:edit_sentinel_kind": Post(
        fixed(**SENTINEL_KIND), P.SENTINEL_EDIT, about_oneself=True
    ),
    "surveillance:remind_sentinels": Post(
        lambda county: {"sentinel": county.made["sentinel_id"]}, P.SENTINEL_EDIT
    ),
    "surveillance:remove_calendar_entry": Post(fixed(), P.SENTINEL_EDIT),
    "surveillance:sentinel_file": Post(
        lambda county: {"file": report_file()}, P.SENTINEL_REPORT, about_oneself=True
    ),
    "surveillance:sentinel_report": Post(
        lambda county: {"seen": "0"} | {f"item-{code}": n for code, n in NOBODY_ILL.items()},
        P.SENTINEL_REPORT,
    ),
}
