"""Print how far the methods agree with a folder of reference outputs: `make goldens DATA=DIR`."""

import importlib
import math
import pkgutil
import sys
from pathlib import Path

import tests.goldens
from tests.goldens.agreement import STOPS, stopped_by
from tests.goldens.csv_rows import golden_rows
from tests.goldens.rows import Row, reference_data


def adapters() -> dict[str, object]:
    """The modules of this folder that know a golden file, by the file's name."""
    found = {}
    for info in pkgutil.iter_modules(tests.goldens.__path__):
        if info.name not in ("rows", "__main__") and not info.name.startswith("test_"):
            module = importlib.import_module(f"tests.goldens.{info.name}")
            if hasattr(module, "FILE"):
                found[module.FILE] = module
    return found


def table(rows: list[Row]) -> str:
    """The agreement table as aligned text."""
    head = ("file", "method", "rows", "agree", "left out", "worst", "why")
    body = [
        (r.file, r.method, str(r.rows), str(r.agree), str(r.left_out), f"{r.worst:.1e}", r.why)
        for r in rows
    ]
    widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [head, *body]
    )


def compare(name: str, adapter: object, data: Path) -> list[Row]:
    """The lines of one golden file; one that cannot be compared does not stop the others."""
    stored = len(golden_rows(data, name))
    if adapter is None:
        return [Row(name, "-", stored, 0, stored, "no method reads this file", 0.0)]
    try:
        return adapter.compare(data)
    except STOPS as error:
        return [Row(name, "-", stored, 0, 0, stopped_by(error), math.inf)]


def main(arguments: list[str]) -> int:
    """Compare every golden file of the folder; 1 if any falls short, 2 if there is none."""
    data = Path(arguments[0]) if arguments else reference_data() / "detection"
    if not (data / "golden").is_dir():
        sys.stderr.write(f"{data}: no folder 'golden' here; give one with DATA=DIR\n")
        return 2
    rows: list[Row] = []
    known = adapters()
    files = [path for path in (data / "golden").iterdir() if ".csv" in path.suffixes]
    for name in sorted({path.name.split(".csv")[0] for path in files}):
        rows.extend(compare(name, known.get(name), data))
    sys.stdout.write(table(rows) + "\n")
    short = [r for r in rows if r.falls_short]
    if not files:
        sys.stderr.write(f"{data / 'golden'}: no CSV file here\n")
    total, agree = sum(r.rows for r in rows), sum(r.agree for r in rows)
    sys.stdout.write(f"{agree} of {total} rows agree; {len(short)} methods fall short\n")
    return 1 if short or not rows else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
