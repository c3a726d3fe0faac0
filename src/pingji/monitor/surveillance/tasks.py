"""What the worker does for surveillance."""

from datetime import datetime

from pingji.ground.directory.models import User
from pingji.ground.record.actions import every, hears
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.actions import months


@hears("file_handed_in")
def read_file(*, at: datetime, import_id: int, disease: str = "", area: str = "") -> None:
    """Read a file that was handed in and answer its rows."""
    actions.read_file(import_id=import_id, at=at, disease=disease, area=area)


@hears("reports_imported")
def find_duplicates(*, at: datetime, import_id: int, area: str = "") -> None:
    """Look for cards that a file reports once more."""
    actions.find_in_file(import_id=import_id, at=at)


@every("7 * * * *")
def announce_silences(*, at: datetime) -> None:
    """Tell later stages, once, of sentinels that have been silent longer than the plan allows."""
    actions.announce_silences(by=User.objects.system(), at=at)


@hears("export_asked")
def write_export(*, at: datetime, export_id: int) -> None:
    """Write a line list to the file somebody asked for."""
    actions.write_export(export_id=export_id, at=at)


@every("37 * * * *")
def delete_old_exports(*, at: datetime) -> None:
    """Delete exported files that were kept as long as the plan says."""
    actions.delete_old_exports(by=User.objects.system(), at=at)


@hears("sentinel_file_handed_in")
def read_sentinel_file(*, at: datetime, import_id: int) -> None:
    """Read a spreadsheet of sentinels' reports and answer its rows."""
    actions.sentinels.read_report_file(import_id=import_id, at=at)


@every("17 * * * *")
def keep_connections(*, at: datetime) -> None:
    """Say of each organisation with a system whether it still sends."""
    actions.keep_connections(by=User.objects.system(), at=at)


@every("*/5 * * * *")
def sum_months(*, at: datetime) -> None:
    """Sum what arrived by month, so that figures of a year are read in an instant."""
    months.sum_months(at=at)
