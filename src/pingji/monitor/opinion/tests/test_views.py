"""Rumours and posts on screen."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from pingji.monitor.opinion.models import Batch, Post, Rumour
from pingji.monitor.opinion.tests.factories import (
    checked,
    handed_in,
    lines,
    person,
    post,
    rumour,
)
from pingji.monitor.opinion.tests.places import places
from pingji.monitor.surveillance.models import POSTS, Format
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.monitor.surveillance.tests.sending import sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def page(client, role: str, name: str, *args, **given):
    client.force_login(person(role))
    return client.get(reverse(f"opinion:{name}", args=args), given)


def send(client, role: str, name: str, found: Rumour, **body):
    client.force_login(person(role))
    return client.post(reverse(f"opinion:{name}", args=[found.pk]), body)


@pytest.mark.usefixtures("at_noon")
def test_the_list_shows_what_waits_with_its_clock(client):
    rumour()

    shown = page(client, "press", "rumours").content.decode()

    assert "龙潭镇" in shown
    assert "舆情线索核实" in shown
    assert "待核实" in shown


@pytest.mark.parametrize("role", ["store", "grid", "hospital"])
def test_who_has_no_business_with_it_is_told(client, role):
    found = rumour()
    assert page(client, role, "rumours").status_code in {403, 409}
    assert page(client, role, "rumour", found.pk).status_code in {403, 409}


@pytest.mark.usefixtures("at_noon")
def test_the_page_of_a_rumour_shows_posts_clause_and_steps(client):
    found = rumour()

    press = page(client, "press", "rumour", found.pk).content.decode()
    cdc = page(client, "epidemiologist", "rumour", found.pk).content.decode()

    assert "幼儿园今天又有八个孩子" in press
    assert "保存草稿" in press
    assert "开始核实" not in press.split('id="steps"')[1].split("</section>")[0]
    assert "开始核实" in cdc


@pytest.mark.usefixtures("at_noon")
def test_a_rumour_goes_its_way_by_forms(client):
    found = rumour()
    assert send(client, "epidemiologist", "take", found).status_code == 302
    send(client, "epidemiologist", "check", found, verdict="true", findings="属实", was="")
    send(client, "press", "reply", found, reply="说明", reply_url="https://gov.example/1")
    send(client, "epidemiologist", "hand_over", found)
    assert send(client, "press", "close", found, closing_reason="完毕").status_code == 302

    found.refresh_from_db()
    assert (found.state, found.verdict, found.reply) == ("closed", "true", "说明")
    assert found.handed_at is not None


@pytest.mark.usefixtures("at_noon")
def test_who_comes_second_is_told_on_the_page(client):
    found = rumour()
    send(client, "duty", "take", found)

    answer = send(client, "epidemiologist", "take", found)

    assert answer.status_code == 409
    assert "他人已先行办理" in answer.content.decode()


@pytest.mark.usefixtures("at_noon")
def test_the_curve_counts_every_post(client):
    found = rumour()

    drawn = page(client, "press", "curve", found.pk).json()

    assert (sum(drawn["counts"]), drawn["kind"]) == (2, "epicurve")
    assert len(drawn["dates"]) == len(drawn["counts"])


@pytest.mark.usefixtures("at_noon")
def test_a_file_is_handed_in_on_the_page_and_each_bad_line_shown(client):
    places()
    client.force_login(person("press"))
    body = lines([post("龙潭好多人发烧", key="1"), post("")])
    file = SimpleUploadedFile("网络信息.jsonl", body)

    answer = client.post(reverse("opinion:batches"), {"file": file}, follow=True)

    shown = answer.content.decode()
    assert (Post.objects.count(), answer.status_code) == (1, 200)
    assert "缺少：正文" in shown


@pytest.mark.usefixtures("at_noon")
def test_the_posts_show_what_was_read_in_them(client):
    handed_in([post("龙潭好多娃儿发烧咳嗽，急死人了"), post("县医院排队两个小时")])

    shown = page(client, "press", "posts").content.decode()

    assert "龙潭镇" in shown
    assert "发热, 咳嗽" in shown
    assert "担忧或不满" in shown


@pytest.mark.usefixtures("at_noon")
def test_a_text_can_be_tried(client):
    places()
    shown = page(client, "press", "reading", text="兴隆村好几家人拉肚子，慌").content.decode()

    assert "腹泻症候群" in shown
    assert "同名地点不止一个" in shown
    assert "担忧或不满" in shown


def call(client, token: str, body: object):
    return client.post(
        "/api/opinion/posts",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.mark.usefixtures("at_noon")
def test_a_system_with_the_right_sends_posts_and_is_answered_by_post(client):
    places()
    system = sender(name="舆情平台", formats=[POSTS])
    body = {"key": "M1", "posts": [post("龙潭好多人发烧", key="1"), post("")]}

    answer = call(client, system.token, body)
    again = call(client, system.token, body)

    assert (answer.status_code, answer.json()["kept"]) == (207, 1)
    assert answer.json()["problems"][0]["post"] == 2
    assert again.json() == answer.json()


@pytest.mark.usefixtures("at_noon")
def test_a_token_for_something_else_does_not_allow_posts_and_the_message_is_kept(client):
    places()
    system = sender(name="HIS", formats=[Format.JSON])

    answer = call(client, system.token, {"posts": [post("龙潭好多人发烧")]})

    assert (answer.status_code, Post.objects.count()) == (403, 0)
    assert Batch.objects.get().state == Batch.State.HELD


@pytest.mark.parametrize(("token", "status"), [("", 401), ("no-such-token", 401)])
def test_without_a_valid_token_nothing_is_taken(client, token, status):
    places()
    assert call(client, token, {"posts": []}).status_code == status
    assert not Batch.objects.exists()


def test_rumours_are_listed_for_programs(client):
    found = checked()
    client.force_login(person("duty"))

    listed = client.get("/api/opinion/rumours", {"state": "checking"}).json()["items"]

    assert [(one["id"], one["verdict"]) for one in listed] == [(found.pk, "true")]
