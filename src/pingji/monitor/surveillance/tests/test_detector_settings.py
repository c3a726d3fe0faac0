"""Methods of detection set on screen: what each has to set, within limits, with its history."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.tests.factories import (
    system_user,
)
from pingji.ground.record.models import Line
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import (
    DetectorSetting,
    Disease,
)
from pingji.monitor.surveillance.queries.catalogue import latest_row
from pingji.monitor.surveillance.queries.detectors import METHODS
from pingji.monitor.surveillance.tests.factories import NOON, county, reporter

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def client() -> Client:
    person = reporter()
    actions.load_symptoms(by=system_user(), at=NOON)
    signed_in = Client()
    signed_in.force_login(person)
    return signed_in


def page(client: Client, name: str, /, *args: object, **given: str) -> str:
    """The text of a page."""
    response = client.get(reverse(f"surveillance:{name}", args=args), given)
    assert response.status_code == 200
    return response.content.decode()


def seen_on(client: Client, name: str, *args: object) -> str:
    """The mark of what the person saw on a form."""
    return page(client, name, *args).split('name="seen" value="')[1].split('"')[0]


def sent(client: Client, name: str, /, *args: object, **given: object) -> str:
    """The text of the page after a form is sent."""
    response = client.post(reverse(f"surveillance:{name}", args=args), given, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def detector(client: Client, method: str, **given: object) -> str:
    """The page after somebody sets a method for mumps from today on."""
    wanted = {
        "channel": "case",
        "area": "",
        "method": method,
        "valid_from": timezone.localdate().isoformat(),
        "source": "本县试算",
        "reason": "误报过多",
        "seen": seen_on(client, "change_row", "mumps", "detectors"),
    }
    return sent(client, "change_row", "mumps", "detectors", **(wanted | given))


SETTINGS = {
    "ears_c1": ({"alpha": 0.01, "baseline": 14}, "α = 0.01"),
    "ears_c2": ({"alpha": 0.01, "baseline": 14}, "前 14 期"),
    "ears_c3": ({"baseline": 21}, "前 21 期"),
    "moving_percentile": ({"percentile": 92.5}, "P92.5"),
    "recommended": ({"alpha": 0.0001}, "α = 0.0001"),
    "recent_total": ({"alpha": 0.00001}, "α = 0.00001"),
    "bayes": ({"alpha": 0.01, "w": 4}, "前 4 周"),
    "cdc": ({"b": 4}, "往年 4 年"),
    "cusum": ({"k": 0.5, "h": 3}, "h = 3"),
    "ewma": ({"alpha": 0.01}, "EWMA"),
    "farrington": ({}, "Farrington 法"),
    "farrington_flexible": ({"alpha": 0.01, "b": 4, "w": 2}, "往年 4 年"),
    "rki": ({"b": 3}, "往年 3 年"),
    "shewhart": ({"limit": 3.5}, "3.5 个标准差"),
}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_set_on_screen_with_what_it_has_to_set(client, method):
    options, said = SETTINGS[method]
    form = page(client, "change_row", "mumps", "detectors", method=method)
    for name, option in METHODS[method].options.items():
        assert f'name="{name}"' in form
        assert option.limits in form
    said_of_method = "判断所有序列" if METHODS[method].asked_of_all else "指定后才使用"
    assert said_of_method in form

    told = detector(client, method, **options)

    row = latest_row(
        Disease.objects.get(pk="mumps"),
        "detectors",
        {"channel": "case", "area": None, "method": method},
    )
    assert (row.options, row.valid_from) == (options, timezone.localdate())
    assert said in told
    assert Line.objects.get(kind="catalogue.changed").details["after"]["options"] == options
    assert said.split(" ")[0] in page(client, "diseases", q="流行性腮腺炎")


def test_another_method_asks_for_its_own_settings_and_keeps_what_was_filled_in(client):
    given = {"method": "cusum", "source": "本县试算", "channel": "syndrome", "percentile": "90"}

    form = page(client, "change_row", "mumps", "detectors", **given)

    assert 'name="k"' in form
    assert 'name="percentile"' not in form
    assert 'value="本县试算"' in form
    assert '<option value="syndrome" selected>' in form


@pytest.mark.parametrize(
    ("method", "given", "told"),
    [
        ("moving_percentile", {"percentile": "100"}, "取值在 1 至 99 之间"),
        ("moving_percentile", {"percentile": ""}, "必填"),
        ("ears_c1", {"alpha": "0.9"}, "取值在 0.000001 至 0.5 之间"),
        ("ears_c1", {"baseline": "14.5"}, "7 至 56 之间的整数"),
        ("ears_c1", {}, "请填写此处另设的数值"),
        ("cusum", {"k": "abc"}, "数"),
        ("farrington_flexible", {"b": "0"}, "1 至 10 之间的整数"),
    ],
)
def test_a_setting_that_makes_no_sense_says_between_what_it_lies(client, method, given, told):
    before = DetectorSetting.objects.count()

    shown = detector(client, method, **given)

    assert told in shown.split('class="error"')[1].split("</p>")[0]
    assert DetectorSetting.objects.count() == before


@pytest.mark.parametrize(
    ("method", "options"),
    [("nothing", {}), ("ears_c1", {"percentile": 90}), ("recommended", {"alpha": "much"})],
)
def test_no_action_sets_what_a_method_does_not_have(method, options):
    county()
    with pytest.raises(Refused):
        actions.set_row(
            disease=Disease.objects.get(pk="mumps"),
            kind="detectors",
            values={"channel": "case", "area": None, "method": method, "options": options},
            valid_from=timezone.localdate(NOON),
            seen=None,
            by=reporter(),
            at=NOON,
            reason="x",
        )


def test_a_small_probability_is_filled_in_as_people_write_it(client):
    detector(client, "ears_c1", alpha="0.000001")
    row = DetectorSetting.objects.get(disease="mumps", method="ears_c1")

    form = page(client, "change_row", "mumps", "detectors", of=str(row.pk))

    assert '<option value="ears_c1" selected>' in form
    assert 'value="0.000001"' in form


def test_a_changed_setting_of_a_method_keeps_the_one_before(client):
    old = DetectorSetting.objects.get(disease="mumps", method="moving_percentile")
    tomorrow = (timezone.localdate() + DAY).isoformat()

    detector(client, "moving_percentile", percentile="93", valid_from=tomorrow)

    old.refresh_from_db()
    rows = page(client, "disease", "mumps").split('id="detectors"')[1].split("</table>")[0]
    assert old.valid_to == timezone.localdate() + DAY
    assert "P93" in rows
    assert f"P{old.options['percentile']}" in rows
