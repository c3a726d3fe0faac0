"""The guided tour: what is said of each page, to whom it is open."""

from django.urls import reverse
from django.utils.translation import gettext as _

from pingji.ground.directory.models import Permission as P
from pingji.ground.directory.models import User


def steps(user: User) -> list[dict[str, str]]:
    """The steps of the tour that this reader may go."""
    every = (
        (
            P.ALERT_VIEW,
            "alerts",
            "#page h1",
            _("Alerts: what is out of the ordinary"),
            _(
                "Simulated people fall ill and go to a doctor; what is reported is judged every ten "
                "minutes. Whatever stands above the expected becomes one line here, with an owner "
                "and a clock. The clock in the head shows the exercise's time."
            ),
        ),
        (
            P.ALERT_VIEW,
            "alert",
            "#curve",
            _("One alert: the evidence"),
            _(
                "Curve, expectation, what each method says, and the deadlines of the county's plan. "
                "The machine plays the epidemiologist: it verifies or dismisses after a while. "
                "Whoever takes that role over decides here."
            ),
        ),
        (
            P.INCIDENT_VIEW,
            "incident",
            "#page h1",
            _("The incident: who does what by when"),
            _(
                "A verified alert opens an incident: grade, plan, groups, orders, reports and a "
                "timeline in which every line is on record."
            ),
        ),
        (
            P.ORDER_VIEW,
            "incidents:orders",
            "#page h1",
            _("Orders: from desk to village"),
            _(
                "Each order has its receiver, its clause in the plan and its clock. A township "
                "doctor acknowledges and finishes it on a phone; another person verifies it."
            ),
        ),
        (
            P.INCIDENT_VIEW,
            "leader",
            "#page h1",
            _("The leader's page: what has to be decided"),
            _("What changed since the last look, what is late, and what waits for a decision."),
        ),
        (
            P.ALERT_VIEW,
            "console:map",
            "#page h1",
            _("The map: where"),
            _(
                "Cases by township, alerts, incidents and risk areas on one map; the wall screen "
                "shows the same with the clocks, for a room full of people."
            ),
        ),
        (
            P.SCORECARD_VIEW,
            "scorecard:overview",
            "#page h1",
            _("The scorecard: how well it went"),
            _(
                "Every figure is computed from deadlines and can be opened down to its rows. The "
                "mark in the head leads to the exercise itself: pause, speed, roles, checkpoints."
            ),
        ),
    )
    return [
        {
            "url": reverse(name) if ":" in name else reverse("exercises:tour", args=[name]),
            "target": target,
            "title": title,
            "text": text,
        }
        for permission, name, target, title, text in every
        if user.holds(permission)
    ]
