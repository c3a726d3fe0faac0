"""`pingji estimate` and `pingji nowcast`, as a script would call them."""

import csv
import inspect
import io
import re

import numpy as np
import pytest
from click.testing import CliRunner

from pingji.analysis.estimate import (
    UncertainSerialInterval,
    case_fatality,
    growth_rate,
    reporting_triangle,
    reproduction_number,
    wallinga_teunis,
)
from pingji.analysis.estimate import (
    nowcast as library_nowcast,
)
from pingji.config.cli.estimate import estimate
from pingji.config.cli.nowcast import nowcast

START = np.datetime64("2024-03-01")
COUNTS = np.random.default_rng(1).poisson(np.exp(0.05 * np.arange(40)) * 4)


def write(path, head, rows):
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return str(path)


def series_file(tmp_path, head="series,date,count", columns=(COUNTS,), name="甲县"):
    rows = [
        ",".join([name, str(START + t), *(str(column[t]) for column in columns)])
        for t in range(len(columns[0]))
    ]
    return write(tmp_path / "s.csv", head, rows)


def run(command, *arguments, language="en"):
    return CliRunner().invoke(command, list(arguments), env={"PINGJI_LANG": language})


def figures(text, column):
    rows = list(csv.DictReader(io.StringIO(text)))
    return np.array([float(row[column] or "nan") for row in rows])


def test_rt_gives_the_figures_of_the_library(tmp_path):
    result = run(estimate, "rt", series_file(tmp_path), "--si-mean", "5", "--si-sd", "2")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == (
        "series,start,end,mean,sd,q025,q05,q25,median,q75,q95,q975,note"
    )
    direct = reproduction_number(COUNTS, si_mean=5, si_sd=2)
    np.testing.assert_allclose(figures(result.stdout, "q975"), direct.quantile(0.975)[:, 0])
    notes = [row["note"] for row in csv.DictReader(io.StringIO(result.stdout))]
    assert [bool(note) for note in notes] == list(direct.note[:, 0] != 0)


def test_rt_takes_imported_cases_and_a_serial_interval_from_a_file(tmp_path):
    imported = np.minimum(COUNTS, 1)
    file = series_file(tmp_path, "series,date,count,imported", (COUNTS, imported))
    weights = write(tmp_path / "si.csv", "k,w", ["1,0.25", "2,0.5", "4,0.25"])
    result = run(estimate, "rt", file, "--si-file", weights, "--window", "5")
    direct = reproduction_number(
        COUNTS, si_weights=[0, 0.25, 0.5, 0, 0.25], imported=imported, window=5
    )
    np.testing.assert_allclose(figures(result.stdout, "mean"), direct.mean[:, 0])


def test_rt_with_an_uncertain_serial_interval_is_wider(tmp_path):
    file = series_file(tmp_path)
    known = run(estimate, "rt", file, "--si-mean", "5", "--si-sd", "2").stdout
    rough = run(
        estimate,
        "rt",
        file,
        "--si-mean",
        "5",
        "--si-sd",
        "2",
        "--si-mean-sd",
        "1",
        "--si-sd-sd",
        "0.5",
        "--draws",
        "50",
    ).stdout
    assert figures(rough, "sd")[-1] > figures(known, "sd")[-1]


