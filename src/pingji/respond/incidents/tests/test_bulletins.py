"""Public bulletins: drafted in both languages, released by the press group, read by anybody."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.ground.record.tests.threads import at_once
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.tests.factories import (
    OTHER_TOWN,
    VILLAGE,
    case_row,
    cases,
    imported,
)
from pingji.respond.incidents import actions as command
from pingji.respond.incidents.actions import bulletins as actions
from pingji.respond.incidents.actions import reports
from pingji.respond.incidents.models import IncidentGroup, IncidentGroupMember, PublicBulletin
from pingji.respond.incidents.queries.reporting import numbers_told, places_said
from pingji.respond.incidents.rules import bulletins as rules
from pingji.respond.incidents.tests.factories import SOON, clocks, commander, opened, staffed
from pingji.warn.alerts.tests.factories import AlertFactory

State = PublicBulletin.State
LATER = SOON + timedelta(minutes=30)


class Press:
    """An incident of a county with cases in two townships, who writes, and the press office."""

    def __init__(self):
        staffed()
        self.writer = UserFactory(role=Role.EPIDEMIOLOGIST, display_name="林晓峰")
        self.duty = commander(display_name="陈志远")
        self.press = UserFactory(role=Role.PRESS_OFFICER, display_name="宋佳宁")
        rows = [case_row(key=f"A{n}", area=VILLAGE) for n in range(6)]
        rows += [case_row(key="B1", area=OTHER_TOWN)]
        imported(cases(rows), by=self.writer)
        alert = AlertFactory(state="verified", area=self.writer.area)
        self.incident = opened(by=self.duty, alert=alert, area=self.writer.area)

    def drafted(self):
        return actions.draft_bulletin(incident=self.incident, by=self.writer, at=SOON)

    def submitted(self):
        return actions.submit_bulletin(bulletin=self.drafted(), by=self.writer, at=SOON)

    def released(self):
        made = self.submitted()
        return release(made, self.press)


def release(bulletin, by, at=LATER):
    return actions.release_bulletin(bulletin=bulletin, seen=bulletin.wording, by=by, at=at)


def write(bulletin, by, **given):
    words = {
        "title": bulletin.title,
        "title_en": bulletin.title_en,
        "body": bulletin.body,
        "body_en": bulletin.body_en,
        "seen": bulletin.wording,
    } | given
    return actions.write_bulletin(bulletin=bulletin, by=by, at=SOON, **words)


@pytest.fixture
def press(db):
    return Press()


# The moves written out again, so that changing the law takes two edits.
ALLOWED = {
    ("draft", "review"),
    ("draft", "dropped"),
    ("review", "draft"),
    ("review", "released"),
    ("released", "replaced"),
    ("released", "withdrawn"),
    ("replaced", "withdrawn"),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_these_moves_are_allowed(state, to):
    bulletin = PublicBulletin(state=state)
    if (state, to) in ALLOWED:
        rules.check_bulletin_move(bulletin, to)
    else:
        with pytest.raises(Refused):
            rules.check_bulletin_move(bulletin, to)


def test_a_draft_says_the_figures_in_both_languages_and_hides_few_cases_of_a_place(press):
    made = press.drafted()

    assert "病例7例" in made.body
    assert "7 cases" in made.body_en
    assert {row["zh"]: row["n"] for row in made.figures["places"]} == {
        "桃花源街道": None,  # else the other is 7 less 6
        "钟多街道": None,
    }
    assert "病例分布在桃花源街道、钟多街道（各地人数不单列）" in made.body
    assert "institutions" not in made.figures


def test_places_whose_number_is_kept_back_are_named_once_together():
    places = [("甲镇", 9), ("乙镇", None), ("丙镇", None)]
    found = {"places": [{"zh": name, "en": name, "n": n} for name, n in places]}

    assert places_said(found) == "甲镇（9例）、另有乙镇、丙镇（各地人数不单列）"


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([9, 6, 5], [9, 6, 5]),
        ([9, 6, 4], [9, None, None]),  # alone, the last is the total less the others
        ([9, 6, 4, 2], [9, 6, None, None]),
        ([9, 6, 1, 1], [9, None, None, None]),  # two places with 2 in all have 1 each
        ([6, 1], [None, None]),
        ([2], []),  # the total itself says it
        ([1, 1], []),
        ([], []),
    ],
)
def test_no_place_s_few_cases_can_be_worked_out_from_the_total(numbers, told):
    assert numbers_told(numbers, 5) == told


@pytest.mark.parametrize(
    "words", ["患者张小明已出院。", "电话13812345678。", "身份证990001199003070028。"]
)
def test_a_text_that_gives_a_patient_away_is_refused(press, words):
    CaseReport.objects.filter(key="A1").update(name="张小明")
    made = press.drafted()
    with pytest.raises(Refused) as refused:
        write(made, press.writer, body=words)
    assert "张小明" not in str(refused.value)


def test_a_name_that_became_known_since_stops_the_release(press):
    made = write(press.drafted(), press.writer, body="李小红已出院。")
    made = actions.submit_bulletin(bulletin=made, by=press.writer, at=SOON)
    CaseReport.objects.filter(key="A1").update(name="李小红")
    with pytest.raises(Refused):
        release(made, press.press)


def test_both_languages_are_needed(press):
    with pytest.raises(Refused):
        write(press.drafted(), press.writer, body_en=" ")


def test_a_writer_who_did_not_see_the_latest_words_is_told(press):
    made = press.drafted()
    write(made, press.writer, body="甲")
    with pytest.raises(Refused):
        write(made, press.duty, body="乙")


@pytest.mark.parametrize("role", [Role.LEADER, Role.EPIDEMIOLOGIST, Role.DUTY_OFFICER])
def test_only_the_press_group_releases(press, role):
    made = press.submitted()
    with pytest.raises(Refused):
        release(made, UserFactory(role=role))


def test_a_member_of_the_incidents_press_group_releases_too(press):
    made = press.submitted()
    member = UserFactory(role=Role.LEADER)
    group = IncidentGroup.objects.create(
        incident=press.incident,
        key="press",
        name="新闻发布组",
        name_en="Press group",
        formed_by=press.duty,
        formed_at=SOON,
    )
    IncidentGroupMember.objects.create(group=group, person=member, seat="member")
    assert release(made, member).state == State.RELEASED


def test_who_handed_it_in_does_not_release_it(press):
    made = actions.draft_bulletin(incident=press.incident, by=press.press, at=SOON)
    made = actions.submit_bulletin(bulletin=made, by=press.press, at=SOON)
    with pytest.raises(Refused):
        release(made, press.press)
    assert release(made, UserFactory(role=Role.PRESS_OFFICER)).state == State.RELEASED


def test_the_press_groups_clock_runs_from_handing_in_to_the_release(press):
    made = press.submitted()
    assert clocks(made) == {"public_bulletin.review": "open"}
    release(made, press.press)
    assert clocks(made) == {"public_bulletin.review": "met"}


def test_the_first_release_stops_the_clock_of_a_grave_event(press):
    type(press.incident).objects.filter(pk=press.incident.pk).update(grade="I", grade_reason="死亡")
    reports.keep_report_clocks(incident=press.incident, by=system_user(), at=SOON)
    press.released()
    assert clocks(press.incident)["public_bulletin.first"] == "met"


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_one_releases_and_the_other_is_told():
    press = Press()
    made = press.submitted()
    other = UserFactory(role=Role.PRESS_OFFICER, display_name="吴新闻")

    got = at_once(lambda at: release(made, (press.press, other)[at]))

    (refused,) = [str(one) for one in got if isinstance(one, Refused)]
    made.refresh_from_db()
    assert str(made.released_by) in refused


def test_what_the_reviewer_did_not_read_is_not_released(press):
    made = press.submitted()
    actions.return_bulletin(bulletin=made, reason="措辞", by=press.press, at=SOON)
    made.refresh_from_db()
    made = write(made, press.writer, body="已改")
    actions.submit_bulletin(bulletin=made, by=press.writer, at=SOON)
    with pytest.raises(Refused):
        actions.release_bulletin(bulletin=made, seen=1, by=press.press, at=LATER)


def test_what_was_released_is_never_changed_a_correction_replaces_it(press):
    first = press.released()
    for change in ({"body": "别的"}, {"figures": {}}, {"title_en": "x"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PublicBulletin.objects.filter(pk=first.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        first.delete()
    with pytest.raises(Refused):
        write(first, press.writer, body="别的")
    with pytest.raises(Refused):
        actions.correct_bulletin(bulletin=first, why_again=" ", by=press.writer, at=LATER)
    second = actions.correct_bulletin(
        bulletin=first, why_again="病例数更正", by=press.writer, at=LATER
    )
    first.refresh_from_db()
    assert first.state == State.RELEASED  # it holds until the new one is released
    second = actions.submit_bulletin(bulletin=second, by=press.writer, at=LATER)
    release(second, press.press)
    first.refresh_from_db()
    assert (first.state, second.version, second.number) == (State.REPLACED, 2, 1)


def test_after_the_event_nothing_new_is_told_but_a_mistake_may_be_corrected(press):
    first = press.released()
    command.close_incident(incident=press.incident, reason="末例后无新发", by=press.duty, at=LATER)
    with pytest.raises(Refused) as refused:
        press.drafted()
    assert "结束" in str(refused.value)
    assert (
        actions.correct_bulletin(
            bulletin=first, why_again="更正", by=press.writer, at=LATER
        ).version
        == 2
    )


def test_one_bulletin_is_written_at_a_time_and_a_draft_may_be_given_up(press):
    made = press.drafted()
    with pytest.raises(Refused):
        press.drafted()
    actions.drop_bulletin(bulletin=made, reason="暂不发布", by=press.writer, at=SOON)
    assert press.drafted().number == 1


def test_the_public_reads_what_was_released_and_nothing_else(press, client):
    made = press.submitted()
    there = reverse("public:one", args=[made.pk])
    before = client.get(reverse("public:list")).content.decode()
    assert client.get(there).status_code == 404
    release(made, press.press)
    listed, page = (client.get(x).content.decode() for x in (reverse("public:list"), there))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    english = client.get(there).content.decode()

    assert "目前没有通报" in before
    assert made.title in listed
    assert "不单列" in page
    assert made.title_en in english
    assert made.title not in english
    for hidden in ("林晓峰", "宋佳宁", press.incident.title, "陈志远"):
        assert hidden not in page
        assert hidden not in listed
    assert client.post(there).status_code == 405


def test_the_public_is_told_of_a_newer_version_and_of_a_withdrawal(press, client):
    first = press.released()
    second = actions.correct_bulletin(
        bulletin=first, why_again="病例数更正", by=press.writer, at=LATER
    )
    actions.submit_bulletin(bulletin=second, by=press.writer, at=LATER)
    draft = client.get(reverse("public:list")).content.decode()
    assert "病例数更正" not in draft
    second.refresh_from_db()
    release(second, press.press)
    old = client.get(reverse("public:one", args=[first.pk])).content.decode()
    new = client.get(reverse("public:one", args=[second.pk])).content.decode()
    assert reverse("public:one", args=[second.pk]) in old
    assert "病例数更正" in new
    actions.withdraw_bulletin(bulletin=second, reason="数据有误", by=press.press, at=LATER)
    gone = client.get(reverse("public:one", args=[second.pk])).content.decode()
    assert "数据有误" in gone
    assert "勤洗手" not in gone  # it may have been withdrawn for what it says
    assert "目前没有通报" in client.get(reverse("public:list")).content.decode()


def test_an_event_without_an_illness_is_told_without_figures(db, client):
    staffed()
    duty = commander()
    incident = opened(by=duty, event_kind="unexplained", title="不明原因发病")
    made = actions.draft_bulletin(incident=incident, by=duty, at=SOON)
    assert "原因正在调查" in made.body


def test_a_bulletin_from_draft_to_release_on_screen(press, client):
    client.force_login(press.writer)
    client.post(reverse("incidents:draft_bulletin", args=[press.incident.pk]))
    made = PublicBulletin.objects.get()
    again = client.post(reverse("incidents:draft_bulletin", args=[press.incident.pk]), follow=True)
    where = {
        name: reverse(f"incidents:{name}_bulletin", args=[made.pk])
        for name in ("write", "submit", "return", "release", "withdraw", "correct", "drop")
    }
    words = {"title": "通报", "title_en": "Bulletin", "body": "正文", "body_en": "Text", "seen": 1}
    wrong = client.post(where["write"], words | {"body": "电话13812345678"})
    client.post(where["write"], words)
    client.post(where["submit"])
    client.force_login(press.press)
    listed = client.get(reverse("incidents:bulletins")).content.decode()
    page = client.get(made.get_absolute_url()).content.decode()
    client.post(where["release"], {"seen": 2})
    twice = client.post(where["release"], {"seen": 2})
    done = client.get(made.get_absolute_url()).content.decode()

    assert "正在办理" in again.content.decode()
    assert wrong.status_code == twice.status_code == 409
    assert "13812345678" in wrong.content.decode()  # what was typed is not lost
    assert "通报" in listed
    assert "向公众发布" in page
    assert "公众看到的页面" in done
