"""How complaints are read: the shipped words and rules, and changes to them."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.monitor.surveillance.models import Disease, ReadingWord, Symptom, SyndromeRule
from pingji.monitor.surveillance.rules import catalogue as rules

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "symptoms.toml"
CODE_TAKEN = gettext_lazy("This code is taken.")


@transaction.atomic
def load_symptoms(*, by: User, at: datetime, path: Path = SHIPPED) -> int:
    """Load the shipped words and rules; what is there already is left as it is. How many are new.

    Symptoms are added where their code is new, rules where their syndrome has none yet, and the
    words that steer the reading where there are none at all: what somebody changed or took away
    does not come back.
    """
    with path.open("rb") as file:
        shipped = tomllib.load(file)
    known = set(Symptom.objects.values_list("code", flat=True))
    symptoms = [row for row in shipped["symptom"] if row["code"] not in known]
    ruled = set(SyndromeRule.objects.values_list("syndrome_id", flat=True))
    watched = set(Disease.objects.values_list("code", flat=True)) - ruled
    ruling = [row for row in shipped["rule"] if row["syndrome"] in watched]
    words = [] if ReadingWord.objects.exists() else list(shipped["steering"].items())
    if not (symptoms or ruling or words):
        return 0

    Symptom.objects.bulk_create(Symptom(**row) for row in symptoms)
    ReadingWord.objects.bulk_create(
        ReadingWord(word=word, role=role) for role, texts in words for word in texts
    )
    SyndromeRule.objects.bulk_create(
        SyndromeRule(
            syndrome_id=row["syndrome"], **{k: v for k, v in row.items() if k != "syndrome"}
        )
        for row in ruling
    )
    note(
        "complaints.rules_loaded",
        subject=None,
        by=by,
        at=at,
        symptoms=[row["code"] for row in symptoms],
        rules=[row["syndrome"] for row in ruling],
    )
    return len(symptoms) + len(ruling)


@transaction.atomic
def save_symptom(
    *,
    code: str,
    values: dict[str, Any],
    seen: str,
    by: User,
    at: datetime,
    reason: str,
) -> Symptom:
    """Add a symptom or change its words; complaints are read by them at once.

    Args:
        code: Which; a new one if there is none of this code.
        values: Its columns.
        seen: `print_of` the symptom as the person saw it; empty for a new one.
        by: Who.
        at: When.
        reason: Why.
    """
    rules.check_can_edit_catalogue(by)
    rules.check_reason(reason)
    rules.check_code(code)
    _one_at_a_time(Symptom)
    there = Symptom.objects.filter(pk=code).first()
    _check_seen(there, seen)
    if Symptom.objects.exclude(pk=code).filter(name=values["name"]).exists():
        raise Refused(_("Another symptom has this name."), field="name")

    before = rules.said(there) if there else None
    symptom = there or Symptom(code=code)
    for key, value in values.items():
        setattr(symptom, key, value)
    symptom.save(force_insert=there is None)
    note(
        "complaints.rules_changed",
        subject=symptom,
        by=by,
        at=at,
        reason=reason,
        before=before,
        after=rules.said(symptom),
    )
    return symptom


@transaction.atomic
def save_rule(
    *,
    rule: SyndromeRule | None,
    values: dict[str, Any],
    seen: str,
    by: User,
    at: datetime,
    reason: str,
) -> SyndromeRule:
    """Add a rule of a syndrome, or change one; what was counted before stays counted."""
    rules.check_can_edit_catalogue(by)
    rules.check_reason(reason)
    there = None
    if rule is not None:
        there = SyndromeRule.objects.select_for_update().get(pk=rule.pk)
    _check_seen(there, seen)
    check_rule(values)

    before = rules.said(there) if there else None
    saved = there or SyndromeRule()
    for key, value in values.items():
        setattr(saved, key, value)
    saved.save()
    note(
        "complaints.rules_changed",
        subject=saved,
        by=by,
        at=at,
        reason=reason,
        before=before,
        after=rules.said(saved),
    )
    return saved


def check_rule(values: dict[str, Any]) -> None:
    """Raise Refused unless a rule can hold at all."""
    wanted = {*values["all_of"], *values["any_of"]}
    if not wanted:
        raise Refused(_("Name at least one symptom that must be there."), field="any_of")
    both = wanted.intersection(values["none_of"])
    if both:
        raise Refused(
            _("A symptom cannot be asked for and shut out at once: %(codes)s.")
            % {"codes": "、".join(sorted(both))},
            field="none_of",
        )
    for low, high, column in (
        ("shortest_days", "longest_days", "longest_days"),
        ("youngest", "oldest", "oldest"),
    ):
        if None not in (values[low], values[high]) and values[low] > values[high]:
            raise Refused(_("The upper bound lies below the lower one."), field=column)


@transaction.atomic
def save_words(
    *, role: str, words: list[str], seen: str, by: User, at: datetime, reason: str
) -> list[str]:
    """Set the words of one role, such as those that deny; a word has one role alone."""
    rules.check_can_edit_catalogue(by)
    rules.check_reason(reason)
    _one_at_a_time(ReadingWord)
    there = list(ReadingWord.objects.filter(role=role).order_by("word"))
    before = [row.word for row in there]
    if seen != words_print(before):
        raise Refused(rules.CHANGED_MEANWHILE)
    elsewhere = ReadingWord.objects.exclude(role=role).filter(word__in=words).first()
    if elsewhere is not None:
        raise Refused(
            _("“%(word)s” has another role already: %(role)s.")
            % {"word": elsewhere.word, "role": elsewhere.get_role_display()},
            field="words",
        )
    too_long = next((word for word in words if len(word) > 20), None)
    if too_long:
        raise Refused(
            _("“%(word)s” is longer than 20 characters.") % {"word": too_long}, field="words"
        )

    ReadingWord.objects.filter(role=role).exclude(word__in=words).delete()
    new = [word for word in words if word not in before]
    ReadingWord.objects.bulk_create(ReadingWord(word=word, role=role) for word in new)
    note(
        "complaints.rules_changed",
        subject=None,
        by=by,
        at=at,
        reason=reason,
        role=role,
        added=new,
        taken_away=[word for word in before if word not in words],
    )
    return words


def words_print(words: list[str]) -> str:
    """Words as they were shown, in one short word."""
    return rules.print_of({"words": sorted(words)})


def print_of(row: models.Model | None) -> str:
    """A row as it was shown, in one short word; empty where there is none."""
    return rules.print_of(rules.said(row)) if row is not None else ""


def _one_at_a_time(table: type[models.Model]) -> None:
    """Of two people at once the second sees what the first has added, and is told.

    Rows that are not there yet cannot be locked; the table is small and seldom changed by hand.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"lock table {table._meta.db_table} in share row exclusive mode")


def _check_seen(there: models.Model | None, seen: str) -> None:
    if print_of(there) != seen:
        raise Refused(rules.CHANGED_MEANWHILE if there is not None and seen else CODE_TAKEN)
