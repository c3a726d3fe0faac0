"""The record: what a line says, that it stays, and that tampering shows."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, connections, transaction

from pingji.ground.directory.tests.factories import AreaFactory, ResidentFactory, UserFactory
from pingji.ground.record.actions import Entry, note, note_many, origin, saw
from pingji.ground.record.models import Head, Line
from pingji.ground.record.queries import Break, first_break, lines_about
from pingji.ground.record.rules import BEGINNING

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@contextmanager
def without_the_guard():
    """As somebody with the database in their hands: the trigger switched off."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table record_line disable trigger user")
        yield cursor
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table record_line enable trigger user")


def a_chain(length=5):
    user = UserFactory()
    return [
        note("area.drawn", subject=user.area, by=user, at=NOON, reason=f"第{n}次", number_drawn=n)
        for n in range(length)
    ]


@pytest.fixture
def chain(db):
    return a_chain()


def test_many_lines_put_down_at_once_are_chained_like_single_ones(db):
    user = UserFactory()
    note("area.drawn", subject=user.area, by=user, at=NOON)

    lines = note_many(
        "area.drawn",
        [Entry(user.area, {"n": n}) for n in range(3)],
        by=user,
        at=NOON,
        reason="一次",
    )
    note("area.drawn", subject=user.area, by=user, at=NOON)

    assert [line.number for line in lines] == [2, 3, 4]
    assert [line.details["n"] for line in lines] == [0, 1, 2]
    assert first_break() == (5, None)
    assert Line.objects.count() == 5
    assert note_many("area.drawn", [], by=user, at=NOON) == []


def test_lines_written_during_the_walk_are_not_taken_for_removed_ones(chain, monkeypatch):
    """Somebody goes on writing between the last line read and the head."""
    first, wrote = Head.objects.first, []

    def write_then_look(self):
        if not wrote:
            wrote.append(True)
            note("area.drawn", subject=None, by=chain[0].by, at=NOON)
        return first()

    monkeypatch.setattr(type(Head.objects), "first", write_then_look)

    assert first_break() == (6, None)


def test_a_line_says_who_what_when_where_on_what_and_why(db):
    user = UserFactory(display_name="王小明")
    area = AreaFactory(code="500242101", name="龙潭镇")

    with origin("10.0.0.7"):
        line = note("area.drawn", subject=area, by=user, at=NOON, reason="新镇界", cells=3)

    line.refresh_from_db()
    assert (line.number, line.kind, line.at, line.by) == (1, "area.drawn", NOON, user)
    assert (line.subject_type, line.subject_id, line.subject_label) == (
        "directory.area",
        "500242101",
        "龙潭镇",
    )
    assert (line.reason, line.origin, line.details) == ("新镇界", "10.0.0.7", {"cells": 3})
    assert line.previous == BEGINNING
    assert line.known_at > NOON


def test_a_line_lies_in_the_area_of_its_subject_else_of_who_acted(db):
    user = UserFactory()
    hospital = UserFactory(area__code="500242102")
    assert note("user.added", subject=hospital, by=user, at=NOON).area_id == "500242102"
    assert note("plans.loaded", subject=None, by=user, at=NOON).area_id == user.area_id
    assert note("plans.loaded", subject=None, by=user, at=NOON, area="500242").area_id == "500242"


def test_every_line_is_chained_to_the_one_before(chain):
    for before, line in zip(chain, chain[1:], strict=False):
        assert line.previous == before.digest
        assert line.number == before.number + 1
    assert first_break() == (5, None)


def test_an_empty_record_is_whole(db):
    assert first_break() == (0, None)


def test_the_database_refuses_to_change_or_delete_a_line(chain):
    for attempt in (
        lambda: Line.objects.filter(number=2).update(reason="别的"),
        lambda: Line.objects.filter(number=2).delete(),
    ):
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
            attempt()
    assert first_break() == (5, None)


