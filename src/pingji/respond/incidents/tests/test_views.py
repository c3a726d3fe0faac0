"""The pages and endpoints of command."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pingji.ground.directory.models import Organisation, Role
from pingji.ground.directory.tests.factories import AreaFactory, OrganisationFactory, UserFactory
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import TOWN, county
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Incident, Order
from pingji.respond.incidents.tests.factories import (
    SOON,
    activated,
    commander,
    enteric_plan,
    opened,
    orders,
    person_of,
    staffed,
)
from pingji.warn.alerts.actions import analyses, assessments
from pingji.warn.alerts.models import RiskAssessment
from pingji.warn.alerts.queries.analyses import around
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    user = commander()
    client.force_login(user)
    return user


def read(client, name: str, *args, query: str = "") -> str:
    response = client.get(reverse(f"incidents:{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def send(client, name: str, *args, **body: object):
    return client.post(reverse(f"incidents:{name}", args=args), body)


def test_the_list_shows_what_is_being_answered(client, officer):
    opened()
    closed = opened(title="旧事件", by=officer)
    actions.close_incident(incident=closed, reason="误报", by=officer, at=SOON)

    page = read(client, "list")

    assert "桃花源小学" in page
    assert "旧事件" not in page
    assert "旧事件" in read(client, "list", query="?state=closed")
    assert "桃花源小学" in read(client, "list", query="?state=all")


def test_an_incident_is_opened_from_its_alert_on_the_page(client, officer):
    staffed()
    alert = AlertFactory(state="verified", area=AreaFactory(code=TOWN, name="桃花源街道"))
    address = reverse("incidents:open") + f"?alert={alert.pk}"
    assert "桃花源街道手足口病" in client.get(address).content.decode()

    answer = client.post(
        address,
        {"title": "暴发", "event_kind": "infectious_disease", "area": TOWN, "grade": "ungraded"},
    )

    incident = Incident.objects.get()
    assert answer.url == reverse("incidents:detail", args=[incident.pk])
    assert incident.alert == alert


def test_a_grade_without_its_reason_is_asked_for_on_the_page(client, officer):
    staffed()

    answer = send(
        client,
        "open",
        title="暴发",
        event_kind="infectious_disease",
        area=TOWN,
        grade="IV",
    )

    assert answer.status_code == 200
    assert not Incident.objects.exists()


def test_an_incident_is_not_opened_from_an_alert_out_of_sight(client, officer):
    alert = AlertFactory(state="verified", area=AreaFactory(code="511723101"))

    assert client.get(reverse("incidents:open") + f"?alert={alert.pk}").status_code == 404


def test_the_page_of_an_incident_offers_the_next_step(client, officer):
    incident = opened()

    page = read(client, "detail", incident.pk)

    assert "启动预案" in page
    assert reverse("incidents:reports", args=[incident.pk]) in page


def test_a_plan_is_activated_on_the_page_and_who_is_missing_is_named(client, officer):
    incident = opened()
    Organisation.objects.filter(kind="hospital").delete()

    answer = client.post(
        reverse("incidents:activate", args=[incident.pk]),
        {"plan": enteric_plan().pk},
        follow=True,
    )

    assert "医院" in "".join(str(message) for message in answer.context["messages"])
    assert incident.orders.exists()


def test_a_second_activation_is_refused_on_the_page(client, officer):
    incident = activated()

    answer = send(client, "activate", incident.pk, plan=enteric_plan().pk)

    assert answer.status_code == 409
    assert "已启动预案" in answer.content.decode()


def test_the_grade_is_changed_on_the_page(client, officer):
    incident = opened()

    assert send(client, "grade", incident.pk, grade="III", reason="死亡 1 例").status_code == 302
    assert Incident.objects.get().grade == "III"


def test_a_form_that_is_not_filled_in_says_which_field(client, officer):
    incident = opened()

    answer = send(client, "issue", incident.pk, text="")

    assert answer.status_code == 409
    page = answer.content.decode()
    assert '<div id="incident">' in page  # it is not drawn anew under the hand
    assert "指令：" in page or "指令:" in page


def test_one_more_order_is_issued_on_the_page(client, officer):
    incident = opened()
    school = OrganisationFactory(kind="school")

    send(client, "issue", incident.pk, organisation=school.pk, text="停课三天")

    assert Order.objects.get().organisation == school


def test_an_incident_is_closed_on_the_page(client, officer):
    incident = opened()

    send(client, "close", incident.pk, reason="误报")

    assert "误报" in read(client, "detail", incident.pk)


def test_an_incident_of_another_county_is_not_found(client, officer):
    incident = opened()
    client.force_login(commander(area__code="511723"))

    assert client.get(reverse("incidents:detail", args=[incident.pk])).status_code == 404
    assert send(client, "close", incident.pk, reason="x").status_code == 404


def test_the_plans_are_shown_with_their_orders(client, officer):
    staffed()

    assert "肠道" in read(client, "plans")


@pytest.mark.parametrize("name", ["list", "open", "plans"])
def test_who_has_nothing_to_do_with_incidents_is_refused(client, name):
    client.force_login(UserFactory(role=Role.GRID_WORKER))

    assert client.get(reverse(f"incidents:{name}")).status_code == 409


# Orders.


@pytest.fixture
def order():
    return orders(activated()).first()


@pytest.fixture
def doctor(client, order):
    user = person_of(order.organisation)
    client.force_login(user)
    return user


def test_an_organisation_sees_its_own_orders_only(client, doctor, order):
    page = read(client, "orders")

    assert order.text in page
    assert "县人民医院" not in page


def test_orders_are_shown_by_state_and_organisation(client, officer, order):
    assert order.text in read(client, "orders", query="?state=issued")
    assert order.text not in read(client, "orders", query="?state=done")
    assert order.text in read(client, "orders", query="?state=all")
    assert order.text not in read(client, "orders", query="?mine=1")


def test_an_order_is_acknowledged_and_done_on_the_page(client, doctor, order):
    assert "签收指令" in read(client, "order", order.pk)
    send(client, "acknowledge", order.pk)
    send(client, "finish", order.pk, result="已到现场")

    assert Order.objects.get(pk=order.pk).state == "done"
    assert "已到现场" in read(client, "order", order.pk)


def test_chosen_orders_are_acknowledged_together_or_none_of_them(client, doctor, order):
    assert f'value="{order.pk}"' in read(client, "orders")

    assert send(client, "acknowledge_chosen").status_code == 409
    page = client.post(reverse("incidents:acknowledge_chosen"), {"order": [order.pk]}, follow=True)

    assert "已签收 1 条指令" in page.content.decode()
    assert Order.objects.get(pk=order.pk).state == "acknowledged"
    assert f'value="{order.pk}"' not in read(client, "orders")


def test_of_chosen_orders_none_is_acknowledged_where_one_is_refused(client, doctor, order):
    rows = Order.objects.filter(organisation=order.organisation).order_by("pk")
    first, second = rows[:2]
    send(client, "acknowledge", second.pk)

    refused = send(client, "acknowledge_chosen", order=[first.pk, second.pk])

    assert refused.status_code == 409
    assert Order.objects.get(pk=first.pk).state == "issued"


def test_an_order_done_twice_is_refused_on_the_page(client, doctor, order):
    send(client, "acknowledge", order.pk)

    assert send(client, "acknowledge", order.pk).status_code == 409


def test_a_result_that_is_left_out_is_asked_for(client, doctor, order):
    send(client, "acknowledge", order.pk)

    answer = send(client, "finish", order.pk, result="")

    assert answer.status_code == 409
    assert "messages" in answer.context
    assert len(answer.context["messages"]) == 1
    assert f'id="proof" hx-get="{order.get_absolute_url()}"' in answer.content.decode()


def test_the_command_withdraws_an_order_on_the_page(client, officer, order):
    send(client, "withdraw", order.pk, reason="误发")

    assert Order.objects.get(pk=order.pk).state == "withdrawn"


def test_another_organisations_order_is_not_found(client, order):
    client.force_login(UserFactory(role=Role.DEPARTMENT_LIAISON))

    assert client.get(reverse("incidents:order", args=[order.pk])).status_code == 404
    assert client.get(f"/api/incidents/orders/{order.pk}").status_code == 404
    assert client.post(f"/api/incidents/orders/{order.pk}/acknowledgements").status_code == 404


# The endpoints.


def test_a_program_lists_incidents_by_state(client, officer):
    opened()

    def found(query: str = "") -> int:
        return client.get(f"/api/incidents/{query}").json()["count"]

    assert (found(), found("?state=open"), found("?state=closed")) == (1, 1, 0)


def test_a_program_lists_its_orders_with_the_next_clock(client, doctor, order):
    rows = client.get("/api/incidents/orders").json()["items"]

    assert order.pk in {row["id"] for row in rows}
    assert all(row["next_due"] for row in rows)
    assert client.get("/api/incidents/orders?state=done").json()["count"] == 0


def test_a_program_acknowledges_and_finishes_an_order(client, doctor, order):
    address = f"/api/incidents/orders/{order.pk}"

    first = client.post(f"{address}/acknowledgements")
    second = client.post(
        f"{address}/results", {"result": "已到现场"}, content_type="application/json"
    )

    assert (first.json()["state"], second.json()["state"]) == ("acknowledged", "done")
    assert client.get(address).json()["result"] == "已到现场"


def test_a_program_is_told_why_an_order_is_not_done(client, doctor, order):
    answer = client.post(
        f"/api/incidents/orders/{order.pk}/results",
        {"result": "x"},
        content_type="application/json",
    )

    assert answer.status_code == 409
    assert answer.json()["reason"]


def test_an_incident_and_its_order_are_called_by_their_own_words(order):
    assert str(order.incident) == "桃花源小学聚集性疫情"
    assert str(order) == order.text[:80]
    assert str(order.plan_order) == order.text[:60]
    assert str(enteric_plan()) == enteric_plan().name


def test_an_incident_shows_how_its_alert_s_risk_was_judged(client, officer):
    incident = opened(alert=AlertFactory(state="verified"))
    assessments.open_assessment(
        alert=incident.alert, scope="继续扩散的风险", experts=[], by=officer, at=SOON
    )
    assert "继续扩散的风险" in read(client, "detail", incident.pk)
    client.force_login(UserFactory(role=Role.STORE_KEEPER))  # sees incidents and no alerts
    page = read(client, "detail", incident.pk)
    assert "继续扩散的风险" not in page
    assert incident.alert.get_absolute_url() not in page


def test_the_risk_of_an_incident_that_no_alert_began_is_judged_itself(client, officer):
    incident = opened()
    where = reverse("incidents:assess", args=[incident.pk])
    assert where in read(client, "detail", incident.pk)
    page = client.get(where).content.decode()
    assert incident.title in page
    assert f"{officer.display_name} · {officer.get_role_display()}" in page
    assert client.post(where, {"scope": ""}).status_code == 409

    answer = send(client, "assess", incident.pk, scope="继续扩散的风险", experts=[officer.pk])
    made = RiskAssessment.objects.get()
    assert answer.url == made.get_absolute_url()
    page = client.get(answer.url).content.decode()
    assert incident.get_absolute_url() in page
    assert str(made) == incident.title
    shown = read(client, "detail", incident.pk)
    assert "继续扩散的风险" in shown
    assert where not in shown  # one at a time
    again = send(client, "assess", incident.pk, scope="另一风险")
    assert (again.status_code, RiskAssessment.objects.count()) == (409, 1)
    assert incident.title in client.get(reverse("alerts:assessments")).content.decode()

    assessments.withdraw_assessment(assessment=made, reason="重复", by=officer, at=SOON)
    send(client, "assess", incident.pk, scope="另一风险")
    assert RiskAssessment.objects.latest("pk").version == 2


def test_where_an_alert_began_it_the_risk_is_judged_there(client, officer):
    incident = opened(alert=AlertFactory(state="verified"))
    page = read(client, "detail", incident.pk)
    assert reverse("alerts:open_assessment", args=[incident.alert.pk]) in page
    assert send(client, "assess", incident.pk, scope="风险").status_code == 409


def test_the_signed_risk_of_an_incident_stands_in_the_week_s_analysis(officer):
    plan()
    incident = opened()
    made = assessments.open_assessment_of_event(
        event=incident, area=incident.area, scope="扩散", experts=[], by=officer, at=SOON
    )
    RiskAssessment.objects.filter(pk=made.pk).update(
        state="signed",
        likelihood=2,
        impact=2,
        level="low",
        reasons="已控制。",
        signed_by=officer,
        signed_at=SOON,
    )
    span = around("weekly", SOON.date())
    one = analyses.draft(area=county(), span=span, by=officer, at=SOON + timedelta(hours=1))
    (row,) = one.figures["assessments"]
    assert (row["alert"], row["disease"]["zh"]) == (None, incident.title)
    content = analyses.fetch_document(analysis=one, form="docx", by=officer, at=SOON)
    assert content[:2] == b"PK"
