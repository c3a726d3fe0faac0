"""The rules by which complaints are read, made ready once and kept until somebody changes them."""

from collections.abc import Iterable
from threading import Lock

from pingji.ground import statements
from pingji.monitor.surveillance.models import ReadingWord, Symptom, SyndromeRule
from pingji.monitor.surveillance.rules.syndromes import Rule, Rules, rules_of

_lock = Lock()
_kept: tuple[str, Rules] | None = None


def load_rules() -> Rules:
    """Vocabulary and rules as they stand now; built anew only after a change."""
    global _kept
    now = statements.stamp(Symptom, ReadingWord, SyndromeRule)
    kept = _kept
    if kept is not None and kept[0] == now:
        return kept[1]
    with _lock:
        made = make_rules(
            Symptom.objects.all(), ReadingWord.objects.all(), SyndromeRule.objects.all()
        )
        _kept = (now, made)
    return made


def make_rules(
    symptoms: Iterable[Symptom], words: Iterable[ReadingWord], rules: Iterable[SyndromeRule]
) -> Rules:
    """Rules for reading from rows, saved or not."""
    symptoms = list(symptoms)
    return rules_of(
        symptoms={row.code: [row.name, *row.words] for row in symptoms},
        lookalikes=[word for row in symptoms for word in row.not_words],
        steering={row.word: row.role for row in words},
        temperatures={
            row.code: float(row.from_temperature)
            for row in symptoms
            if row.from_temperature is not None
        },
        rules=[rule_of(row) for row in rules if row.active],
    )


def rule_of(row: SyndromeRule) -> Rule:
    """One rule for reading from its row."""
    return Rule(
        number=row.pk or 0,
        syndrome=row.syndrome_id,
        all_of=frozenset(row.all_of),
        any_of=frozenset(row.any_of),
        none_of=frozenset(row.none_of),
        longest=row.longest_days,
        shortest=row.shortest_days,
        youngest=row.youngest,
        oldest=row.oldest,
    )


def rule_that_never_holds(row: SyndromeRule) -> Rule:
    """What stands in place of a rule that is out of use."""
    return Rule(number=row.pk or 0, syndrome=row.syndrome_id, all_of=frozenset([""]))