@pytest.mark.parametrize(
    "change",
    [
        "reason = '别的'",
        "kind = 'area.redrawn'",
        "at = at + interval '1 microsecond'",
        "known_at = known_at - interval '1 hour'",
        "by_id = (select max(id) from directory_user)",
        "area_id = '500242999'",
        "subject_id = '511723'",
        "subject_label = '别处'",
        "origin = 'worker'",
        """details = '{"number_drawn": 7}'""",
        "digest = repeat('0', 64)",
        "previous = repeat('1', 64)",
    ],
)
def test_an_altered_line_shows(chain, change):
    UserFactory()
    AreaFactory(code="500242999")
    with without_the_guard() as cursor:
        cursor.execute(f"update record_line set {change} where number = 3")
    assert first_break() == (2, Break(3, "altered"))


def test_a_line_rewritten_with_a_fitting_digest_shows_at_the_next(chain):
    from pingji.ground.record.queries import content
    from pingji.ground.record.rules import digest

    forged = Line.objects.get(number=3)
    forged.reason = "别的"
    forged.digest = digest(forged.previous, content(forged))
    with without_the_guard() as cursor:
        cursor.execute(
            "update record_line set reason = %s, digest = %s where number = 3",
            [forged.reason, forged.digest],
        )
    assert first_break() == (3, Break(4, "altered"))


@pytest.mark.parametrize("number", [1, 2, 4, 5])
def test_a_removed_line_shows(chain, number):
    with without_the_guard() as cursor:
        cursor.execute("delete from record_line where number = %s", [number])
    assert first_break() == (number - 1, Break(number, "removed"))


def test_the_last_lines_removed_show(chain):
    with without_the_guard() as cursor:
        cursor.execute("delete from record_line where number > 2")
    assert first_break() == (2, Break(3, "removed"))


def test_a_record_emptied_shows(chain):
    with without_the_guard() as cursor:
        cursor.execute("delete from record_line")
    assert first_break() == (0, Break(1, "removed"))


def test_a_line_added_by_hand_shows(chain):
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into record_line select number + 1, kind, at, subject_type, subject_id,"
            " subject_label, reason, origin, details, known_at, digest, repeat('a', 64), area_id,"
            " by_id from record_line where number = 5"
        )
    assert first_break() == (5, Break(6, "altered"))


@pytest.mark.parametrize(
    "change",
    ["update record_head set number = 2", "delete from record_head"],
)
def test_the_head_of_the_chain_only_advances(chain, change):
    with (
        pytest.raises(DatabaseError, match="only advances"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert first_break() == (5, None)


def test_lines_that_changed_places_show(chain):
    with without_the_guard() as cursor:
        cursor.execute("update record_line set number = 99 where number = 2")
        cursor.execute("update record_line set number = 2 where number = 3")
        cursor.execute("update record_line set number = 3 where number = 99")
    assert first_break() == (1, Break(2, "altered"))


def test_a_refused_action_leaves_no_line(chain):
    with transaction.atomic():
        note("area.drawn", subject=None, by=chain[0].by, at=NOON)
        transaction.set_rollback(True)
    assert first_break() == (5, None)


@pytest.mark.django_db(transaction=True)
def test_notes_written_at_once_stay_one_chain():
    user = UserFactory()
    faults = []

    def write():
        try:
            for _time in range(10):
                with transaction.atomic():
                    note("area.drawn", subject=user.area, by=user, at=NOON)
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert faults == []
    assert first_break() == (40, None)


def test_a_look_at_a_person_is_on_record(db):
    doctor, resident = UserFactory(), ResidentFactory()

    line = saw(resident, by=doctor, at=NOON, why="detail")

    assert (line.kind, line.by, line.reason) == ("personal_data.seen", doctor, "detail")
    assert line.subject_id == str(resident.pk)
    assert line.details == {"rows": 1, "subjects": [f"directory.resident:{resident.pk}"]}
    assert "王小明" not in line.subject_label  # the record does not carry what it guards


def test_a_look_at_a_list_names_everybody_on_it(db):
    doctor, residents = UserFactory(), ResidentFactory.create_batch(3)

    line = saw(residents, by=doctor, at=NOON, why="search")

    assert line.subject_id == ""
    assert line.details["rows"] == 3
    assert line.details["subjects"] == [f"directory.resident:{r.pk}" for r in residents]


def test_a_subject_has_its_own_history_newest_first(chain):
    other = UserFactory()
    note("user.added", subject=other, by=other, at=NOON)

    history = lines_about(chain[0].by.area)

    assert [line.number for line in history] == [5, 4, 3, 2, 1]
