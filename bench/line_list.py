"""How fast the line list of a million cards answers: `python -m bench.line_list`.

A million cards of five years in a city of five million, brought in by COPY. Each filter is asked as
the page asks it: the keys of the first page, then the rows shown. The reference beside each is the
exact count of what fits, which the page never waits for.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np

from bench.city import CITY, city, copy_in, townships

CARDS = 1_000_000
LAST = date(2026, 11, 20)
DAYS = 1826
GOAL_FIRST_MS, GOAL_FILTER_MS = 150.0, 400.0
TIMES = 5
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文海波晓燕宇浩然子涵欣怡梓萱"
COLUMNS = (
    "key, disease_id, area_id, organisation_id, status, state, source, name, sex, age, phone,"
    " address, onset_on, diagnosed_on, died_on, severe, known_at, version"
)


def lines(cards: int) -> Iterator[str]:
    """Seeded cards, oldest first."""
    from pingji.ground.directory.models import Organisation
    from pingji.monitor.surveillance.models import Disease

    rng = np.random.default_rng(11)
    diseases = list(
        Disease.objects.filter(is_syndrome=False).order_by("code").values_list("pk", flat=True)
    )
    weights = 1 / (1 + np.arange(len(diseases))) ** 1.4
    hospitals = dict(Organisation.objects.values_list("area_id", "id"))
    towns = townships()
    for begun in range(0, cards, 50_000):
        n = min(50_000, cards - begun)
        day = np.sort((np.arange(begun, begun + n) * DAYS // cards) + rng.integers(-2, 3, n))
        disease = rng.choice(len(diseases), n, p=weights / weights.sum())
        town = rng.integers(0, len(towns), n)
        later, reported = rng.integers(0, 6, n), rng.integers(0, 30, n)
        status = rng.choice(
            ["suspected", "clinical", "confirmed", "carrier"], n, p=[0.1, 0.5, 0.38, 0.02]
        )
        state = rng.choice(
            ["reviewed", "sent", "checked", "returned", "withdrawn", "draft"],
            n,
            p=[0.95, 0.02, 0.01, 0.005, 0.01, 0.005],
        )
        source = rng.choice(
            ["file", "screen", "json", "fhir", "hl7v2"], n, p=[0.5, 0.2, 0.15, 0.1, 0.05]
        )
        sex, age = rng.integers(0, 2, n), rng.integers(0, 95, n)
        family, given = rng.integers(0, len(SURNAMES), n), rng.integers(0, len(GIVEN), (n, 2))
        severe, died = rng.random(n) < 0.01, rng.random(n) < 0.001
        for at in range(n):
            onset = LAST - timedelta(days=int(DAYS - day[at]))
            diagnosed = onset + timedelta(days=int(later[at]))
            known = datetime(diagnosed.year, diagnosed.month, diagnosed.day, tzinfo=UTC)
            known += timedelta(hours=int(reported[at]), seconds=at % 3600)
            code = towns[town[at]]
            name = SURNAMES[family[at]] + GIVEN[given[at][0]]
            if at % 3:
                name += GIVEN[given[at][1]]
            yield "\t".join(
                (
                    f"B{begun + at:09}", diseases[disease[at]], code, str(hospitals[code]),
                    status[at], state[at], source[at], name, "MF"[sex[at]], str(age[at]),
                    f"138{begun + at:08}", f"{code} 号院", str(onset),
                    str(diagnosed) if at % 20 else "\\N",
                    str(onset + timedelta(days=9)) if died[at] else "\\N",
                    "t" if severe[at] else "f", known.isoformat(), "1",
                )
            )  # fmt: skip


ASKED: tuple[tuple[str, dict[str, str], str], ...] = (
    ("no filter", {}, "onset"),
    ("no filter, by day of diagnosis", {}, "diagnosed"),
    ("no filter, by time of report", {}, "known"),
    ("no filter, oldest first", {}, "-onset"),
    ("a common disease", {"disease": "COMMON"}, "onset"),
    ("a rare disease", {"disease": "RARE"}, "onset"),
    ("class A", {"legal_class": "A"}, "onset"),
    ("class C", {"legal_class": "C"}, "onset"),
    ("a county", {"area": f"{CITY}07"}, "onset"),
    ("a township", {"area": f"{CITY}07105"}, "onset"),
    ("an organisation", {"organisation": f"H{CITY}07105"}, "onset"),
    ("confirmed", {"status": "confirmed"}, "onset"),
    ("carriers", {"status": "carrier"}, "onset"),
    ("to be reviewed", {"state": "sent"}, "onset"),
    ("returned", {"state": "returned"}, "onset"),
    ("drafts", {"state": "draft"}, "onset"),
    ("every state", {"state": "every"}, "onset"),
    ("from HL7 v2", {"source": "hl7v2"}, "onset"),
    ("men", {"sex": "M"}, "onset"),
    ("aged 5 to 9", {"age_from": "5", "age_to": "9"}, "onset"),
    ("onset in one month", {"onset_from": "2024-03-01", "onset_to": "2024-03-31"}, "onset"),
    ("onset in one month, by report", {"onset_from": "2024-03-01", "onset_to": "2024-03-31"}, "known"),
    ("diagnosed on one day", {"diagnosed_from": "2024-03-09", "diagnosed_to": "2024-03-09"}, "onset"),
    ("reported in one week", {"known_from": "2024-03-04", "known_to": "2024-03-10"}, "onset"),
    ("severe", {"severe": "1"}, "onset"),
    ("died", {"died": "1"}, "onset"),
    ("card number, whole", {"text": "B000500000"}, "onset"),
    ("card number, beginning", {"text": "B0005"}, "onset"),
    ("name, whole", {"text": "欧阳明"}, "onset"),
    ("name, three characters", {"text": "王秀英"}, "onset"),
    ("name, two characters", {"text": "建国"}, "onset"),
    ("name, nobody", {"text": "龘"}, "onset"),
    ("county, disease, men, aged 5 to 9, confirmed",
     {"area": f"{CITY}07", "disease": "COMMON", "sex": "M", "age_from": "5", "age_to": "9",
      "status": "confirmed"}, "onset"),
    ("the same by time of report",
     {"area": f"{CITY}07", "disease": "COMMON", "sex": "M", "age_from": "5", "age_to": "9",
      "status": "confirmed"}, "known"),
    ("township, rare disease, severe (nobody)",
     {"area": f"{CITY}07105", "disease": "RARE", "severe": "1"}, "onset"),
    ("women, carriers, from HL7, died (hardly anybody)",
     {"sex": "F", "status": "carrier", "source": "hl7v2", "died": "1"}, "known"),
    ("aged 80 and over, suspected, by diagnosis",
     {"age_from": "80", "status": "suspected"}, "diagnosed"),
    ("men, by time of report, oldest first", {"sex": "M"}, "-known"),
)  # fmt: skip


def timed(read: Callable[[], object]) -> tuple[float, float]:
    """First and median later milliseconds."""
    took = []
    for _time in range(TIMES):
        begun = time.perf_counter()
        read()
        took.append(1000 * (time.perf_counter() - begun))
    return took[0], float(np.median(took[1:]))


def main(cards: int = CARDS) -> int:
    """Fill, ask, print the table; 1 if a goal is missed."""
    with city():
        from django.db import connection
        from django.test import Client

        from pingji.ground.directory.models import User
        from pingji.monitor.surveillance.queries import columns, line_list

        begun = time.perf_counter()
        filled = copy_in("surveillance_casereport", COLUMNS, lines(cards))
        user = User.objects.get(username="cdc")
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_size_pretty(pg_table_size('surveillance_casereport')),"
                " pg_size_pretty(pg_indexes_size('surveillance_casereport')),"
                " pg_size_pretty(pg_relation_size('case_line_list'))"
            )
            sizes = cursor.fetchone()
        print(
            f"{filled:,} cards in {time.perf_counter() - begun:.0f} s: table {sizes[0]}, indexes"
            f" {sizes[1]}, of which case_line_list {sizes[2]}"
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "select disease_id from surveillance_casereport group by 1 order by count(*) desc"
            )
            by_size = [row[0] for row in cursor.fetchall()]
        stand = {"COMMON": by_size[0], "RARE": by_size[-1]}
        shown = columns.chosen([])
        missed = 0
        print(f"{'':52}{'fit':>9}{'first ms':>9}{'median ms':>10}{'goal':>6}{'count ms':>9}")
        for words, asked, by in ASKED:
            given = {name: stand.get(value, value) for name, value in asked.items()}
            filters = line_list.Filters.read(given)
            order = line_list.Order.read(by)

            def read(filters=filters, order=order) -> list[list[str]]:  # type: ignore[no-untyped-def]
                found = line_list.find(filters, user=user, today=LAST, clear=True)
                page = line_list.page(found.cards, order)
                rows = columns.cards_in_order(page.keys)
                write = columns.writer(shown, columns.words_for(user, clear=False, rows=rows))
                return [write(row) for row in rows]

            first, median = timed(read)
            fit = line_list.find(filters, user=user, today=LAST, clear=True).cards
            begun = time.perf_counter()
            number = fit.count()
            counting = 1000 * (time.perf_counter() - begun)
            goal = GOAL_FILTER_MS if asked else GOAL_FIRST_MS
            missed += median > goal
            late = "" if median <= goal else "  MISSED"
            print(
                f"{words:52}{number:9,}{first:9.0f}{median:10.0f}{goal:6.0f}{counting:9.0f}{late}"
            )
            if late:
                print(fit.explain(analyze=True) if "explain" in sys.argv else "")
        found = line_list.find(line_list.Filters(), user=user, today=LAST, clear=False)
        mark, deep = None, []
        for _page in range(200):
            begun = time.perf_counter()
            one = line_list.page(found.cards, line_list.Order(), after=mark)
            deep.append(1000 * (time.perf_counter() - begun))
            mark = one.after
        print(
            f"{'pages 1 to 200, one after the other':52}{'':9}{deep[0]:9.0f}{np.median(deep):10.0f}"
        )
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        for address in ("/surveillance/cases/", "/surveillance/cases/?sex=F&age_from=80"):
            first, median = timed(lambda a=address: client.get(a))
            missed += median > GOAL_FIRST_MS
            print(f"{'whole page ' + address:52}{'':9}{first:9.0f}{median:10.0f}{150:6}")
        print(json.dumps({"missed": missed}))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else CARDS))
