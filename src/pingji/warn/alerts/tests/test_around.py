"""What stands around an alert: what moved nearby, similar alerts, what is still to be reported."""

import pytest
from django.urls import reverse

from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.tests.card_factories import home, sent
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, OTHER_TOWN, TOWN
from pingji.warn.alerts import queries
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.queries import around
from pingji.warn.alerts.tests.factories import AlertFactory, outbreak
from pingji.warn.alerts.tests.series_factories import (
    DAY,
    TODAY,
    figures,
    noisy_series,
    settings,
)

pytestmark = pytest.mark.django_db


def near_towns() -> None:
    outbreak(5, quiet=[4, 5])
    for code, longitude in ((TOWN, 108.70), (OTHER_TOWN, 108.76), (f"{COUNTY}109", 109.6)):
        AreaFactory(code=code)
        Area.objects.filter(pk=code).update(longitude=longitude, latitude=28.8)


def test_what_rose_in_neighbouring_townships_is_shown_beside_an_alert():
    near_towns()
    alert = AlertFactory(ends_on=TODAY)
    figures(
        [
            ("mumps", OTHER_TOWN, 1, 4),
            ("mumps", f"{COUNTY}109", 1, 9),
            ("varicella", TOWN, 1, 2),
            ("influenza", TOWN, 9, 5),
            ("hand_foot_mouth", TOWN, 1, 9),
        ]
    )

    moves = around.moved_nearby(alert, UserFactory(role=Role.EPIDEMIOLOGIST), settings())

    assert [(m.disease.pk, m.area.pk, m.now, m.before) for m in moves] == [
        ("mumps", OTHER_TOWN, 4, 0),
        ("varicella", TOWN, 2, 0),
    ]


def test_parts_of_the_alerts_disease_are_in_it_and_no_others_nearby():
    near_towns()
    alert = AlertFactory(disease_id="viral_hepatitis", ends_on=TODAY)
    figures([("hepatitis_a", TOWN, 1, 6), ("hepatitis_a", OTHER_TOWN, 1, 2)])
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)

    moves = around.moved_nearby(alert, officer, settings())

    assert [(m.disease.pk, m.area.pk) for m in moves] == [("hepatitis_a", OTHER_TOWN)]


def test_alerts_of_the_whole_and_of_its_parts_are_similar():
    near_towns()
    alert = AlertFactory(disease_id="viral_hepatitis", state="closed")
    part = AlertFactory(disease_id="hepatitis_a", state="closed")
    AlertFactory(disease_id="mumps", state="closed")

    assert list(around.similar(Alert.objects.all(), alert)) == [part]
    assert list(around.similar(Alert.objects.all(), part)) == [alert]


def test_an_alert_of_other_signs_says_what_the_methods_make_of_its_series(client):
    noisy_series()
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    alert = AlertFactory(disease_id="mumps", ends_on=TODAY - DAY)

    rows = {row.method: row for row in around.judged_now(alert, settings(), NOON)}
    shown = client.get(reverse("alerts:detail", args=[alert.pk])).content.decode()

    assert set(rows) >= set(queries.METHODS)
    assert {row.starts_on for row in rows.values()} == {TODAY - DAY}
    assert rows["ears_c1"].observed is not None
    assert (rows["ears_c1"].note, rows["ears_c1"].pk) == ("", None)
    assert "该预警由其他信号触发" in shown
    assert not alert.evidence.exists()


def test_where_nothing_is_counted_the_page_says_that_no_method_can_judge(client):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))

    shown = client.get(reverse("alerts:detail", args=[AlertFactory().pk])).content.decode()

    assert "各方法均无法判断" in shown


def test_somebody_of_one_township_is_not_told_of_the_next():
    near_towns()
    alert = AlertFactory(ends_on=TODAY)
    figures([("mumps", OTHER_TOWN, 1, 4)])
    doctor = UserFactory(role=Role.EPIDEMIOLOGIST, area=Area.objects.get(pk=TOWN))

    assert around.moved_nearby(alert, doctor, settings()) == []


def test_the_delay_of_reports_tells_how_much_is_to_come():
    here = home()
    for n in range(14):
        sent(
            here,
            name=f"病人{n}",
            phone=f"137{n:08}",
            address=f"{n} 组",
            onset_on=TODAY - (n % 7) * DAY,
            diagnosed_on=TODAY,
        )
    CaseReport.objects.update(disease="hepatitis_a")  # a part counts for its whole
    alert = AlertFactory(disease_id="viral_hepatitis", ends_on=TODAY)

    delay = around.reporting_delay(alert, CaseReport.objects.all(), NOON)

    assert (delay.reports, delay.days, len(delay.last)) == (14, 3, 7)
    assert delay.last[0].day == TODAY
    assert all(row.expected >= row.reported for row in delay.last if row.expected is not None)


def test_too_few_reports_say_so_on_the_page(client):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))

    shown = client.get(reverse("alerts:detail", args=[AlertFactory().pk])).content.decode()

    assert "无法估计报告延迟" in shown
    assert "电话联系报告单位" in shown
