"""How long a million masked cards take to a file in the background: `python -m bench.exports`.

Each file is written by a process of its own, as the worker does; its peak memory stands beside it,
and beside that of a file of a tenth of the rows: flat memory is the same for both. One writer is
killed (kill -9) half-way: nothing is offered, and the next writes the whole file. The reference is
PostgreSQL's own COPY of the same columns, which stars nothing and looks up no word.
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from bench.city import city, copy_in
from bench.line_list import CARDS, COLUMNS, lines

GOAL_SECONDS = 60.0
MOST_GROWTH_MB = 40.0


def write(export_id: int) -> None:
    """In a process of its own: write one export and print seconds and peak memory."""
    import django

    django.setup()
    from django.utils import timezone

    from pingji.monitor.surveillance import actions

    begun, cpu = time.perf_counter(), time.process_time()
    export = actions.write_export(export_id=export_id, at=timezone.now())
    status = Path("/proc/self/status").read_text()  # getrusage would count the parent's, too
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
    print(
        f"{time.perf_counter() - begun:.2f} {time.process_time() - cpu:.2f} {peak:.1f} "
        f"{export.rows} {export.size} {export.state}"
    )


def written(export_id: int) -> list[str]:
    """What the other process printed."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.exports", "write", str(export_id)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def killed_half_way(export_id: int) -> int:
    """Kill a writer as soon as it has told of some rows; give how many those were."""
    from pingji.monitor.surveillance.models import Export

    child = subprocess.Popen(
        [sys.executable, "-m", "bench.exports", "write", str(export_id)],
        stdout=subprocess.DEVNULL,
    )
    rows = 0
    while child.poll() is None and rows == 0:
        time.sleep(0.1)
        rows = Export.objects.get(pk=export_id).rows
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    return rows


def copied() -> float:
    """Seconds that COPY alone needs for the same columns of the same cards."""
    from django.db import connection

    begun = time.perf_counter()
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy (select key, disease_id, status, name, sex, age, area_id, onset_on, diagnosed_on,"
            " known_at, state, organisation_id from surveillance_casereport"
            " where state in ('sent', 'checked', 'returned', 'reviewed')"
            " order by onset_on desc, id desc) to stdout (format csv)"
        ) as copy,
    ):
        for _block in copy:
            pass
    return time.perf_counter() - begun


def main(cards: int = CARDS) -> int:
    """Print the table; 1 if a goal is missed."""
    with city():
        from django.utils import timezone

        from pingji.ground.directory.models import User
        from pingji.monitor.surveillance import actions
        from pingji.monitor.surveillance.models import Export

        copy_in("surveillance_casereport", COLUMNS, lines(cards))
        user = User.objects.get(username="cdc")
        reference = copied()
        print(f"COPY alone: {reference:.1f} s")
        print(
            f"{'':34}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'rows':>11}{'file MB':>9}{'COPY x':>8}"
        )

        def ask(form: str, **filters: str) -> int:
            return actions.ask_export(
                filters={"state": "every", **filters}, keys=[], form=form, by=user,
                at=timezone.now(),
            ).pk  # fmt: skip

        missed = 0
        peaks: dict[str, float] = {}
        tenth = {"onset_from": "2026-05-22"}
        for words, form, filters in (
            ("CSV, a tenth of the cards", "csv", tenth),
            ("CSV, all", "csv", {}),
            ("Excel, a tenth of the cards", "xlsx", tenth),
            ("Excel, all", "xlsx", {}),
        ):
            wall, cpu, peak, rows, size, _state = written(ask(form, **filters))
            print(
                f"{words:34}{float(wall):8.1f}{float(cpu):8.1f}{float(peak):9.1f}"
                f"{int(rows):11,}{int(size) / 1e6:9.1f}{float(wall) / reference:8.1f}"
            )
            missed += float(wall) > GOAL_SECONDS
            missed += form in peaks and float(peak) - peaks[form] > MOST_GROWTH_MB
            peaks.setdefault(form, float(peak))
        export_id = ask("csv")
        rows = killed_half_way(export_id)
        broken = Export.objects.get(pk=export_id)
        again = written(export_id)
        done = Export.objects.get(pk=export_id)
        with done.file.open("rb") as file:
            held = sum(1 for _line in file) - 1
        folder = Path(done.file.path).parent
        print(
            f"killed after {rows:,} rows: state {broken.state}, file offered:"
            f" {'yes' if broken.file else 'no'}; written again: {int(again[3]):,} rows,"
            f" {held:,} in the file, {len(list(folder.glob(f'{export_id}*')))} file"
        )
        missed += bool(broken.file) or held != int(again[3])
    return 1 if missed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(int(sys.argv[2]))
        raise SystemExit
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else CARDS))
