"""How long 200,000 case lines take from a CSV file to answered rows: `python -m bench.imports`.

The reference is PostgreSQL's own COPY of the same cells into a table without any index: what the
database alone needs, without reading dates, checking codes, answering rows or finding repeats.
"""

import csv
import io
import sys
import time

import numpy as np

from bench.ground import own_county

ROWS = 200_000
GOAL_SECONDS = 20.0
HEADINGS = [
    "卡片编号",
    "疾病名称",
    "现住地址国标",
    "发病日期",
    "诊断日期",
    "性别",
    "年龄",
    "病例分类",
]


def case_lines(areas: list[str], rows: int) -> list[list[str]]:
    """Seeded case lines over three years."""
    rng = np.random.default_rng(7)
    days = np.datetime64("2023-06-01") + rng.integers(0, 1000, rows)
    later = days + rng.integers(0, 4, rows)
    names = np.array(["流行性感冒", "手足口病", "其他感染性腹泻病", "水痘", "肺结核"])
    disease, area = rng.integers(0, len(names), rows), rng.integers(0, len(areas), rows)
    ages, sexes = rng.integers(0, 90, rows), rng.integers(0, 2, rows)
    return [
        [f"BENCH{i:07d}", names[disease[i]], areas[area[i]], str(days[i]), str(later[i])]
        + ["男女"[sexes[i]], str(ages[i]), "临床诊断病例"]
        for i in range(rows)
    ]


def as_csv(lines: list[list[str]]) -> bytes:
    """The lines as a spreadsheet program writes them."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows(lines)
    return text.getvalue().encode("utf-8")


def copied(lines: list[list[str]]) -> float:
    """Seconds that COPY alone needs for the same cells."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table plain (a text, b text, c text, d text, e text, f text, g text, h text)"
        )
        begun = time.perf_counter()
        with cursor.copy("copy plain from stdin") as copy:
            for line in lines:
                copy.write_row(line)
        return time.perf_counter() - begun


def main(rows: int = ROWS) -> int:
    """Print the table; 1 if the goal is missed."""
    with own_county():
        from django.utils import timezone

        from pingji.ground.directory.models import Area, User
        from pingji.monitor.surveillance import actions

        areas = list(
            Area.objects.under("500242").of_level("village").values_list("code", flat=True)
        )
        lines = case_lines(areas, rows)
        content = as_csv(lines)
        user = User.objects.get(username="cdc")
        reference = copied(lines)
        figures = []
        for what in ("first time", "the same file again"):
            now = timezone.now()
            cpu, begun = time.process_time(), time.perf_counter()
            file = actions.hand_in(name="bench.csv", content=content, by=user, at=now)
            file = actions.read_file(import_id=file.pk, at=now)
            wall = time.perf_counter() - begun
            figures.append((what, wall, time.process_time() - cpu, file))
    print(f"{rows} case lines, {len(content) / 1e6:.1f} MB; COPY alone {reference:.2f} s")
    print(f"{'':22}{'wall s':>8}{'CPU s':>8}{'rows/s':>9}{'COPY x':>8}  accepted / known / refused")
    for what, wall, cpu, file in figures:
        print(
            f"{what:22}{wall:8.1f}{cpu:8.1f}{rows / wall:9.0f}{wall / reference:8.1f}"
            f"  {file.accepted} / {file.repeated} / {file.refused}"
        )
    return 0 if figures[0][1] <= GOAL_SECONDS else 1


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
