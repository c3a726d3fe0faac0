"""Posts come in once, each bad line with its reason, and are joined."""

import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pingji.ground import Refused
from pingji.ground.record.models import Line
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.models import Deadline
from pingji.monitor.opinion import actions
from pingji.monitor.opinion.actions.receiving import receive
from pingji.monitor.opinion.models import Batch, Post, Rumour
from pingji.monitor.opinion.queries.faults import in_words
from pingji.monitor.opinion.tests.factories import (
    LONGTAN,
    SAID,
    handed_in,
    lines,
    person,
    post,
    rumour,
)
from pingji.monitor.opinion.tests.places import places
from pingji.monitor.surveillance.models import POSTS
from pingji.monitor.surveillance.models.packing import unpacked
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.monitor.surveillance.tests.sending import sender

pytestmark = pytest.mark.django_db


def faults(batch: Batch) -> list[tuple[int, str]]:
    return [(problem["line"], problem["code"]) for problem in batch.problems]


def test_a_post_is_kept_with_what_it_says_and_without_its_author():
    handed_in([post("龙潭好多娃儿发烧咳嗽，急死人了，电话13812345678", author="王小明")])

    kept = Post.objects.get()
    assert (kept.area_id, kept.place, kept.topic_id) == (LONGTAN, "named", "fever_respiratory")
    assert (kept.mood, kept.symptoms) == (-1, ["fever", "cough"])
    assert "138****5678" in kept.text
    assert len(kept.author) == 64
    assert "王小明" not in str(Post.objects.values().get())


def test_every_bad_line_is_refused_with_its_reason_and_the_others_are_kept():
    good = post("龙潭好多人发烧")
    ahead = (NOON + timedelta(hours=1)).isoformat()
    batch = handed_in(
        [
            good,
            post(""),
            post("麻旺有人咳嗽", posted_at="昨天"),
            post("麻旺有人咳嗽", posted_at=ahead),
            post("麻旺有人咳嗽", url="javascript:alert(1)"),
            post("病" * 5001),
            post("坏\x00字"),
            post("另一段话", key=good["key"]),
            ["no object"],
        ]
    )

    assert faults(batch) == [
        (2, "missing"),
        (3, "no_time"),
        (4, "ahead"),
        (5, "no_address"),
        (6, "too_long"),
        (7, "bad_character"),
        (8, "key_twice"),
        (9, "no_object"),
    ]
    assert (batch.state, batch.lines, batch.kept) == (Batch.State.PARTLY, 9, 1)
    assert all(reason for _line, reason in in_words(batch))


def test_the_same_file_again_changes_nothing():
    first = handed_in([post("龙潭好多人发烧", key="1")])

    again = handed_in([post("龙潭好多人发烧", key="1")])

    assert (again.pk, again.tries, Post.objects.count()) == (first.pk, 2, 1)


def test_a_post_that_is_known_is_kept_once_and_never_overwritten():
    handed_in([post("龙潭好多人发烧", key="1")])

    later = handed_in([post("龙潭好多人发烧", key="1"), post("改过的话", key="1", hours=2)])
    third = handed_in([post("改过的话", key="1", hours=2)])

    assert faults(later) == [(2, "key_twice")]
    assert (later.known, faults(third)) == (1, [(1, "key_taken")])
    assert Post.objects.get().text == "龙潭好多人发烧"


def test_many_posts_ask_the_database_no_more_often_than_few():
    def asked(posts, name):
        with CaptureQueriesContext(connection) as questions:
            handed_in(posts, name=name)
        return len(questions)

    def some(number, first):
        said = [
            f"龙潭第{at}个院子有人发烧咳嗽，{at * 37}号门口" for at in range(first, first + number)
        ]
        return [post(text, key=f"{first}-{at}") for at, text in enumerate([*said, *said])]

    handed_in(some(2, 0), name="before.jsonl")
    few, many = asked(some(3, 100), "few.jsonl"), asked(some(40, 200), "many.jsonl")

    assert many <= few
    assert Post.objects.filter(repeats__isnull=False).exclude(rumour=None).count() >= 45


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_table_is_read_by_its_chinese_headings(encoding):
    places()
    content = (
        "平台,编号,发布时间,作者,内容\n微博,1,2025-11-21 08:30,甲,龙潭好多人发烧\n抖音,,x,乙,\n"
    )

    batch = actions.hand_in(
        name="信息.csv", content=content.encode(encoding), by=person("press"), at=NOON
    )

    assert (batch.form, batch.kept, faults(batch)) == ("csv", 1, [(3, "missing")])
    assert Post.objects.get().posted_at.isoformat() == "2025-11-21T00:30:00+00:00"


def test_an_excel_file_is_read():
    from openpyxl import Workbook

    places()
    book, file = Workbook(), io.BytesIO()
    book.active.append(["来源", "信息编号", "发布时间", "正文"])
    book.active.append(
        ["论坛", 17, NOON.replace(tzinfo=None) - timedelta(hours=12), "麻旺有人咳嗽"]
    )
    book.save(file)

    batch = actions.hand_in(name="信息.xlsx", content=file.getvalue(), by=person("press"), at=NOON)

    assert (batch.form, batch.kept, Post.objects.get().key) == ("xlsx", 1, "17")


