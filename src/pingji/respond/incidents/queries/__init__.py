"""What incidents and orders show."""

from pingji.respond.incidents.queries.joint import (
    circulars_of,
    counted,
    departments,
    operations_of,
    people_of,
    receivers_with_clocks,
    requisition_between,
    requisition_in_words,
    requisitions_of,
    resource_named,
)
from pingji.respond.incidents.queries.neighbours import (
    answers_nobody,
    by_area,
    departments_of,
    told_by,
)
from pingji.respond.incidents.queries.orders import (
    by_urgency,
    callable_people,
    cannot_be_reached,
    clocks_of,
    head_organisation,
    next_on_duty,
    performers,
    to_be_reminded,
    why_unanswered,
    with_clocks,
)
from pingji.respond.incidents.queries.plans import COUNTY, TOWNSHIP, Addressed, addressees

__all__ = [
    "COUNTY",
    "TOWNSHIP",
    "Addressed",
    "addressees",
    "answers_nobody",
    "by_area",
    "by_urgency",
    "callable_people",
    "cannot_be_reached",
    "circulars_of",
    "clocks_of",
    "counted",
    "departments",
    "departments_of",
    "head_organisation",
    "next_on_duty",
    "operations_of",
    "people_of",
    "performers",
    "receivers_with_clocks",
    "requisition_between",
    "requisition_in_words",
    "requisitions_of",
    "resource_named",
    "to_be_reminded",
    "told_by",
    "why_unanswered",
    "with_clocks",
]
