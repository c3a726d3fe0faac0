"""What the worker does for surveillance."""

from datetime import datetime

from pingji.ground.record.actions import hears
from pingji.monitor.surveillance import actions


@hears("file_handed_in")
def read_file(*, at: datetime, import_id: int, disease: str = "", area: str = "") -> None:
    """Read a file that was handed in and answer its rows."""
    actions.read_file(import_id=import_id, at=at, disease=disease, area=area)