def test_a_table_without_a_needed_column_waits_for_a_person():
    places()
    batch = actions.hand_in(
        name="信息.csv", content="平台,内容\n微博,话\n".encode(), by=person("press"), at=NOON
    )

    assert (batch.state, faults(batch)) == (Batch.State.HELD, [(0, "no_column")])
    assert "编号" in in_words(batch)[0][1]


def test_who_has_no_business_with_posts_may_hand_none_in():
    places()
    with pytest.raises(Refused):
        actions.hand_in(name="a.jsonl", content=b"{}", by=person("store"), at=NOON)


def message(posts, key="M1") -> bytes:
    return json.dumps({"key": key, "posts": posts}, ensure_ascii=False).encode()


def test_a_message_is_kept_as_received_and_taken_once():
    places()
    system = sender(name="舆情平台", formats=[POSTS])
    body = message([post("龙潭好多人发烧", key="1")])

    first = receive(sender=system, body=body, at=NOON)
    again = receive(sender=system, body=body, at=NOON)

    assert (first.pk, again.tries, Post.objects.count()) == (again.pk, 2, 1)
    assert unpacked(bytes(again.body)) == body
    assert b"\xe9\xbe\x99" not in bytes(again.body)


def test_another_message_under_the_same_number_is_kept_and_nothing_taken_of_it():
    places()
    system = sender(name="舆情平台", formats=[POSTS])
    receive(sender=system, body=message([post("龙潭好多人发烧", key="1")]), at=NOON)

    other = message([post("麻旺有人咳嗽", key="2")])
    held = [receive(sender=system, body=other, at=NOON) for _again in range(2)][-1]

    assert (held.state, faults(held)) == (Batch.State.HELD, [(0, "number_taken")])
    assert (Batch.objects.count(), Post.objects.count()) == (2, 1)


@pytest.mark.parametrize("body", [b"", b"no", b"[]", b'{"posts": 1}', b"\xff\xfe"])
def test_what_cannot_be_read_is_kept_for_a_person(body):
    places()
    held = receive(sender=sender(formats=[POSTS]), body=body, at=NOON)

    assert (held.state, held.lines) == (Batch.State.HELD, 0)


def test_two_posts_of_one_place_and_illness_make_a_rumour_with_its_clocks():
    found = rumour()

    assert (found.area_id, found.topic_id, found.state) == (LONGTAN, "fever_respiratory", "found")
    assert (found.post_count, found.text_count, found.title) == (2, 2, SAID[1])
    running = Deadline.objects.of(found).open().values_list("key", flat=True)
    assert set(running) == {"opinion.check", "opinion.reply"}
    reply = Deadline.objects.of(found).get(key="opinion.reply")
    assert reply.organisation == person("press").organisation
    assert Line.objects.filter(kind="opinion.found", subject_id=str(found.pk)).count() == 1


def test_one_post_alone_is_no_rumour_and_neither_are_notices_or_other_provinces():
    handed_in(
        [
            post("龙潭好多人发烧", key="1"),
            post("疾控提醒：麻旺镇诺如病毒高发", key="2"),
            post("麻旺镇诺如病毒官方通报", key="3"),
            post("北京甲流好多", key="4"),
            post("上海甲流好多", key="5"),
        ]
    )

    assert not Rumour.objects.exists()


def test_what_is_passed_on_is_joined_and_counts_as_one_text():
    told = "听说实验小学十几个学生上吐下泻，学校还瞒着家长"
    handed_in([post(told, key="1", hours=5), post(f"转发：{told}！！", key="2", hours=4)])

    found = Rumour.objects.get()
    first = Post.objects.get(key="1")
    assert (found.post_count, found.text_count) == (2, 1)
    assert Post.objects.get(key="2").repeats == first


def test_new_posts_join_the_open_rumour_and_a_closed_one_is_never_opened_again():
    found = rumour()
    by = person("epidemiologist")
    actions.take(rumour=found, by=by, at=NOON)
    handed_in([post("龙潭又有人高烧住院", key="n1")], name="b.jsonl")
    found.refresh_from_db()
    assert found.post_count == 3

    actions.check(rumour=found, verdict="false", findings="普通感冒。", by=by, at=NOON)
    actions.close(rumour=found, closing_reason="已说明。", by=by, at=NOON)
    later = NOON + timedelta(hours=3)
    handed_in(
        [
            post("龙潭街上全是咳嗽的人", key="n2", hours=-1),
            post("龙潭我们院子三家人发烧", key="n3", hours=-2),
            post(f"转发：{SAID[1]}", key="n4", hours=-1),
        ],
        at=later,
    )

    found.refresh_from_db()
    second = Rumour.objects.latest("pk")
    assert (found.state, found.post_count) == ("closed", 4)
    assert (second.earlier, second.post_count, second.state) == (found, 2, "found")


@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_make_one_rumour():
    places()
    by = person("press")

    def one(at: int) -> Batch:
        said = [post(f"{SAID[at]}", key=f"{at}"), post(f"龙潭第{at}个院子有人发烧", key=f"x{at}")]
        return actions.hand_in(name=f"{at}.jsonl", content=lines(said), by=by, at=NOON)

    at_once(one)

    assert Rumour.objects.get().post_count == 4
