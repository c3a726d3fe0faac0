"""The pages of the plans and the deadlines."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from pingji.ground.directory.models import Organisation, Role
from pingji.ground.directory.tests.factories import (
    FOREIGN_COUNTY,
    OrganisationFactory,
    UserFactory,
)
from pingji.ground.record.models import Line
from pingji.ground.standards import actions, queries
from pingji.ground.standards.models import Deadline, Profile
from pingji.ground.standards.rules.profile import shipped_profiles
from pingji.ground.standards.tests.factories import deadline, plan

pytestmark = pytest.mark.django_db
PLANS = ["bachu", "feicheng", "jinchang", "kaijiang", "national", "youyang"]


@pytest.fixture
def sign_in(client):
    def as_user(**given):
        user = UserFactory(**given)
        client.force_login(user)
        return user

    return as_user


def read(client, name: str, *args, query: str = "", **headers) -> str:
    response = client.get(reverse(f"standards:{name}", args=args) + query, **headers)
    assert response.status_code == 200
    return response.content.decode()


def test_nobody_reads_a_plan_signed_out(client):
    plan()

    for name, args in [("profiles", []), ("one", ["youyang"]), ("deadlines", [])]:
        assert client.get(reverse(f"standards:{name}", args=args)).status_code == 302


def test_the_list_marks_the_plan_that_holds_where_the_reader_works(client, sign_in):
    plan("kaijiang")
    plan("youyang")
    sign_in()

    page = read(client, "profiles")

    row = page[page.index('class="is-selected"') :]
    assert "酉阳县" in row[: row.index("</tr>")]
    assert "载入方案文件" not in page


def test_an_empty_list_says_what_will_appear(client, sign_in):
    sign_in()

    assert "尚未载入方案" in read(client, "profiles")


def test_my_plan_is_the_plan_of_my_area(client, sign_in):
    plan()
    sign_in()

    response = client.get(reverse("standards:profile"))

    assert response.url == reverse("standards:one", args=["youyang"])


def test_without_a_plan_my_plan_leads_to_the_list(client, sign_in):
    sign_in()

    assert client.get(reverse("standards:profile")).url == reverse("standards:profiles")


@pytest.mark.parametrize("name", PLANS)
def test_every_part_of_every_plan_is_shown_in_both_languages(client, sign_in, name):
    profile = plan(name)

    for language, title in (("zh-hans", profile.title), ("en", escape(profile.title_en))):
        sign_in(language=language)
        for part in ("figures", "tasks", "groups", "notes"):
            assert title in read(client, "one", name, query=f"?part={part}")


def test_a_figure_is_shown_with_unit_clause_and_requirement(client, sign_in):
    plan("jinchang")
    sign_in()

    page = read(client, "one", "jinchang")

    row = page[page.index("isolation.rooms_per_10000") :]
    row = row[: row.index("</tr>")]
    assert "不少于 40 间／10,000 人" in row
    assert "S3 三(三)7" in row
    assert "R69" in row
    assert "系推断" in page


def test_what_fills_the_gaps_is_shown_when_asked_for_and_says_what_it_is(client, sign_in):
    plan()
    sign_in()

    own = read(client, "one", "youyang")
    filled = read(client, "one", "youyang", query="?show=all")

    assert "incident.initial_report" not in own
    row = filled[filled.index("incident.initial_report") :]
    assert "未核对" in row[: row.index("</tr>")]
    assert "程序默认值" in filled


def test_figures_are_found_by_word_clause_or_requirement(client, sign_in):
    plan()
    sign_in()

    page = read(client, "one", "youyang", query="?q=r86")

    assert "icu.convertible_share" in page
    assert "call.answered_in_10_s" not in page
    assert "没有符合条件的标准" in read(client, "one", "youyang", query="?q=nowhere")


def test_both_values_of_a_plan_that_contradicts_itself_are_shown(client, sign_in):
    plan()
    sign_in()

    page = read(client, "figure", "youyang", "ambulance.out_in_3_min")

    assert "不少于 96 %" in page
    assert "95 (S2 附件3#4)" in page


def test_a_plan_or_figure_that_is_not_there_is_not_found(client, sign_in):
    plan()
    sign_in()

    for args in (["nowhere"], ["youyang", "no.such_key"]):
        name = "one" if len(args) == 1 else "figure"
        assert client.get(reverse(f"standards:{name}", args=args)).status_code == 404
    assert client.get(reverse("standards:one", args=["youyang"]) + "?part=x").status_code == 404


def test_the_figures_of_a_day_gone_by_are_shown_as_they_were(client, sign_in):
    profile = plan()
    today = timezone.localdate()
    actions.change_standard(
        profile=profile,
        key="icu.convert",
        values={"value": Decimal(12)},
        effective_from=today,
        reason="x",
        by=UserFactory(role=Role.ADMINISTRATOR),
        at=timezone.now(),
    )
    sign_in()

    assert "12 小时" in read(client, "one", "youyang", query="?q=icu.convert")
    past = read(client, "one", "youyang", query="?q=icu.convert&on=2025-02-01")
    assert "24 小时" in past


def test_an_administrator_changes_a_figure(client, sign_in):
    plan()
    sign_in(role=Role.ADMINISTRATOR)
    url = reverse("standards:figure", args=["youyang", "icu.convert"])
    today = timezone.localdate()

    assert "修改此项标准" in client.get(url).content.decode()
    response = client.post(
        url,
        {"value": "90", "unit": "minute", "effective_from": today, "reason": "会议决定"},
        follow=True,
    )

    assert "90 分钟" in response.content.decode()
    assert queries.rule("500242", "icu.convert", today).length == timedelta(minutes=90)
    assert Line.objects.filter(kind="standard.changed").exists()


def test_a_default_is_set_for_the_county_on_screen(client, sign_in):
    plan()
    sign_in(role=Role.ADMINISTRATOR)
    url = reverse("standards:figure", args=["youyang", "alert.verify"])

    assert "为本县设定" in client.get(url).content.decode()
    today = timezone.localdate()
    client.post(url, {"value": "2", "unit": "hour", "effective_from": today, "reason": "本地规定"})

    assert queries.number("500242", "alert.verify", today) == 2


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ("call.answered_in_10_s", {"value": "96", "target_year": "2026"}),
        ("drill.evacuation", {"value": "2"}),
        ("icu.share", {"value": "4.5", "by_date": "2026-12-31"}),
        ("detection.ears_c1.alpha", {"value": "0.002"}),
    ],
)
def test_each_kind_of_figure_has_its_form(client, sign_in, key, data):
    plan()
    sign_in(role=Role.ADMINISTRATOR)
    url = reverse("standards:figure", args=["youyang", key])

    response = client.post(url, data | {"effective_from": timezone.localdate(), "reason": "x"})

    assert response.status_code == 302
    assert queries.number("500242", key, timezone.localdate()) == Decimal(data["value"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"value": "24", "unit": "hour", "reason": "x"}, "没有任何改动"),
        ({"value": "0", "unit": "hour", "reason": "x"}, "时限须大于零"),
        (
            {"value": "12", "unit": "hour", "reason": "x", "effective_from": "2024-01-01"},
            "不能早于",
        ),
    ],
)
def test_a_refused_change_is_told_in_place_and_keeps_what_was_typed(client, sign_in, data, words):
    plan()
    sign_in(role=Role.ADMINISTRATOR)
    url = reverse("standards:figure", args=["youyang", "icu.convert"])

    response = client.post(url, {"effective_from": timezone.localdate()} | data)

    page = response.content.decode()
    assert words in page
    assert f'value="{data["value"]}"' in page


@pytest.mark.parametrize(
    ("role", "area"), [(Role.DUTY_OFFICER, "500242"), (Role.ADMINISTRATOR, FOREIGN_COUNTY)]
)
def test_who_may_not_change_a_figure_has_no_form_and_is_refused(client, sign_in, role, area):
    plan()
    sign_in(role=role, area__code=area)
    url = reverse("standards:figure", args=["youyang", "icu.convert"])

    assert "保存标准" not in client.get(url).content.decode()
    posted = {"value": "1", "unit": "hour", "effective_from": timezone.localdate(), "reason": "x"}
    assert client.post(url, posted).status_code == 409


@pytest.mark.parametrize("key", ["loop.stages", "data.exchange"])
def test_what_has_no_figure_has_no_form(client, sign_in, key):
    plan()
    sign_in(role=Role.ADMINISTRATOR)
    url = reverse("standards:figure", args=["youyang", key])

    assert "保存标准" not in client.get(url).content.decode()
    assert client.post(url, {}).status_code == 404


def test_a_figure_that_ended_is_still_read_with_its_history(client, sign_in):
    profile = plan()
    profile.standards.filter(key="loop.stages").update(effective_to=profile.in_force_from)
    sign_in()

    assert "修改历史" in read(client, "figure", "youyang", "loop.stages")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_plans_are_compared_side_by_side(client, sign_in, language):
    for name in PLANS:
        plan(name)
    sign_in(language=language)

    page = read(client, "compare", query="?show=all")
    differing = read(client, "compare", query="?show=differ")

    line = page[page.index("investigation.on_site") :]
    line = line[: line.index("</tr>")]
    assert line.count("计划未规定" if language == "zh-hans" else "not set by this plan") == 4
    assert "S3 三(三)8" in line
    assert "infectious.beds" in differing
    assert "public_health_committee.coverage" not in differing


def test_a_plan_is_saved_as_a_file(client, sign_in):
    plan()
    sign_in()

    response = client.get(reverse("standards:export", args=["youyang"]))

    assert response["Content-Type"].startswith("application/toml")
    assert response.content == shipped_profiles()["youyang"].read_bytes()


def upload(client, content: bytes):
    file = SimpleUploadedFile("county.toml", content)
    return client.post(reverse("standards:load"), {"file": file}, follow=True)


def test_a_plan_file_is_loaded_on_screen(client, sign_in):
    plan()
    sign_in(role=Role.ADMINISTRATOR)
    text = shipped_profiles()["youyang"].read_text(encoding="utf-8")

    response = upload(client, text.replace("seconds = 10", "seconds = 8").encode())

    assert "已载入" in response.content.decode()
    assert queries.number("500242", "ambulance.answer_call", timezone.localdate()) == 8


def test_the_faults_of_a_plan_file_are_told_line_by_line(client, sign_in):
    plan()
    sign_in(role=Role.ADMINISTRATOR)
    text = shipped_profiles()["youyang"].read_text(encoding="utf-8")

    page = upload(client, text.replace("seconds = 10", "seconds = -1").encode()).content.decode()

    assert "deadline[1] (ambulance.answer_call).seconds" in page
    assert "county.toml:" in page


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("名".encode("gbk"), "UTF-8"),
        (b"x" * (2 * 1024 * 1024 + 1), "文件过大"),
        (shipped_profiles()["kaijiang"].read_bytes(), "不属于您的辖区"),
    ],
    ids=["gbk", "too large", "of another county"],
)
def test_a_file_that_cannot_be_loaded_says_why(client, sign_in, content, words):
    plan()
    sign_in(role=Role.ADMINISTRATOR)

    assert words in upload(client, content).content.decode()
    assert not Profile.objects.filter(name="kaijiang").exists()


def test_only_an_administrator_may_load_a_plan(client, sign_in):
    sign_in(role=Role.DUTY_OFFICER)

    assert client.get(reverse("standards:load")).status_code == 409


@pytest.fixture
def clock():
    return deadline(subject=OrganisationFactory(name="桃花源卫生院"), at=timezone.now())


def test_a_running_deadline_is_on_the_page_with_its_clock(client, sign_in, clock):
    sign_in()

    page = read(client, "deadlines")

    assert "桃花源卫生院" in page
    assert 'class="clock' in page
    assert "<!DOCTYPE html>" in page


def test_the_rows_alone_are_given_to_a_live_page(client, sign_in, clock):
    sign_in()

    page = read(client, "deadlines", HTTP_HX_REQUEST="true")

    assert page.lstrip().startswith('<div class="stack" id="deadlines"')
    assert "桃花源卫生院" in page


@pytest.mark.parametrize(
    "state", ["open", "late", "soon", "met", "met_late", "missed", "cancelled", "all"]
)
def test_a_filter_shows_only_its_state(client, sign_in, clock, state):
    sign_in()

    found = "桃花源卫生院" in read(client, "deadlines", query=f"?state={state}")

    assert found is (state in {"open", "all"})


def test_a_late_deadline_is_marked_and_found_by_whom_it_escalates_to(client, sign_in, clock):
    long_ago = clock.started_at - timedelta(days=30)
    Deadline.objects.update(
        started_at=long_ago,
        warn_at=long_ago + timedelta(hours=1),
        due_at=long_ago + timedelta(hours=2),
    )
    actions.sweep_deadlines(at=timezone.now())
    sign_in(role=Role.DUTY_OFFICER)

    page = read(client, "deadlines", query="?state=late&whose=escalated")

    assert 'class="is-late"' in page
    assert "已上报" in page


def test_my_own_deadlines_and_one_kind(client, sign_in, clock):
    user = sign_in()
    mine = deadline("alert.see", subject=OrganisationFactory(name="龙潭卫生院"), owner=user,
                    at=timezone.now())  # fmt: skip

    page = read(client, "deadlines", query="?whose=mine")
    one_kind = read(client, "deadlines", query="?key=alert.verify")

    assert mine.said_subject in page
    assert "桃花源卫生院" not in page
    assert "龙潭卫生院" not in one_kind


def test_no_deadline_says_when_there_will_be_one(client, sign_in):
    sign_in()

    assert "这里没有时限" in read(client, "deadlines")


def test_the_command_extends_a_deadline_on_screen(client, sign_in, clock):
    sign_in(role=Role.LEADER)
    url = reverse("standards:deadline", args=[clock.pk])
    until = timezone.localtime(clock.due_at + timedelta(days=1))

    response = client.post(
        url, {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "道路中断"}, follow=True
    )

    assert "道路中断" in response.content.decode()
    clock.refresh_from_db()
    assert clock.extended_from is not None


def test_an_end_that_is_no_later_is_refused_in_place(client, sign_in, clock):
    sign_in(role=Role.LEADER)
    url = reverse("standards:deadline", args=[clock.pk])
    until = timezone.localtime(clock.due_at - timedelta(hours=1))

    response = client.post(url, {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "x"})

    assert "须晚于现在的截止时间" in response.content.decode()


def test_others_read_a_deadline_without_the_form(client, sign_in, clock):
    sign_in(role=Role.EPIDEMIOLOGIST)
    url = reverse("standards:deadline", args=[clock.pk])

    assert "延长时限" not in client.get(url).content.decode()
    assert client.post(url, {"until": "2030-01-01T00:00", "reason": "x"}).status_code == 409


def test_a_deadline_of_another_county_is_not_found(client, sign_in, clock):
    sign_in(area__code=FOREIGN_COUNTY)

    assert client.get(reverse("standards:deadline", args=[clock.pk])).status_code == 404
    assert "桃花源卫生院" not in read(client, "deadlines", query="?state=all")


def test_a_deadline_shows_how_it_ended(client, sign_in, clock):
    user = sign_in()
    subject = Organisation.objects.get(pk=clock.subject_id)
    actions.meet_deadline(key=clock.key, subject=subject, by=user, at=timezone.now())

    assert "按时完成" in read(client, "deadline", clock.pk)


def test_machines_read_plans_figures_and_deadlines(client, sign_in, clock):
    sign_in()

    plans = client.get("/api/standards/profiles").json()
    figures = {row["key"]: row for row in client.get("/api/standards/profiles/youyang").json()}
    clocks = client.get("/api/standards/deadlines?state=open&key=alert.verify").json()

    assert {row["name"] for row in plans} == {"national", "youyang"}
    assert plans[0]["areas"] in (["500242"], [])
    assert figures["icu.convert"]["profile"] == "youyang"
    assert figures["alert.verify"]["profile"] == "national"
    assert [row["subject"] for row in clocks] == ["桃花源卫生院"]


def test_machines_see_only_their_own_area(client, sign_in, clock):
    sign_in(area__code=FOREIGN_COUNTY)

    assert client.get("/api/standards/deadlines").json() == []
    assert client.get("/api/standards/profiles/nowhere").status_code == 404


def test_a_page_asks_few_questions_of_the_database(client, sign_in, django_assert_max_num_queries):
    plan()
    for _ in range(20):
        deadline(subject=OrganisationFactory(), at=timezone.now())
    sign_in()
    read(client, "deadlines")

    with django_assert_max_num_queries(40):
        read(client, "deadlines")
    with django_assert_max_num_queries(35):
        read(client, "one", "youyang", query="?part=tasks")
