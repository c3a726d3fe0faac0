"""What anybody may read: released bulletins in the reader's language, and nothing else of an event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from pingji.respond.incidents.models import PublicBulletin
from pingji.warn.alerts.queries.analyses.words import name


def told() -> QuerySet[PublicBulletin]:
    """Whatever was released, also what was replaced or withdrawn since."""
    rows = PublicBulletin.objects.public().select_related("area")
    return rows.order_by("-released_at", "-pk")


def told_now() -> QuerySet[PublicBulletin]:
    """What holds now."""
    return told().current()  # type: ignore[attr-defined] # a query of bulletins


@dataclass(frozen=True)
class Told:
    """A released bulletin as the public sees it: no row of it reaches a page but through this."""

    row: PublicBulletin

    @property
    def pk(self) -> int:
        """Its number in the address."""
        return int(self.row.pk)

    @property
    def title(self) -> str:
        """In the reader's language."""
        return self.row.said_title

    @property
    def paragraphs(self) -> list[str]:
        """The text, paragraph by paragraph."""
        parts = self.row.said_body.replace("\r\n", "\n").split("\n\n")
        return [part.strip() for part in parts if part.strip()]

    @property
    def lead(self) -> str:
        """The first paragraph."""
        return next(iter(self.paragraphs), "")

    @property
    def area(self) -> str:
        """Where."""
        return self.row.area.label

    @property
    def released_at(self) -> datetime | None:
        """When it was released."""
        return self.row.released_at

    @property
    def as_of(self) -> datetime:
        """When its figures were known."""
        return self.row.as_of

    @property
    def version(self) -> int:
        """1, or more for a correction."""
        return int(self.row.version)

    @property
    def corrects(self) -> str:
        """What this version corrects."""
        return self.row.why_again

    @property
    def is_replaced(self) -> bool:
        """Whether a newer version holds."""
        return self.row.state == PublicBulletin.State.REPLACED

    @property
    def withdrawn_why(self) -> str:
        """Why it was withdrawn; empty where it was not."""
        return self.row.withdrawn_why

    @property
    def withdrawn_at(self) -> datetime | None:
        """When it was withdrawn."""
        return self.row.withdrawn_at

    @property
    def newest(self) -> "Told | None":
        """The version that holds, where this one was replaced."""
        if not self.is_replaced:
            return None
        rows = told().filter(incident=self.row.incident_id, number=self.row.number)
        found = rows.exclude(pk=self.row.pk).order_by("-version").first()
        return Told(found) if found else None

    @property
    def figures(self) -> dict[str, Any]:
        """The numbers that were released with it; of places with few cases there is none."""
        return self.row.figures

    @property
    def places(self) -> list[dict[str, Any]]:
        """The places with their number, or without where there are few."""
        return [{"name": name(row), "n": row["n"]} for row in self.row.figures["places"]]
