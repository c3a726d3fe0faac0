"""Who is told that a rumour was found."""

import pytest
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.notices.models import Delivery, Notice
from pingji.ground.record.models import Line
from pingji.monitor.opinion import actions, tasks
from pingji.monitor.opinion.tests.factories import handed_in, person, post, rumour
from pingji.monitor.surveillance.tests.factories import NOON

pytestmark = pytest.mark.django_db
HANDLING = {"duty_officer", "epidemiologist", "press_officer"}


@pytest.fixture(autouse=True)
def people(db):
    return {role: person(role) for role in (*sorted(HANDLING), "leader", "township")}


def tell(found):
    for _run in range(2):  # a job runs at least once
        tasks.tell_of_rumour(at=NOON, rumour_id=found.pk)


def receivers(notice):
    return {row.receiver.role for row in notice.deliveries.filter(means="page")}


def test_whom_the_plan_names_hears_of_a_new_rumour_once():
    found = rumour()
    tell(found)

    notice = Notice.objects.get()
    assert receivers(notice) == HANDLING
    assert (notice.kind, notice.level) == ("rumour_found", 2)
    assert notice.subject_url == found.get_absolute_url()
    assert notice.text.startswith("发现舆情线索，待核实：")
    with translation.override("en"):
        assert notice.text.startswith("Rumour found, waiting to be checked: Area 500242103")


def test_finding_a_rumour_asks_for_its_notice_and_more_posts_do_not():
    found = rumour()
    handed_in([post("龙潭又有人发烧咳嗽了", key="later")])

    queued = ProcrastinateJob.objects.filter(task_name=tasks.tell_of_rumour.task.name)
    assert [job.args["rumour_id"] for job in queued] == [found.pk]


def test_nobody_is_told_of_a_rumour_whose_check_has_begun(people):
    found = actions.take(rumour=rumour(), by=people["epidemiologist"], at=NOON)
    tell(found)

    assert not Notice.objects.exists()


def test_who_takes_a_rumour_has_acknowledged_its_notice(people):
    found = rumour()
    tell(found)
    actions.take(rumour=found, by=people["epidemiologist"], at=NOON)
    actions.draft_reply(
        rumour=found, reply="正在核实。", was="", by=people["press_officer"], at=NOON
    )

    states = {
        row.receiver.role: row.state
        for row in Delivery.objects.filter(means="page", notice__kind="rumour_found")
    }
    assert states == {
        "epidemiologist": "acknowledged",
        "press_officer": "acknowledged",
        "duty_officer": "sent",
    }
    assert Line.objects.filter(kind="notice.acknowledged").count() == 2


def test_quiet_hours_hold_the_text_message_but_not_the_page(people):
    user = people["duty_officer"]
    user.phone = "13800000000"
    user.save()
    night = NOON.replace(hour=18)  # two in the morning in China
    found = rumour()
    tasks.tell_of_rumour(at=night, rumour_id=found.pk)

    mine = {row.means: row.state for row in Delivery.objects.filter(receiver=user)}
    assert mine["page"] == "sent"
    assert mine["sms"] == "held"


def test_a_press_officer_sees_the_batches_of_others_of_the_county(client, people):
    batch = handed_in([post("龙潭好多娃儿发烧咳嗽")])
    other = UserFactory(role="press_officer")
    client.force_login(other)

    answer = client.get(f"/opinion/received/{batch.pk}/")

    assert other.organisation_id != batch.organisation_id
    assert answer.status_code == 200
    assert batch.name in answer.content.decode()
