"""Laboratory results for the benchmarks of FHIR and HL7 v2, and whether all of them were kept."""

import os
import random
from pathlib import Path

import numpy as np

from bench.intake import Running, command, connected

POSITIVE = 0.05  # share of results that found something: counted, and drafted as a report card
TESTS = (("92142-9", "甲型流感病毒核酸"), ("94500-6", "新型冠状病毒核酸"), ("H3N2", "H3N2"))
IDENTITY = "50024219{:010d}"

# Figures of findings that are not what the rows add up to.
DIFFERENT = """
    with rows as (
        select disease_id, area_id,
               (coalesce(taken_at, reported_at) at time zone 'Asia/Shanghai')::date as day,
               count(*) as n
        from surveillance_labresult
        where finding = 'positive' and disease_id is not null group by 1, 2, 3
    )
    select count(*) from rows full join (
        select disease_id, area_id, day, count as n from surveillance_tally
        where channel = 'pathogen' and count > 0
    ) t using (disease_id, area_id, day)
    where t.n is distinct from rows.n
"""


def token(running: Running, form: str) -> str:
    """The token of a laboratory's system that may send messages of a form."""
    with connected(running.home) as database:
        code = database.execute(
            "select code from directory_organisation where kind = 'hospital' order by code limit 1"
        ).fetchone()[0]
    words = ("sender", "add", f"LIS {form}", "--organisation", code, "--format", form)
    return command(running.home, *words).strip()


def found(chance: random.Random) -> bool:
    """Whether a test found something."""
    return chance.random() < POSITIVE


def check(home: Path, sent: int, *, before: int = 0) -> list[str]:
    """What is wrong with what was kept; nothing if each result was kept and counted once.

    Args:
        home: Folder of the program.
        sent: Results that were answered as kept.
        before: Results that the demo county had already.
    """
    with connected(home) as database:
        kept, different, apart = database.execute(
            "select count(*), count(distinct (organisation_id, key)), "
            f"({DIFFERENT}) from surveillance_labresult"
        ).fetchone()
    wrong = []
    if (kept - before, different - before) != (sent, sent):
        wrong.append(f"{sent} results were answered; {kept - before} are kept")
    if apart:
        wrong.append(f"{apart} figures are not what the rows add up to")
    return wrong


def results(home: Path) -> int:
    """How many results are kept."""
    with connected(home) as database:
        return int(database.execute("select count(*) from surveillance_labresult").fetchone()[0])


def table(what: str, per_second: float, took: list[float], spent: dict[str, float]) -> None:
    """Print what was measured.

    Args:
        what: What is counted per second.
        per_second: How many.
        took: Seconds that each message took to be answered.
        spent: Milliseconds of processor time per message, by whom.
    """
    p50, p99 = np.percentile(np.array(took) * 1000, [50, 99])
    print(f"{what:>16}{'p50 ms':>8}{'p99 ms':>8}{'worst':>7}  processor ms per message; load")
    words = ", ".join(f"{name} {value:.2f}" for name, value in spent.items())
    print(
        f"{per_second:16.0f}{p50:8.0f}{p99:8.0f}{max(took) * 1000:7.0f}  {words}; "
        f"{os.getloadavg()[0]:.1f}"
    )
