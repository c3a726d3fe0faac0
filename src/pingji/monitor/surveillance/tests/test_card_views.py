"""Report cards on screen: filled in, followed, compared, and starred for who may not see the person."""

from datetime import date

import pytest
from django.urls import reverse

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import ResidentFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.actions.card_clocks import start_clocks
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair
from pingji.monitor.surveillance.queries.card_form import diseases_named, suggestions
from pingji.monitor.surveillance.tests.card_factories import (
    IDENTITY,
    NOON,
    VILLAGE,
    checked,
    facts,
    home,
    reviewed,
    sent,
)

pytestmark = pytest.mark.django_db
NEW = reverse("surveillance:new_card")
WORK = reverse("surveillance:work")


@pytest.fixture
def here():
    return home()


@pytest.fixture
def at_noon(monkeypatch):
    """The pages' clock stands at noon of the tests' day."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


def typed(**given):
    return {
        "name": "王小明",
        "sex": "M",
        "born_on": "20180506",
        "guardian": "王大山",
        "occupation": "散居儿童",
        "phone": "13800001111",
        "patient": "county",
        "area": "hyc",
        "address": "1 组",
        "disease": "lxxgm",
        "status": "clinical",
        "onset_on": "t-1",
        "diagnosed_at": "t 11",
        "doctor": "何丽华",
        "mark": "form-1",
        "do": "send",
    } | given


def page(client, user, where, data=None):
    client.force_login(user)
    response = client.get(where) if data is None else client.post(where, data)
    return response, response.content.decode()


def test_a_card_as_typed_is_sent_and_the_next_is_ready(client, here, at_noon):
    response, _text = page(client, here.reporter, NEW, typed())

    card = CaseReport.objects.get()
    assert (response.status_code, response["Location"]) == (302, NEW)
    assert (card.state, card.disease_id, card.area_id, card.age) == (
        "sent",
        "influenza",
        VILLAGE,
        7,
    )
    assert card.onset_on == date(2025, 11, 20)
    assert "已报出" in client.get(NEW).content.decode()


def test_errors_stand_beside_their_fields_and_nothing_is_lost(client, here, at_noon):
    wrong = typed(onset_on="2月30", disease="没有这种病", age="9", guardian="")
    response, text = page(client, here.reporter, NEW, wrong)

    assert response.status_code == 422
    assert not CaseReport.objects.exists()
    for said in ("2月30”不是日期", "不在病种目录中", "应为 7 岁", "家长或监护人姓名"):
        assert said in text
    for kept in ("2月30", "没有这种病", "王小明", "13800001111"):
        assert f'value="{kept}"' in text


def test_what_is_odd_is_confirmed_in_place(client, here, at_noon):
    response, text = page(client, here.reporter, NEW, typed(phone="123"))
    assert response.status_code == 422
    assert 'name="confirmed"' in text

    response, _text = page(client, here.reporter, NEW, typed(phone="123", confirmed="短号"))
    assert response.status_code == 302


def test_a_draft_is_kept_and_completed(client, here, at_noon):
    page(client, here.reporter, NEW, typed(do="draft", guardian="", area=""))
    card = CaseReport.objects.get()
    assert card.state == "draft"

    where = reverse("surveillance:edit_card", args=[card.pk])
    _response, text = page(client, here.reporter, where)
    assert 'value="流行性感冒"' in text
    response, _text = page(client, here.reporter, where, typed(version=card.version))
    card.refresh_from_db()
    assert (response.status_code, card.state) == (302, "sent")


def test_the_second_who_saves_sees_what_the_first_changed(client, here, at_noon):
    card = sent(here)
    where = reverse("surveillance:edit_card", args=[card.pk])
    first = typed(phone="13900002222", version=1, correction="电话更正")
    second = typed(address="2 组", version=1, correction="住址更正")
    assert page(client, here.colleague, where, first)[0].status_code == 302

    response, text = page(client, here.reporter, where, second)
    assert response.status_code == 409
    assert "13800001111" in text
    assert "13900002222" in text
    assert 'value="2 组"' in text
    assert 'name="version" value="2"' in text
    again = second | {"version": 2, "phone": "13900002222"}
    assert page(client, here.reporter, where, again)[0].status_code == 302


def test_the_form_is_answered_while_one_types(client, here, at_noon):
    client.force_login(here.reporter)
    answer = client.post(
        reverse("surveillance:look"),
        {
            "identity_number": IDENTITY,
            "onset_on": "t+1",
            "disease": "liuganmao",
            "area": "桃花源镇",
        },
    ).json()

    assert set(answer["errors"]) == {"onset_on", "disease"}
    assert answer["values"]["born_on"] == "1990-03-07"
    assert answer["values"]["sex"] == "F"
    assert answer["values"]["area"] == "桃花源镇 500242101"
    assert answer["reported"] == ""


def test_a_wrong_identity_number_says_why(client, here, at_noon):
    client.force_login(here.reporter)
    answer = client.post(reverse("surveillance:look"), {"identity_number": IDENTITY[:-1] + "1"})

    assert "校验" in answer.json()["errors"]["identity_number"]


def test_who_may_have_reported_before_is_told_without_the_person(client, here, at_noon):
    sent(here)
    client.force_login(here.elsewhere)
    answer = client.post(reverse("surveillance:look"), typed(name="王晓铭")).json()

    assert "县人民医院" in answer["reported"]
    assert "王" not in answer["reported"]
    seen = Line.objects.get(kind="personal_data.seen")
    assert seen.by == here.elsewhere


def test_a_known_person_fills_the_card_and_the_look_is_on_record(client, here, at_noon):
    ResidentFactory(
        identity_number=IDENTITY,
        name="冉秀英",
        phone="13700000000",
        area_id=VILLAGE,
        address="3 组",
    )
    client.force_login(here.reporter)
    where = reverse("surveillance:card_person")
    found = client.post(where, {"identity_number": IDENTITY}).json()["values"]
    nobody = client.post(where, {"identity_number": "11010519491231002X"}).json()["values"]
    nonsense = client.post(where, {"identity_number": "1"}).json()["values"]

    assert (found["name"], found["area"]) == ("冉秀英", f"花园村 {VILLAGE}")
    assert nobody == nonsense == {}
    assert Line.objects.filter(kind="personal_data.seen").count() == 2


@pytest.mark.parametrize(
    ("what", "word", "value"),
    [
        ("disease", "流感", "流行性感冒"),
        ("disease", "szkb", "手足口病"),
        ("disease", "cholera", "霍乱"),
        ("occupation", "xs", "学生"),
        ("occupation", "", "幼托儿童"),
        ("area", "hyc", f"花园村 {VILLAGE}"),
        ("area", "500242101", "桃花源镇 500242101"),
        ("institution", "县人民", "县人民医院"),
    ],
)
def test_names_complete_as_they_are_typed(here, what, word, value):
    assert suggestions(what, word, here.reporter, NOON.date())[0].value == value


def test_icd_codes_find_their_disease(here):
    coded = next(d for d in diseases_named("a", NOON.date()) if d.icd10)
    word = f"{coded.icd10[0]}.9"[:5]

    assert coded.pk in {d.pk for d in diseases_named(word, NOON.date())}
    assert suggestions("area", "", here.reporter, NOON.date()) == []
    assert suggestions("nothing", "x", here.reporter, NOON.date()) == []


def test_the_suggestions_page_answers_json(client, here):
    client.force_login(here.reporter)
    rows = client.get(reverse("surveillance:card_suggest"), {"what": "disease", "q": "霍"}).json()

    assert rows["rows"][0]["label"] == "霍乱"


def test_each_work_list_holds_what_waits_for_its_reader(client, here):
    draft = actions.save_draft(facts=facts(name="甲"), by=here.reporter, at=NOON)
    mine = sent(here, name="乙", born_on=date(2017, 1, 1), age=8)
    ready = checked(here, name="丙", born_on=date(2016, 1, 1), age=9)

    for user, shown, cards in (
        (here.reporter, "finish", {draft}),
        (here.colleague, "check", {mine}),
        (here.epidemiologist, "review", {mine, ready}),
        (here.reporter, "sent", {mine, ready}),
        (here.elsewhere, "finish", set()),
        (here.reporter, "review", {draft}),
    ):
        response, text = page(client, user, f"{WORK}?list={shown}")
        assert set(response.context["page"].object_list) == cards
        assert "王小明" not in text


def test_the_lists_cost_no_query_per_card(client, here, django_assert_max_num_queries):
    for number in range(6):
        sent(here, name=f"张{number}", phone="", born_on=date(2010, 1, 1 + number), age=15)
    client.force_login(here.epidemiologist)
    with django_assert_max_num_queries(30):
        client.get(f"{WORK}?list=review")


def test_many_are_answered_each_for_itself(client, here):
    good, unchecked = checked(here), sent(here, name="李四", born_on=date(2012, 2, 2), age=13)
    where = reverse("surveillance:answer_cards")
    response, _text = page(
        client, here.epidemiologist, where, {"do": "review", "card": [good.pk, unchecked.pk]}
    )
    text = client.get(response["Location"]).content.decode()

    good.refresh_from_db()
    unchecked.refresh_from_db()
    assert (good.state, unchecked.state) == ("reviewed", "sent")
    assert "已审核 1 张卡" in text
    assert "医院尚未核对这张卡" in text
    assert page(client, here.epidemiologist, where, {"do": "eat"})[0].status_code == 409
    nothing, _text = page(client, here.colleague, where, {"do": "check"})
    assert "没有选中任何卡" in client.get(nothing["Location"]).content.decode()


def test_the_card_page_shows_history_clock_and_duplicates_and_the_look_is_on_record(client, here):
    card = sent(here)
    sent(here, by=here.elsewhere)
    actions.correct_card(
        card=card, facts=facts(phone="13900002222"), by=here.reporter, at=NOON, reason="电话更正"
    )
    where = reverse("surveillance:card", args=[card.pk])
    _response, text = page(client, here.reporter, where)

    for shown in ("王小明", "13900002222", "<del>13800001111</del>", "电话更正", "县中医院"):
        assert shown in text
    assert Line.objects.filter(kind="personal_data.seen", subject_id=str(card.pk)).count() == 1


def test_who_may_not_see_the_person_sees_stars(client, here):
    card = sent(here, identity_number=IDENTITY, sex="F", born_on=date(1990, 3, 7), age=35)
    actions.correct_card(
        card=card,
        facts=facts(
            identity_number=IDENTITY, sex="F", born_on=date(1990, 3, 7), age=35, name="冉秀英"
        ),
        by=here.reporter,
        at=NOON,
        reason="更名",
    )
    leader = UserFactory(role=Role.LEADER, area=here.hospital.area)
    for name in ("card", "print_card"):
        _response, text = page(client, leader, reverse(f"surveillance:{name}", args=[card.pk]))
        assert "冉**" in text
        for hidden in ("冉秀英", "王小明", IDENTITY, "13800001111", "1990-03-07", "1 组 3 号"):
            assert hidden not in text
    assert not Line.objects.filter(kind="personal_data.seen").exists()


def test_a_card_is_moved_from_its_page(client, here):
    card = sent(here)
    where = reverse("surveillance:move_card", args=[card.pk])

    assert page(client, here.reporter, where, {"do": "check"})[0].status_code == 409
    assert page(client, here.reporter, where, {"do": "fly"})[0].status_code == 409
    assert page(client, here.colleague, where, {"do": "check", "version": 1})[0].status_code == 302
    response, text = page(client, here.epidemiologist, where, {"do": "return", "reason": ""})
    assert (response.status_code, "请写明需要订正的内容" in text) == (409, True)
    page(client, here.epidemiologist, where, {"do": "return", "reason": "住址不详"})
    card.refresh_from_db()
    assert (card.state, card.returned_why) == ("returned", "住址不详")
    then = {"do": "withdraw", "reason": "误报", "then": "list"}
    assert page(client, here.reporter, where, then)[0]["Location"].endswith("list=withdraw")


def test_the_printed_form_ticks_its_boxes(client, here):
    card = reviewed(here)
    _response, text = page(
        client, here.reporter, reverse("surveillance:print_card", args=[card.pk])
    )

    assert "☑散居儿童" in text
    assert "☐学生" in text
    assert "☑临床诊断" in text


def test_two_cards_side_by_side_are_merged_by_the_cdc(client, here):
    first = sent(here)
    second = sent(here, by=here.elsewhere, address="2 组 8 号")
    pair = DuplicatePair.objects.get()
    where = reverse("surveillance:pair", args=[pair.pk])

    _response, text = page(client, here.epidemiologist, reverse("surveillance:pairs"))
    assert "王** – 王**" in text
    _response, text = page(client, here.epidemiologist, where)
    assert "2 组 8 号" in text
    form = {"do": "merge", "keep": "first", "value-address": "second", "reason": ""}
    form |= {f"version-{first.pk}": 1, f"version-{second.pk}": 1}
    assert page(client, here.epidemiologist, where, form)[0].status_code == 409
    assert page(client, here.epidemiologist, where, {"do": "?"})[0].status_code == 409
    assert page(client, here.epidemiologist, where, form | {"reason": "重复"})[0].status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.address, second.merged_into_id) == ("2 组 8 号", first.pk)
    assert "同一病例，已合并" in page(client, here.epidemiologist, where)[1]
    assert page(client, here.reporter, where)[0].status_code == 409


def test_the_clock_of_a_machines_draft_runs_until_a_person_sends_it(here):
    draft = actions.save_draft(facts=facts(), by=here.reporter, at=NOON)
    Deadline.objects.of(draft).delete()

    assert len(start_clocks(cards=[draft], by=here.reporter)) == 1
    assert Deadline.objects.of(draft).get().is_open
    actions.send_card(facts=facts(), card=draft, version=1, by=here.reporter, at=NOON)
    assert not Deadline.objects.of(draft).get().is_open
