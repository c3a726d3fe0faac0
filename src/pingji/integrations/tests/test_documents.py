"""The examples of the documents are taken as they are written, in both languages."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from pingji.integrations.hl7v2.server import Frame
from pingji.integrations.hl7v2.taking import take
from pingji.monitor.surveillance.models import LabResult, Tally
from pingji.monitor.surveillance.tests.sending import sender

pytestmark = pytest.mark.django_db
HOW_TO = Path(__file__).parents[4] / "docs" / "how-to"
DOCUMENTS = [HOW_TO / f"hl7v2-and-fhir{end}.md" for end in ("", ".zh")]
each = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def example(document, kind):
    text = document.read_text(encoding="utf-8")
    return re.search(rf"```{kind}\n(.*?)```", text, re.DOTALL)[1]


@each
def test_the_example_in_hl7_is_acknowledged_and_counted(document):
    body = example(document, "hl7").replace("TOKEN", sender().token)
    (answer,) = take([Frame(body.replace("\n", "\r").encode(), "")], at=timezone.now())
    assert b"MSA|AA|M1" in answer
    assert b"ERR" not in answer
    assert Tally.objects.get(channel="pathogen").disease_id == "influenza"


@each
def test_the_example_in_fhir_is_kept_and_counted(document):
    answer = Client().post(
        "/fhir/",
        example(document, "json").encode(),
        content_type="application/fhir+json",
        headers={"Authorization": f"Bearer {sender().token}"},
    )
    assert [e["response"]["status"] for e in answer.json()["entry"]] == ["201 Created"] * 2
    assert LabResult.objects.get().area_id == "500242101"
    assert Tally.objects.get(channel="pathogen").count == 1
