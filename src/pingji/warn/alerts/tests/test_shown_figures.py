"""The figures that a sign and its alert show: a count beside what was expected in the same days."""

from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse
from django.utils import translation

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory
from pingji.monitor.surveillance.queries import Series, SeriesKey
from pingji.monitor.surveillance.tests.factories import COUNTY, TOWN
from pingji.warn.alerts import queries
from pingji.warn.alerts.models import Alert, Sign
from pingji.warn.alerts.queries.detection import Seen, says_most
from pingji.warn.alerts.queries.named_methods import judged_by
from pingji.warn.alerts.queries.signs.standing import fallen
from pingji.warn.alerts.tests.factories import AlertFactory, detected, outbreak
from pingji.warn.alerts.tests.series_factories import DAY, TODAY, figures, settings

pytestmark = pytest.mark.django_db
QUIET_DAYS = 3 * 365


def cluster_of_days() -> None:
    """Three years of hardly any mumps in one township, then eleven cases that thin out."""
    outbreak(5, quiet=[4, 5])
    AreaFactory(code=TOWN)
    figures([("mumps", TOWN, back, 1) for back in range(30, QUIET_DAYS, 40)])
    figures([("mumps", TOWN, back, n) for back, n in ((4, 4), (3, 3), (2, 3), (1, 1))])


def of_township() -> Sign:
    return Sign.objects.get(kind="series", area=TOWN, disease="mumps")


def test_a_cluster_of_several_days_is_shown_whole_and_not_by_its_last_day():
    cluster_of_days()
    detected()

    sign = of_township()

    assert (sign.method, sign.observed) == ("recent_total", 11)
    assert sign.expected < 1 < sign.upper_bound < 11
    alert = Alert.objects.get(disease="mumps")
    assert (alert.observed, alert.expected) == (sign.observed, sign.expected)


def test_a_sign_of_several_days_stands_while_they_lie_above_its_bound():
    cluster_of_days()
    run = detected()
    sign = of_township()
    assert sign.pk not in fallen([sign], area=COUNTY, as_of=run.as_of)

    figures([("mumps", TOWN, 1, -1)])
    assert sign.pk not in fallen([sign], area=COUNTY, as_of=run.as_of), "ten are left of eleven"

    figures([("mumps", TOWN, 4, -4), ("mumps", TOWN, 3, -3), ("mumps", TOWN, 2, -2)])
    assert sign.pk in fallen([sign], area=COUNTY, as_of=run.as_of), "one is left"


@pytest.mark.parametrize(
    ("language", "lead"), [("zh-hans", "11 例，预期"), ("en", "11 cases within ")]
)
def test_the_page_says_over_which_days_was_counted(client, language, lead):
    cluster_of_days()
    detected()
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    client.cookies["language"] = language

    with translation.override(language):  # what comes after keeps its own language
        shown = client.get(reverse("alerts:detail", args=[Alert.objects.get(disease="mumps").pk]))

    assert lead in shown.content.decode()


def seen(method: str, observed: int | None, bound: float | None, *, alarm: bool = True) -> Seen:
    return Seen(method, alarm, "", observed, 0.5, bound, 1.0, {})


@pytest.mark.parametrize(
    ("methods", "shown"),
    [
        ([seen("ears_c1", 8, 3), seen("recent_total", 24, 3)], "recent_total"),
        ([seen("ears_c3", 4, 0), seen("recommended", 4, 2)], "recommended"),
        ([seen("ears_c1", 9, 2, alarm=False), seen("ears_c3", 4, 0)], "ears_c3"),
        # The excess that EARS C3 adds up may lie in the days before the one it marks.
        ([seen("ears_c3", 1, 2), seen("farrington", 9, 4)], "farrington"),
        ([seen("ears_c3", 1, 2), seen("cusum", None, None)], "cusum"),
    ],
)
def test_of_several_methods_the_one_whose_count_lies_above_its_bound_is_shown(methods, shown):
    assert says_most(methods).method == shown


def test_a_method_that_looks_at_weeks_tells_the_weeks_count_beside_its_expectation():
    outbreak(5)
    counts = np.ones((700, 1))
    days = np.datetime64(TODAY) - 699 + np.arange(700)
    series = Series([SeriesKey("mumps", "case", TOWN, "day")], days, counts, "day")
    chosen = settings()
    tried = {"rki": {"b": 1, "w": 6}}
    object.__setattr__(chosen, "tried", tried)

    judged = judged_by("rki", series, chosen, slice(699, None))

    assert judged.expected[-1, 0] == pytest.approx(7)
    assert (judged.extra["window_count"][-1, 0], judged.extra["window"][-1, 0]) == (7, 7)


@pytest.mark.parametrize(
    ("given", "english"),
    [
        ({"observed": 1, "expected": None}, "1 case from 2025-11-19 to 2025-11-20."),
        ({"observed": 2, "expected": 0.44}, "2 cases from 2025-11-19 to 2025-11-20; 0.4 were"),
        ({"observed": 1, "period": "week"}, "1 case in the period from 2025-11-20; 2.5 were"),
    ],
)
def test_an_alert_says_what_it_counts_and_over_which_days(given, english):
    alert = AlertFactory(**given)
    with translation.override("en"):
        assert queries.counted_in_words(alert, []).startswith(english)


@pytest.mark.parametrize(
    ("kind", "kept", "days", "english"),
    [
        ("series", {"over": 7}, 2, "12 cases within 7 days up to 2025-11-20; 2.5 were expected."),
        ("series", {}, 2, "12 cases on 2025-11-20; 2.5 were expected."),
        ("scan", {}, 9, "12 cases within 9 days up to 2025-11-20; 2.5 were expected."),
    ],
)
def test_the_days_are_those_of_the_sign_that_the_alert_shows(kind, kept, days, english):
    alert = AlertFactory()
    sign = Sign(
        kind=kind,
        disease_id=alert.disease_id,
        channel=alert.channel,
        observed=alert.observed,
        expected=alert.expected,
        days=days,
        ends_on=alert.ends_on,
        settings=kept,
    )
    other = Sign(kind="scan", disease_id=alert.disease_id, observed=1, days=timedelta(1) // DAY)
    with translation.override("en"):
        assert queries.counted_in_words(alert, [other, sign]) == english
