"""The grade, and what the rules would give now."""

from django.utils import timezone

from pingji.ground.directory.models import User
from pingji.respond.incidents.models import Grade, Incident
from pingji.respond.incidents.queries.gradings import edges_in_words, grading


def shown(user: User, incident: Incident) -> dict[str, object]:
    """The grade by the rules, from what was entered last and what is reported now."""
    if incident.state != Incident.State.OPEN:
        return {}
    last = incident.gradings.first()
    kept = {
        one["key"]: one["value"]
        for one in (last.figures if last else [])
        if one["origin"] == "person"
    }
    found = grading(incident, at=timezone.now(), said=kept)
    return {
        "suggested": Grade(found.judged.grade),
        "rule": found.judged.rule,
        "at_edge": len(edges_in_words(found.edges, found.labels)),
    }
