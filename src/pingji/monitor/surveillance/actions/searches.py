"""Searches of the line list, kept under a name by those who need them again."""

from datetime import datetime
from typing import Any

from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.monitor.surveillance import rules
from pingji.monitor.surveillance.models import SavedSearch
from pingji.monitor.surveillance.rules.exports import check_name


@transaction.atomic
def save_search(*, name: str, filters: dict[str, Any], by: User, at: datetime) -> SavedSearch:
    """Keep filters, columns and order under a name; the same name again is that search anew.

    What was looked for in names and numbers of cards is not kept: it may be personal data.
    """
    rules.check_can_view(by)
    name = check_name(name)

    kept = {key: value for key, value in filters.items() if value and key != "text"}
    search, _new = SavedSearch.objects.update_or_create(
        owner=by, name=name, defaults={"filters": kept, "saved_at": at}
    )
    note("search.saved", subject=search, by=by, at=at)
    return search


@transaction.atomic
def forget_search(*, search: SavedSearch, by: User, at: datetime) -> None:
    """Drop a saved search of one's own."""
    rules.check_can_view(by)

    note("search.dropped", subject=search, by=by, at=at)
    search.delete()