def test_rt_by_wallinga_teunis(tmp_path):
    result = run(
        estimate,
        "rt",
        series_file(tmp_path),
        "--si-mean",
        "5",
        "--si-sd",
        "2",
        "--method",
        "wallinga-teunis",
    )
    direct = wallinga_teunis(COUNTS, si_mean=5, si_sd=2)
    np.testing.assert_allclose(figures(result.stdout, "mean"), direct.mean[:, 0])
    assert "too recent" in result.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "give --si-mean and --si-sd, or --si-file"),
        (["--si-mean", "5"], "give --si-mean and --si-sd, or --si-file"),
        (["--si-mean", "0.5", "--si-sd", "1"], "greater than 1"),
        (["--si-mean", "5", "--si-sd", "2", "--si-mean-sd", "1"], "together"),
        (["--si-mean", "5", "--si-sd", "2", "--si-file", "x"], "not both"),
        (["--si-mean", "5", "--si-sd", "2", "--window", "60"], "at least 61 steps"),
    ],
)
def test_rt_refuses_what_makes_no_sense(tmp_path, options, words):
    result = run(estimate, "rt", series_file(tmp_path), *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_growth_gives_the_figures_of_the_library(tmp_path):
    result = run(estimate, "growth", series_file(tmp_path), "--window", "10")
    direct = growth_rate(COUNTS, window=10)
    for column, values in (("rate", direct.rate), ("doubling_lower", direct.doubling_lower)):
        np.testing.assert_allclose(figures(result.stdout, column), values[:, 0])


def test_cfr_gives_the_figures_of_the_library(tmp_path):
    deaths = np.random.default_rng(2).binomial(COUNTS, 0.05)
    file = series_file(tmp_path, "series,date,count,deaths", (COUNTS, deaths))
    result = run(estimate, "cfr", file, "--delay-mean", "6", "--delay-sd", "3")
    assert result.stdout.splitlines()[0] == "series,date,crude,ratio,lower,upper,resolved,note"
    direct = case_fatality(COUNTS, deaths, delay_mean=6, delay_sd=3)
    np.testing.assert_allclose(figures(result.stdout, "upper"), direct.upper[:, 0])


def test_cfr_needs_a_delay_and_deaths(tmp_path):
    file = series_file(tmp_path)
    assert "--delay-mean" in run(estimate, "cfr", file).stderr
    missing = run(estimate, "cfr", file, "--delay-mean", "6", "--delay-sd", "3")
    assert missing.exit_code == 2
    assert "column deaths is missing" in missing.stderr


def line_list(tmp_path, *more, days=40):
    rng = np.random.default_rng(3)
    event = START + np.repeat(np.arange(days), rng.poisson(9, days))
    report = event + rng.geometric(0.4, len(event)) - 1
    rows = [f"{e},{r}" for e, r in zip(event, report, strict=True)]
    return write(tmp_path / "l.csv", "event_date,report_date", [*rows, *more]), event, report


def test_nowcast_gives_the_figures_of_the_library(tmp_path):
    file, event, report = line_list(tmp_path)
    now = START + 39
    result = run(nowcast, file, "--now", str(now), "--max-delay", "8")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == (
        "series,date,reported,median,lower,upper,reported_share,note"
    )
    direct = library_nowcast(reporting_triangle(event, report, now=now, max_delay=8))
    np.testing.assert_allclose(figures(result.stdout, "upper"), direct.upper[-8:])
    assert f"{int((report > now).sum())} cases reported after" in result.stderr


def defaults(command):
    return {option.name: option.default for option in command.params}


@pytest.mark.parametrize(
    ("command", "functions"),
    [
        (estimate.commands["rt"], (reproduction_number, wallinga_teunis, UncertainSerialInterval)),
        (estimate.commands["growth"], (growth_rate,)),
        (estimate.commands["cfr"], (case_fatality,)),
        (nowcast, (library_nowcast, reporting_triangle)),
    ],
)
def test_an_option_has_the_same_default_as_in_the_library(command, functions):
    same = {}
    for function in functions:
        for name, parameter in inspect.signature(function).parameters.items():
            given = defaults(command).get(name)
            if parameter.default not in (None, inspect.Parameter.empty) and given is not None:
                plain = given.replace("-", "_") if isinstance(given, str) else given
                same[function.__name__, name] = plain == parameter.default
    assert same
    assert all(same.values()), same


def test_nowcast_by_series_and_with_all_periods(tmp_path):
    rows = [f"{name},{START + t},{START + t + t % 3},2" for name in "ab" for t in range(20)]
    file = write(tmp_path / "l.csv", "series,event_date,report_date,count", rows)
    result = run(nowcast, file, "--max-delay", "3", "--all", "--method", "bayes-notrunc-bnb")
    names = [row["series"] for row in csv.DictReader(io.StringIO(result.stdout))]
    assert names.count("a") == names.count("b") > 15


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_before_its_event_is_refused_with_its_line(tmp_path, language):
    file, event, _ = line_list(tmp_path, "2024-03-09,2024-03-08")
    result = run(nowcast, file, language=language)
    assert result.exit_code == 2
    place = f"line {len(event) + 2}" if language == "en" else f"第 {len(event) + 2} 行"
    assert place in result.stderr


def test_cases_without_dates_are_counted_out_loud(tmp_path):
    file, _, _ = line_list(tmp_path, "2024-03-09,", ",2024-03-09")
    result = run(nowcast, file)
    assert result.exit_code == 0
    assert "2 cases without dates left out" in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--now", "someday"], "is not a date"),
        (["--now", "2020-01-01"], "no case was reported"),
        (["--max-delay", "200"], "at least 201"),
    ],
)
def test_nowcast_refuses_what_makes_no_sense(tmp_path, options, words):
    file, _, _ = line_list(tmp_path)
    result = run(nowcast, file, *options)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("what", ["rt", "growth", "cfr", "nowcast"])
def test_each_estimate_has_a_report_that_needs_no_network(tmp_path, what, language):
    html = tmp_path / "r.html"
    if what == "nowcast":
        file, _, _ = line_list(tmp_path)
        result = run(nowcast, file, "--html", str(html), language=language)
    else:
        deaths = np.random.default_rng(2).binomial(COUNTS, 0.05)
        file = series_file(tmp_path, "series,date,count,deaths", (COUNTS, deaths), name="county")
        options = {
            "rt": ["--si-mean", "5", "--si-sd", "2"],
            "growth": [],
            "cfr": ["--delay-mean", "6", "--delay-sd", "3"],
        }[what]
        result = run(estimate, what, file, *options, "--html", str(html), language=language)
    assert result.exit_code == 0, result.output
    text = html.read_text()
    assert '<svg viewBox="0 0 460' in text
    assert not re.search(r"(src|href)=|url\(|@import|https?://", text)
    assert bool(re.search("[\u4e00-\u9fff]", text)) == (language == "zh")
    assert "nan" not in text.lower().replace("sans", "")


def test_a_series_that_cannot_be_estimated_says_so_in_the_report(tmp_path):
    html = tmp_path / "r.html"
    file = series_file(tmp_path, columns=(np.zeros(30, int),))
    result = run(estimate, "rt", file, "--si-mean", "5", "--si-sd", "2", "--html", str(html))
    assert result.exit_code == 0
    assert "not estimated: nobody who could have infected others" in html.read_text()
