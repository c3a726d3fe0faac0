"""The comparison with reference outputs, on small folders that hold what one does not expect."""

import csv

import numpy as np
import pytest

from pingji.analysis.detect import ears_c1
from tests.goldens.__main__ import main

COUNTS = np.random.default_rng(4).poisson(4, 40)
HEAD = ("series", "method", "params", "t", "date", "upperbound", "alarm", "remark")


def write(path, head, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def folder(data, *, series="Dorf.7", method="C1", wrong=0.0):
    """A folder of the layout with one series and one golden file."""
    found = ears_c1(COUNTS)
    setting = f'{{"method":"{method}","baseline":7,"alpha":0.001,"minSigma":0}}'
    rows = [
        (
            series,
            "earsC",
            setting,
            t + 1,
            f"2020-02-{t % 28 + 1:02d}",
            bound + wrong,
            int(alarm),
            "ok",
        )
        for t, (bound, alarm) in enumerate(
            zip(found.upper_bound[:, 0], found.alarm[:, 0], strict=True)
        )
        if not np.isnan(bound)
    ]
    write(data / "golden" / "earsC.csv", HEAD, rows)
    days = np.datetime64("2020-02-01") + np.arange(40)
    write(
        data / "series" / "series.csv",
        ("series", "t", "date", "count", "population", "state", "remark"),
        [("Dorf.7", t + 1, days[t], COUNTS[t], "", "", "fine") for t in range(40)],
    )
    write(
        data / "series" / "catalog.csv",
        ("series", "freq", "start_period", "remark"),
        [("Dorf.7", 365, "", "fine")],
    )
    return data


def test_a_folder_of_other_names_with_further_columns_agrees(tmp_path, capsys):
    assert main([str(folder(tmp_path))]) == 0
    assert "33 of 33 rows agree; 0 methods fall short" in capsys.readouterr().out


def test_one_figure_off_falls_short(tmp_path, capsys):
    assert main([str(folder(tmp_path, wrong=0.01))]) == 1
    assert "0 of 33 rows agree; 1 methods fall short" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"method": "C9"}, "stopped by KeyError: 'C9'"),
        ({"series": "Nirgends"}, "stopped by KeyError: 'Nirgends'"),
    ],
)
def test_what_cannot_be_rerun_falls_short_and_says_why(tmp_path, capsys, options, why):
    assert main([str(folder(tmp_path, **options))]) == 1
    assert why in capsys.readouterr().out


def test_one_broken_file_does_not_stop_the_others(tmp_path, capsys):
    data = folder(tmp_path)
    write(data / "golden" / "stcd.csv", ("series", "oddity"), [("Dorf.7", 1)] * 5)
    assert main([str(data)]) == 1
    shown = capsys.readouterr().out
    assert "33 of 38 rows agree; 1 methods fall short" in shown
    assert "stopped by" in shown


def test_a_file_no_method_reads_is_left_out_by_name(tmp_path, capsys):
    data = folder(tmp_path)
    write(data / "golden" / "horoscope.csv", ("series", "t"), [("Dorf.7", 1)] * 3)
    assert main([str(data)]) == 0
    assert "no method reads this file" in capsys.readouterr().out


def test_an_empty_folder_and_none_at_all_fail(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    (tmp_path / "golden").mkdir()
    assert main([str(tmp_path)]) == 1
    assert "no CSV file here" in capsys.readouterr().err
