"""A plan as one form: its head, phases, orders and forms, all of which are right or wrong together."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.respond.incidents.forms.plan_parts import FormsForm, PhasesForm
from pingji.respond.incidents.forms.plans import OrdersForm, PlanForm

# Empty rows: in a plan that is changed, and in one that is written from nothing.
FEW = {"phases": 2, "orders": 3, "papers": 2}
MANY = {"phases": 4, "orders": 10, "papers": 4}


class WholePlan:
    """Everything that a plan consists of, as it was and as it shall be."""

    def __init__(
        self,
        data: Any = None,
        *,
        text: Mapping[str, Any],
        groups: Mapping[str, tuple[str, str]],
        standards: Mapping[str, str],
    ) -> None:
        more = FEW if text else MANY
        self.before = text
        self.head = PlanForm(data, text=text)
        self.phases = PhasesForm(data, text=text, more=more["phases"])
        self.papers = FormsForm(data, text=text, more=more["papers"])
        self.orders = OrdersForm(
            data,
            text=text,
            groups=groups,
            stages=self.phases.choices(),
            standards=standards,
            more=more["orders"],
        )

    def is_valid(self) -> bool:
        """Whether everything is right; each part is asked, so that every fault is shown."""
        parts = (self.head, self.phases, self.papers, self.orders)
        answers = [part.is_valid() for part in parts]
        return all(answers)

    def faults(self) -> list[str]:
        """What is wrong in the parts, each with the part and the field."""
        parts: Sequence[tuple[str, Sequence[forms.Form]]] = (
            (_("Phase %(number)s"), self.phases.rows),
            (_("Order %(number)s"), self.orders.rows),
            (_("Form %(number)s"), self.papers.rows),
        )
        return [
            f"{named % {'number': number}} · {row[field].label}: {' '.join(errors)}"
            for named, rows in parts
            for number, row in enumerate(rows, start=1)
            for field, errors in row.errors.items()
        ]

    def text(self) -> dict[str, Any]:
        """The plan as its file would hold it.

        Raises:
            Refused: A phase was taken out, or never named, that orders still belong to.
        """
        phases, orders = self.phases.phases(), self.orders.orders()
        kept = {0, *(number for number, _phase in phases)}
        for place, (number, order) in enumerate(orders, start=1):
            if number not in kept:
                raise Refused(
                    _(
                        "Order %(number)s belongs to phase %(phase)s, which has no name: “%(order)s”."
                    )
                    % {"number": place, "phase": number, "order": order["text"]}
                )
        return {
            **self.before,
            **self.head.head(),
            "order": [order for number, order in orders if number == 0],
            "phase": [
                phase | {"order": [order for at, order in orders if at == number]}
                for number, phase in phases
            ],
            "form": self.papers.forms(),
        }
