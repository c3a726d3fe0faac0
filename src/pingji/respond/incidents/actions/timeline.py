"""Take the timeline of an incident away as a file."""

import csv
import io
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.ground.record.queries import harmless
from pingji.respond.incidents import rules
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.queries.timeline import KINDS, Asked, Event, timeline
from pingji.respond.incidents.rules.moments import said
from pingji.warn.alerts.actions.analyses.files import as_word
from pingji.warn.alerts.queries.analyses.document import Document, Section, Table

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDTHS = (17, 14, 28, 46, 12, 24, 46)


@transaction.atomic
def fetch_timeline(*, incident: Incident, form: str, asked: Asked, by: User, at: datetime) -> bytes:
    """The timeline as a CSV, Excel or Word file; that it was taken away is on record."""
    rules.check_can_view(by)
    rules.check_form(form, TYPES)

    events = timeline(incident, by, asked)
    content = {"csv": _csv, "xlsx": _xlsx, "docx": _word}[form](incident, events, at)
    note("incident.timeline_fetched", subject=incident, by=by, at=at, form=form, rows=len(events))
    return content


def _head() -> list[str]:
    return [
        _("When"),
        _("Kind"),
        _("What"),
        _("Subject"),
        _("Who"),
        _("Organisation concerned"),
        _("Reason"),
    ]


def _row(event: Event) -> list[str]:
    label, _beginnings = KINDS[event.kind]
    return [
        said(event.at),
        str(label),
        event.what,
        event.subject,
        event.who,
        event.organisation.label if event.organisation else "",
        event.reason,
    ]


def _csv(_incident: Incident, events: list[Event], _at: datetime) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_head())
    writer.writerows([harmless(cell) for cell in _row(event)] for event in events)
    return ("\ufeff" + out.getvalue()).encode()  # so that spreadsheets read the Chinese as UTF-8


def _xlsx(incident: Incident, events: list[Event], _at: datetime) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = _("Timeline")
    sheet.append(_head())
    for event in events:
        sheet.append([harmless(cell) for cell in _row(event)])
    sheet.freeze_panes, sheet.auto_filter.ref = "A2", sheet.dimensions
    for place, width in enumerate(WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    book.properties.title, book.properties.creator = incident.title, ""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _word(incident: Incident, events: list[Event], at: datetime) -> bytes:
    ended = said(incident.closed_at) if incident.closed_at else _("still being answered")
    # Without the kind, which is for sorting: the page is narrow.
    head, *rows = [[row[0], *row[2:]] for row in (_head(), *map(_row, events))]
    document = Document(
        title=_("Timeline: %(incident)s") % {"incident": incident.title},
        subtitle=f"{said(incident.opened_at)} – {ended}",
        facts=[(_("Area"), incident.area.label), (_("As of"), said(at))],
        mark="",
        sections=[
            Section(
                key="timeline",
                heading=_("What has happened"),
                text="",
                tables=[Table(title="", head=head, rows=rows)],
                pictures=[],
            )
        ],
        notes=[],
    )
    return as_word(document)
