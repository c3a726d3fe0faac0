"""How complaints are read: the shipped words and rules, and changes to them."""

import tomllib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.monitor.surveillance.models import Disease, ReadingWord, Symptom, SyndromeRule

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "symptoms.toml"


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
    rules = [row for row in shipped["rule"] if row["syndrome"] in watched]
    words = [] if ReadingWord.objects.exists() else list(shipped["steering"].items())
    if not (symptoms or rules or words):
        return 0

    Symptom.objects.bulk_create(Symptom(**row) for row in symptoms)
    ReadingWord.objects.bulk_create(
        ReadingWord(word=word, role=role) for role, texts in words for word in texts
    )
    SyndromeRule.objects.bulk_create(
        SyndromeRule(
            syndrome_id=row["syndrome"], **{k: v for k, v in row.items() if k != "syndrome"}
        )
        for row in rules
    )
    note(
        "complaints.rules_loaded",
        subject=None,
        by=by,
        at=at,
        symptoms=[row["code"] for row in symptoms],
        rules=[row["syndrome"] for row in rules],
    )
    return len(symptoms) + len(rules)
