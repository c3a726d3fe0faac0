"""Answers in FHIR: an outcome for every entry, and one for a body that could not be taken."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pingji.integrations.fhir.reading import TRANSACTION
from pingji.monitor.surveillance.models import Message
from pingji.monitor.surveillance.queries.incoming import Fate, Problem
from pingji.monitor.surveillance.queries.messages import FATES, fates_of, problems_of, said

Body = dict[str, Any]

# Our reasons as the standard's own (value set issue-type); everything else is "invalid".
ISSUES = {
    "cut_short": "incomplete",
    "database_away": "transient",
    "fault": "exception",
    "item_twice": "duplicate",
    "key_taken": "conflict",
    "missing": "required",
    "no_right": "forbidden",
    "no_token": "login",
    "unknown_token": "unknown",
    "revoked_token": "expired",
    "not_found": "not-found",
    "not_json": "structure",
    "not_valid": "structure",
    "other_organisation": "forbidden",
    "text_too_long": "too-long",
    "token_expired": "expired",
    "too_large": "too-long",
    "too_many_items": "too-costly",
    "transaction_refused": "business-rule",
    "unknown_area": "code-invalid",
    "unknown_diagnosis": "code-invalid",
    "unknown_disease": "code-invalid",
    "unknown_test": "code-invalid",
    "unknown_word": "code-invalid",
    "unsupported_type": "not-supported",
    "visit_cancelled": "business-rule",
    "diagnosis_withdrawn": "business-rule",
    "wrong_content_type": "not-supported",
    "wrong_method": "not-supported",
}
# HTTP's status for a body that was not taken as a whole; everything else is 422.
STATUSES = {
    "cut_short": 400,
    "database_away": 503,
    "fault": 500,
    "key_taken": 409,
    "no_right": 403,
    "no_token": 401,
    "unknown_token": 401,
    "revoked_token": 401,
    "not_found": 404,
    "not_json": 400,
    "not_valid": 400,
    "other_organisation": 403,
    "token_expired": 401,
    "too_large": 413,
    "wrong_content_type": 415,
    "wrong_method": 405,
}
WORDS = {
    200: "200 OK",
    201: "201 Created",
    400: "400 Bad Request",
    403: "403 Forbidden",
    422: "422 Unprocessable Entity",
}
# Where our own fields lie in a resource.
ELEMENTS = {
    "key": "identifier",
    "kind": "class",
    "visited_at": "period.start",
    "reported_at": "issued",
    "taken_at": "effective",
    "finding": "value",
    "test": "code",
    "test_code": "code",
    "disease": "code",
    "diagnosis_code": "code",
    "status": "verificationStatus",
    "onset_on": "onset",
    "diagnosed_at": "recordedDate",
    "complaint": "reasonCode",
    "department": "serviceType",
}


def answer(message: Message, *, single: bool) -> tuple[int, Body]:
    """The status of HTTP and the body that answer a message.

    Args:
        message: The message as kept.
        single: Whether one resource was sent, and not a bundle.
    """
    problems = problems_of(message)
    refused = next((p for p in problems if p.fatal and p.item is None), None)
    if refused is not None:
        return STATUSES.get(refused.code, 422), outcome(problems, number=message.pk)
    entries = _entries(message, problems)
    if single:
        status, issues = entries[0]
        return status, _outcome(issues, number=message.pk)
    kind = "transaction-response" if _all_or_nothing(message) else "batch-response"
    return 200, {
        "resourceType": "Bundle",
        "id": str(message.pk),
        "type": kind,
        "timestamp": message.received_at.isoformat(),
        "entry": [_entry(status, issues) for status, issues in entries],
    }


def _all_or_nothing(message: Message) -> bool:
    return message.kind == TRANSACTION


def _entry(status: int, issues: list[Body]) -> Body:
    response: Body = {"status": WORDS[status]}
    if issues:
        response["outcome"] = _outcome(issues)
    return {"response": response}


def _entries(message: Message, problems: Sequence[Problem]) -> list[tuple[int, list[Body]]]:
    """Status and issues of every entry."""
    of_items: dict[int, list[Problem]] = defaultdict(list)
    for problem in problems:
        # What concerns the whole message and refused nothing is said with the first entry.
        of_items[problem.item or 0].append(problem)
    found = []
    for item, fate in fates_of(message).items():
        issues = [_issue(problem) for problem in of_items[item]]
        if not issues and fate is not Fate.KEPT:
            issues = [_information(fate)]
        found.append((_status(fate, of_items[item]), issues))
    return found


def _status(fate: Fate, problems: Sequence[Problem]) -> int:
    if fate is Fate.KEPT:
        return 201
    if fate is not Fate.REFUSED:
        return 200
    return max((STATUSES.get(p.code, 422) for p in problems if p.fatal), default=422)


def outcome(problems: Sequence[Problem], *, number: int | None = None) -> Body:
    """An OperationOutcome that says what was wrong."""
    return _outcome([_issue(problem) for problem in problems], number=number)


def _outcome(issues: list[Body], *, number: int | None = None) -> Body:
    body: Body = {"resourceType": "OperationOutcome"}
    if number is not None:
        body["id"] = str(number)
    return body | {"issue": issues or [_information(Fate.KEPT)]}


def _information(fate: Fate) -> Body:
    return {"severity": "information", "code": "informational", "diagnostics": str(FATES[fate])}


def _issue(problem: Problem) -> Body:
    issue: Body = {
        "severity": "error" if problem.fatal else "warning",
        "code": ISSUES.get(problem.code, "invalid"),
        "details": {"coding": [{"system": "urn:pingji:reason", "code": problem.code}]},
        "diagnostics": said(problem),
    }
    place = expression(problem)
    return issue | ({"expression": [place]} if place else {})


def expression(problem: Problem) -> str:
    """Where in the bundle a problem lies."""
    if problem.item is None or problem.path.startswith("Bundle"):
        return problem.path
    field = problem.path.rpartition(".")[2]
    place = f"Bundle.entry[{problem.item}].resource"
    return f"{place}.{ELEMENTS[field]}" if field in ELEMENTS else place
