"""An alert's messages: as the standard demands, each naming those before it."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from pingji.ground.directory.models import Area
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory, system_user
from pingji.ground.notices.models import Bulletin
from pingji.integrations.cap.alerts import issue
from pingji.integrations.cap.tests.checking import CAP, faults
from pingji.integrations.cap.writing import NOT_IN_XML, moment
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.warn.alerts.models import Sign
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db


def said(alert, cause, *, later=0):
    at = NOON + timedelta(hours=later)
    return issue(alert=alert, cause=cause, by=system_user(), at=at)


def root(bulletin):
    assert faults(bulletin.content) == []
    return ET.fromstring(bulletin.content.encode())


def texts(element, name):
    return [found.text for found in element.iter(f"{CAP}{name}")]


def test_a_raised_alert_is_a_first_message_in_both_languages():
    alert = AlertFactory(level="decision")
    message = root(said(alert, "alert_raised"))

    assert texts(message, "msgType") == ["Alert"]
    assert texts(message, "status") == ["Actual"]
    assert texts(message, "sent") == ["2025-11-21T12:00:00+08:00"]
    assert texts(message, "language") == ["zh-CN", "en-US"]
    assert texts(message, "certainty") == ["Possible"] * 2
    assert texts(message, "urgency") == ["Immediate"] * 2
    chinese, english = texts(message, "description")
    assert chinese == "2025-11-19 至 2025-11-20 报告 12 例，预期 2.5 例。"
    assert english == "12 cases from 2025-11-19 to 2025-11-20; 2.5 were expected."
    geocodes = [found.findtext(f"{CAP}value") for found in message.iter(f"{CAP}geocode")]
    assert geocodes == [alert.area_id] * 2
    assert texts(message, "references") == []


def test_who_warns_is_the_organisation_of_who_sees_to_the_alert_else_the_county():
    alert = AlertFactory()
    county = Area.objects.get(pk=alert.area_id[:6])
    assert texts(root(said(alert, "alert_raised")), "senderName")[0] == county.name

    alert.owner = UserFactory(organisation=OrganisationFactory(name="酉阳县疾控中心"))
    alert.state = "verified"
    message = root(said(alert, "alert_verified", later=1))
    assert texts(message, "senderName")[0] == "酉阳县疾控中心"


def spoken_of(alert, *, kind="rumour", disease=None, channel="department"):
    return Sign.objects.create(
        run=alert.run,
        alert=alert,
        key=f"{kind}|{disease}|{alert.area_id}",
        kind=kind,
        area=alert.area,
        disease_id=disease or alert.disease_id,
        channel=channel,
        period="day",
        starts_on=alert.starts_on,
        ends_on=alert.ends_on,
        days=2,
        observed=alert.observed,
        method="opinion_spike",
        strength=0.6,
    )


def test_what_only_the_public_writes_is_said_to_be_that():
    alert = AlertFactory(channel="department", observed=12, expected=2.5)
    spoken_of(alert)
    message = root(said(alert, "alert_raised"))

    assert texts(message, "event") == [
        "公众议论手足口病，尚无已知病例",
        "The public writes of Hand, foot and mouth disease; no case is known yet",
    ]
    chinese, english = texts(message, "description")
    assert chinese == "2025-11-19至2025-11-20公众不同文字12条；尚无已知病例。"
    assert english == (
        "12 different texts of the public from 2025-11-19 to 2025-11-20; no case is known yet."
    )
    assert "reported" not in message.findtext(f"{CAP}info/{CAP}event")
    counted = [
        one.findtext(f"{CAP}value")
        for one in message.iter(f"{CAP}parameter")
        if one.findtext(f"{CAP}valueName") == "pingji:counted"
    ]
    assert counted == ["texts", "texts"]


def test_texts_beside_other_signs_are_not_called_cases():
    alert = AlertFactory(channel="department", observed=12, expected=2.5)
    spoken_of(alert)
    spoken_of(alert, kind="series", channel="syndrome")
    message = root(said(alert, "alert_raised"))

    assert texts(message, "description")[1].endswith("2025-11-20, and other signs.")
    assert texts(message, "event")[1].endswith("above what is expected")


def test_updates_and_the_cancelling_name_all_that_went_before():
    alert = AlertFactory()
    first = said(alert, "alert_raised")
    alert.state = "verified"
    update = said(alert, "alert_verified", later=2)
    alert.state, alert.verdict = "closed", "true"
    cancel = said(alert, "alert_closed", later=50)

    assert [row.type for row in (first, update, cancel)] == ["Alert", "Update", "Cancel"]
    one = f"{first.sender},{first.identifier},2025-11-21T12:00:00+08:00"
    two = f"{update.sender},{update.identifier},2025-11-21T14:00:00+08:00"
    assert texts(root(update), "references") == [one]
    assert texts(root(cancel), "references") == [f"{one} {two}"]
    assert texts(root(cancel), "responseType") == ["AllClear"] * 2
    assert said(alert, "alert_rose", later=60) is None, "nothing follows the cancelling"


@pytest.mark.parametrize(
    ("verdict", "sure", "said_of_it"),
    [
        ("true", "Observed", "A real outbreak"),
        ("false", "Unlikely", "No outbreak"),
        ("undetermined", "Possible", "Undetermined"),
    ],
)
def test_what_is_over_is_as_sure_as_its_verdict(verdict, sure, said_of_it):
    alert = AlertFactory()
    said(alert, "alert_raised")
    alert.state, alert.verdict = "closed", verdict
    message = root(said(alert, "alert_closed", later=50))

    assert texts(message, "certainty") == [sure] * 2
    assert said_of_it in texts(message, "instruction")[1]
    assert f"pingji:verdict{verdict}" in "".join(message.itertext()).replace("\n", "").replace(
        " ", ""
    )


def test_the_same_cause_twice_is_one_message():
    alert = AlertFactory()
    assert said(alert, "alert_raised") == said(alert, "alert_raised", later=1)
    assert Bulletin.objects.count() == 1


def test_jobs_in_the_wrong_order_still_make_an_order():
    alert = AlertFactory(state="verified")
    assert said(alert, "alert_verified").type == "Alert"
    assert said(alert, "alert_raised").type == "Update"


def test_nothing_is_cancelled_that_was_never_issued():
    assert said(AlertFactory(state="dismissed"), "alert_dismissed") is None


def test_an_installation_with_invented_people_warns_nobody():
    UserFactory(demo=True)
    assert texts(root(said(AlertFactory(), "alert_raised")), "status") == ["Test"]


def test_a_message_of_an_exercise_says_so(settings):
    settings.EXERCISE = True
    assert texts(root(said(AlertFactory(), "alert_raised")), "status") == ["Exercise"]


def test_names_with_marks_of_xml_and_without_end_are_kept_in_form():
    alert = AlertFactory()
    Area.objects.filter(pk=alert.area_id).update(name='<b>&"\x0b镇' + "长" * 50)
    alert.area.refresh_from_db()
    message = root(said(alert, "alert_raised"))
    assert texts(message, "areaDesc")[0].startswith('<b>&"镇')
    assert all(len(text) <= 160 for text in texts(message, "headline"))
    assert 11 in NOT_IN_XML


def test_the_checker_sees_what_is_wrong():
    text = said(AlertFactory(), "alert_raised").content
    assert faults(text.replace("Restricted", "Secret"))
    assert faults(text.replace("+08:00</sent>", "Z</sent>"))
    assert faults(text.replace("<identifier>", "<identifier>a b,"))
    assert faults(text.replace(">Alert<", ">Update<"))
    assert faults(text.replace("Health", "Illness", 1))
    assert faults(text.replace("<urgency>", "<urgency/><urgency>", 1))


def test_utc_is_never_written_as_z(settings):
    settings.TIME_ZONE = "UTC"
    assert moment(NOON) in ("2025-11-21T04:00:00-00:00", "2025-11-21T12:00:00+08:00")
