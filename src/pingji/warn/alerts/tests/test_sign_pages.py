"""The pages of signs and of an alert's further steps."""

import pytest
from django.urls import reverse

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import COUNTY
from pingji.warn.alerts.models import Alert, Sign
from pingji.warn.alerts.tests.factories import AlertFactory, detected, outbreak

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)
    client.force_login(officer)
    return officer


def page(client, name: str, *given: object) -> str:
    return client.get(reverse(f"alerts:{name}", args=given)).content.decode()


def test_an_alert_shows_its_signs_and_every_part_of_its_score(client, officer):
    outbreak()
    detected()

    shown = page(client, "detail", Alert.objects.get().pk)

    assert "最近一期 40 例" in shown
    for part in ("层级", "独立渠道数", "疾病严重性", "场所脆弱性"):
        assert part in shown


def test_a_sign_that_waits_is_listed_until_an_alert_takes_it_up(client, officer):
    outbreak()
    detected()
    assert "待更多迹象" not in page(client, "signs")

    Sign.objects.update(alert=None)

    assert "待更多迹象" in page(client, "signs")


def test_all_signs_show_the_alert_they_belong_to(client, officer):
    outbreak()
    detected()

    shown = client.get(reverse("alerts:signs"), {"all": "1", "kind": "series"}).content.decode()

    assert reverse("alerts:detail", args=[Alert.objects.get().pk]) in shown


def test_signs_of_another_county_are_not_shown(client):
    outbreak()
    detected()
    Sign.objects.update(alert=None)
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code="370983")))

    assert "待更多迹象" not in page(client, "signs")


def test_who_does_not_see_alerts_does_not_see_signs(client):
    client.force_login(UserFactory(role=Role.STORE_KEEPER))

    assert client.get(reverse("alerts:signs")).status_code == 409


def test_from_verified_to_closed_by_the_forms(client, officer):
    alert = AlertFactory(state="verified")
    step = {"alert_id": alert.pk}

    field = client.post(reverse("alerts:investigate", kwargs=step), {"findings": "同班聚集。"})
    closed = client.post(
        reverse("alerts:close", kwargs=step), {"verdict": "true", "reason": "已控制。"}
    )

    alert.refresh_from_db()
    assert (field.status_code, closed.status_code) == (302, 302)
    assert (alert.state, alert.verdict, alert.closed_by) == ("closed", "true", officer)
    assert "已控制。" in page(client, "detail", alert.pk)


def test_the_second_to_close_is_told_who_was_first(client, officer):
    alert = AlertFactory(state="closed")

    answer = client.post(
        reverse("alerts:close", args=[alert.pk]), {"verdict": "false", "reason": "x"}
    )

    assert answer.status_code == 409
    assert str(alert.closed_by) in answer.content.decode()


def test_a_missing_verdict_is_asked_for(client, officer):
    alert = AlertFactory(state="investigated")

    answer = client.post(reverse("alerts:close", args=[alert.pk]), {"reason": "x"})

    assert answer.status_code == 409
    assert Alert.objects.get().state == "investigated"


def test_an_alert_is_given_to_a_colleague(client, officer):
    plan()
    alert = AlertFactory()
    colleague = UserFactory(role=Role.DUTY_OFFICER)

    client.post(reverse("alerts:give", args=[alert.pk]), {"owner": colleague.pk})

    alert.refresh_from_db()
    assert alert.owner == colleague
    assert colleague.display_name in page(client, "list")


def test_only_those_who_decide_here_are_offered(client, officer):
    grid = UserFactory(role=Role.GRID_WORKER)
    stranger = UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code="370983"))
    alert = AlertFactory()
    assert alert.area_id.startswith(COUNTY)

    shown = page(client, "detail", alert.pk)

    assert f'value="{grid.pk}"' not in shown
    assert f'value="{stranger.pk}"' not in shown
    assert f'value="{officer.pk}"' in shown
