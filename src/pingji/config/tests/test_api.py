"""The description of the JSON interface."""

from django.test import Client
from ninja import main as ninja

from pingji.config.api import api


def test_what_the_interface_offers_is_worked_out_once_however_often_it_is_asked(monkeypatch):
    work_out, times = ninja.get_schema, []
    monkeypatch.setattr(ninja, "get_schema", lambda **given: times.append(1) or work_out(**given))
    monkeypatch.setattr(api, "described", {})

    first, second = (Client().get("/api/openapi.json") for _time in range(2))

    assert first.json() == second.json()
    assert "/api/directory/areas" in first.json()["paths"]
    assert len(times) == 1
