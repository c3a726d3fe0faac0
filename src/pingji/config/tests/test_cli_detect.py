"""`pingji detect`, as a script would call it."""

import csv
import io
import re
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from pingji.analysis.detect import ears_c1, farrington_flexible
from pingji.config.cli.detect import detect
from pingji.config.cli.methods import WORDS, detectors

START = np.datetime64("2020-01-06")  # a Monday


def weekly(seed=1, size=300, level=6.0):
    return np.random.default_rng(seed).poisson(level, size)


def lines(name, counts, step=7, start=START, population=None):
    for t, count in enumerate(counts):
        more = f",{population}" if population is not None else ""
        yield f"{name},{start + step * t},{count}{more}"


def write(path, *rows, head="series,date,count", encoding="utf-8"):
    path.write_bytes(("\n".join([head, *rows]) + "\n").encode(encoding))
    return str(path)


def run(*arguments, language="en"):
    return CliRunner().invoke(detect, list(arguments), env={"PINGJI_LANG": language})


def table(path_or_text):
    text = path_or_text.read_text() if hasattr(path_or_text, "read_text") else path_or_text
    return list(csv.DictReader(io.StringIO(text)))


def figures(rows, column):
    return np.array([float(row[column] or "nan") for row in rows])


def test_gives_the_figures_of_the_library(tmp_path):
    counts = np.stack([weekly(1), weekly(2, level=40)], axis=1)
    file = write(tmp_path / "s.csv", *lines("a", counts[:, 0]), *lines("b", counts[:, 1]))
    out = tmp_path / "alarms.csv"
    result = run(
        file,
        "--method",
        "farrington-flexible",
        "--set",
        "b=3",
        "--set",
        "w=3",
        "--set",
        "threshold=nbPlugin",
        "--set",
        "alpha=0.05",
        "--set",
        "limit54=0,4",
        "--last",
        "49",
        "--out",
        str(out),
    )
    assert result.exit_code == 0, result.output

    rows = table(out)
    assert list(rows[0]) == [
        "series",
        "date",
        "observed",
        "expected",
        "upperbound",
        "score",
        "alarm",
        "note",
    ]
    dates = START + 7 * np.arange(300)
    direct = farrington_flexible(
        counts,
        b=3,
        w=3,
        threshold="nb_plugin",
        alpha=0.05,
        limit54=(0, 4),
        dates=dates,
        period="week",
        judge=slice(251, 300),
    )
    for s, name in enumerate("ab"):
        mine = [row for row in rows if row["series"] == name]
        assert [row["date"] for row in mine] == [str(day) for day in dates[251:]]
        np.testing.assert_array_equal(figures(mine, "observed"), counts[251:, s])
        np.testing.assert_allclose(figures(mine, "expected"), direct.expected[251:, s], rtol=1e-12)
        np.testing.assert_array_equal(figures(mine, "upperbound"), direct.upper_bound[251:, s])
        np.testing.assert_array_equal(figures(mine, "alarm") == 1, direct.alarm[251:, s])
    assert "2 series, 98 points" in result.output


def test_series_of_different_lengths_are_judged_as_if_alone(tmp_path):
    long, short = weekly(3, 60), weekly(4, 12)
    file = write(
        tmp_path / "s.csv", *lines("long", long), *lines("short", short, start=START + 140)
    )
    rows = table(run(file, "--method", "ears-c1").stdout)
    for name, counts in (("long", long), ("short", short)):
        mine = [row for row in rows if row["series"] == name]
        alone = ears_c1(counts)
        np.testing.assert_allclose(figures(mine, "upperbound"), alone.upper_bound[:, 0])
    assert {row["note"] for row in rows if row["series"] == "short"} == {"", "history too short"}


def test_lines_of_several_series_may_alternate(tmp_path):
    a, b = weekly(1, 30), weekly(2, 30)
    apart = write(tmp_path / "1.csv", *lines("a", a), *lines("b", b))
    mixed = write(
        tmp_path / "2.csv",
        *(line for pair in zip(lines("a", a), lines("b", b), strict=True) for line in pair),
    )
    assert run(apart, "--method", "ears-c1").stdout == run(mixed, "--method", "ears-c1").stdout


@pytest.mark.parametrize("gaps", ["missing", "zero"])
def test_a_gap_is_no_report_unless_said_to_be_zero(tmp_path, gaps):
    rows = list(lines("a", weekly(1, 40)))
    file = write(tmp_path / "s.csv", *rows[:30], *rows[31:])
    judged = table(run(file, "--method", "ears-c1", "--gaps", gaps).stdout)[30]
    assert judged["date"] == str(START + 210)
    expected = ("", "count missing") if gaps == "missing" else ("0", "")
    assert (judged["observed"], judged["note"]) == expected
    assert judged["alarm"] == "0"


@pytest.mark.parametrize(("step", "words"), [(1, "daily"), (7, "weekly")])
def test_the_period_is_found_by_itself(tmp_path, step, words):
    file = write(tmp_path / "s.csv", *lines("a", weekly(1, 50), step=step))
    html = tmp_path / "r.html"
    assert run(file, "--method", "ears-c1", "--html", str(html)).exit_code == 0
    assert f"1 {words} series" in html.read_text()


def test_months_are_found_and_written_as_their_first_day(tmp_path):
    months = [f"a,{2020 + t // 12}-{t % 12 + 1:02d},{t}" for t in range(40) if t != 20]
    rows = table(run(write(tmp_path / "s.csv", *months), "--method", "ears-c1").stdout)
    assert len(rows) == 40
    assert rows[20]["note"] == "count missing"
    assert rows[21]["date"] == "2021-10-01"


@pytest.mark.parametrize("form", ["%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日", "%G-W%V"])
def test_dates_may_be_written_in_the_usual_ways(tmp_path, form):
    days = (START + 7 * np.arange(20)).astype(object)
    rows = [f"a,{day.strftime(form)},{t}" for t, day in enumerate(days)]
    judged = table(run(write(tmp_path / "s.csv", *rows), "--method", "ears-c1").stdout)
    assert [row["date"] for row in judged] == [str(day) for day in days]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_chinese_files_are_read_in_the_usual_encodings(tmp_path, encoding):
    file = write(
        tmp_path / "s.csv",
        *lines("酉阳县,麻疹".replace(",", "·"), weekly(1, 20)),
        head="序列,日期,病例数",
        encoding=encoding,
    )
    rows = table(run(file, "--method", "ears-c1").stdout)
    assert rows[0]["series"] == "酉阳县·麻疹"


def test_parquet_goes_in_and_out(tmp_path):
    counts = weekly(1, 40)
    parquet.write_table(
        pa.table(
            {
                "series": ["a"] * 40,
                "date": (START + 7 * np.arange(40)).astype(object),
                "count": counts,
            }
        ),
        tmp_path / "s.parquet",
    )
    csv_file = write(tmp_path / "s.csv", *lines("a", counts))
    out = tmp_path / "o.parquet"
    assert run(str(tmp_path / "s.parquet"), "--method", "ears-c1", "--out", str(out)).exit_code == 0
    theirs = table(run(csv_file, "--method", "ears-c1").stdout)
    ours = parquet.read_table(out).to_pydict()
    np.testing.assert_array_equal(
        np.array(ours["upperbound"], float), figures(theirs, "upperbound")
    )


def test_population_is_taken_as_offset_unless_declined(tmp_path):
    counts, people = weekly(1, 300), 1000 + 10 * np.arange(300)
    rows = [f"{line},{p}" for line, p in zip(lines("a", counts), people, strict=True)]
    file = write(tmp_path / "s.csv", *rows, head="series,date,count,population")
    options = ("--method", "farrington-flexible", "--set", "b=3", "--last", "5")
    with_it = table(run(file, *options).stdout)
    without = table(run(file, *options, "--no-population").stdout)
    direct = farrington_flexible(
        counts,
        b=3,
        dates=START + 7 * np.arange(300),
        period="week",
        population=people[:, None],
        judge=slice(295, 300),
    )
    np.testing.assert_allclose(figures(with_it, "expected"), direct.expected[295:, 0])
    assert (figures(with_it, "expected") != figures(without, "expected")).any()


BAD = {
    "negative": ("a,2020-01-20,-3", "line 4", "“-3” in column count is negative"),
    "text": ("a,2020-01-20,many", "line 4", "is not a number"),
    "fraction": ("a,2020-01-20,2.5", "line 4", "is not a whole number"),
    "overflow": ("a,2020-01-20,1e300", "line 4", "is too large"),
    "unsorted": ("a,2019-12-30,3", "line 4", "sort the lines by date"),
    "repeated": ("a,2020-01-13,3", "line 4", "stands on line 3 already"),
    "no date": ("a,soon,3", "line 4", "is not a date"),
    "no 30 February": ("a,2020-02-30,3", "line 4", "is not a date"),
    "short line": ("a,2020-01-20", "line 4", "has 2 fields"),
    "no name": (",2020-01-20,3", "line 4", "name of the series is empty"),
    "mixed frequency": ("a,2020-01-22,3", "line 4", "mixed frequency"),
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_bad_lines_are_refused_with_their_place(tmp_path, what, language):
    line, place, words = BAD[what]
    file = write(tmp_path / "s.csv", "a,2020-01-06,1", "a,2020-01-13,2", line, "a,2020-02-03,1")
    result = run(file, "--method", "ears-c1", language=language)
    assert result.exit_code == 2
    if language == "en":
        assert re.search(f"s.csv, {place}.*{words}", result.stderr)
    else:
        assert "s.csv，第 4 行" in result.stderr
    assert result.stdout == ""


def test_a_bad_line_is_named_even_after_empty_lines_and_quotes(tmp_path):
    file = write(tmp_path / "s.csv", "", '"a\nb",2020-01-06,1', "", '"a\nb",2020-01-13,x')
    result = run(file, "--method", "ears-c1")
    assert "line 6" in result.stderr


def test_series_and_date_stand_in_the_refusal(tmp_path):
    file = write(tmp_path / "s.csv", "县A,2020-01-06,1", "县A,2020-01-13,-1")
    assert "series 县A, date 2020-01-13" in run(file, "--method", "ears-c1").stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"series,date,count\n", "no row"),
        (b"name,date,count\na,2020-01-06,1\n", "column series is missing"),
        (b"series,date,count,count\na,2020-01-06,1,2\n", "twice"),
        (b"series,date,count\n\xff\xfe\x00\x81\n", "encoding"),
        (b"PK\x03\x04" + bytes(40), "Excel workbook; save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "Excel workbook"),
    ],
)
def test_unusable_files_are_refused(tmp_path, content, words):
    path = tmp_path / "s.csv"
    path.write_bytes(content)
    result = run(str(path), "--method", "ears-c1")
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_file_that_is_not_there_is_refused(tmp_path):
    result = run(str(tmp_path / "none.csv"), "--method", "ears-c1")
    assert result.exit_code == 2
    assert "none.csv" in result.stderr


def test_series_of_different_frequency_are_refused(tmp_path):
    file = write(
        tmp_path / "s.csv", *lines("weeks", weekly(1, 60)), *lines("days", weekly(2, 30), step=1)
    )
    result = run(file, "--method", "ears-c1")
    assert result.exit_code == 2
    assert re.search("series days: .*daily while the file is weekly", result.stderr)


def test_a_daily_series_that_goes_on_in_weeks_is_refused(tmp_path):
    days = [START + t for t in range(20)] + [START + 19 + 7 * t for t in range(1, 8)]
    file = write(tmp_path / "s.csv", *(f"a,{day},1" for day in days))
    result = run(file, "--method", "ears-c1")
    assert result.exit_code == 2
    assert f"date {START + 26}" in result.stderr


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("bb=5", "has no option bb; it has baseline, alpha, min_sigma"),
        ("baseline=many", "option baseline cannot be “many”"),
        ("baseline=2.5", "option baseline cannot be “2.5”"),
        ("baseline", "must read name=value"),
        ("judge=3", "has no option judge"),
        ("alpha=7", "refuses"),
    ],
)
def test_settings_that_do_not_fit_the_method_are_refused(tmp_path, setting, words):
    file = write(tmp_path / "s.csv", *lines("a", weekly(1, 20)))
    result = run(file, "--method", "ears-c1", "--set", setting)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    ("method", "setting", "words"),
    [
        ("farrington-flexible", "limit54=5", "limit54=(5,) is not (cases, points)"),
        ("farrington-flexible", "limit54=5,four", "it takes numbers with a comma"),
        ("ewma", "weights=0.4;0.9", "it takes numbers with a comma"),
        ("boda", "draws=3", "has no option draws"),
    ],
)
def test_lists_that_do_not_fit_the_method_are_refused(tmp_path, method, setting, words):
    file = write(tmp_path / "s.csv", *lines("a", weekly(1, 20)))
    result = run(file, "--method", method, "--set", setting)
    assert result.exit_code == 2, result.output
    assert words in result.stderr


def test_a_list_may_have_one_member(tmp_path):
    file = write(tmp_path / "s.csv", *lines("a", weekly(1, 60)))
    one, two = (
        run(file, "--method", "ewma", "--set", f"weights={weights}").stdout
        for weights in ("0.5", "0.5,0.5")
    )
    assert one == two
    assert len(one.splitlines()) == 61


def test_every_method_has_a_name_in_chinese():
    for name, detector in detectors().items():
        assert re.search("[一-鿿]", WORDS[name.replace("-", "_")][0]), name
        assert detector.words


def test_a_choice_that_does_not_exist_is_refused_with_those_that_do(tmp_path):
    file = write(tmp_path / "s.csv", *lines("a", weekly(1, 20)))
    result = run(file, "--method", "farrington-flexible", "--set", "threshold=best")
    assert result.exit_code == 2
    assert "delta, nb_plugin, muan" in result.stderr.replace("、", ", ")


def test_an_unknown_method_is_refused_with_those_known(tmp_path):
    file = write(tmp_path / "s.csv", *lines("a", weekly(1, 20)))
    result = run(file, "--method", "guess", language="zh")
    assert result.exit_code == 2
    assert "没有方法 guess" in result.stderr
    assert "farrington-flexible" in result.stderr


def test_the_list_names_methods_and_options():
    result = run("--list")
    assert result.exit_code == 0
    assert "farrington-flexible" in result.output
    assert "past_weeks_not_included" in result.output


def test_the_report_is_one_file_that_needs_no_network(tmp_path):
    counts = weekly(1, 120)
    counts[-1] = 60
    file = write(tmp_path / "s.csv", *lines("<b>麻疹", counts), *lines("calm", weekly(2, 120)))
    html = tmp_path / "r.html"
    result = run(file, "--method", "ears-c1", "--last", "30", "--html", str(html), language="zh")
    assert result.exit_code == 0
    text = html.read_text()
    assert 'lang="zh-CN"' in text
    assert "1 条最近一期异常偏高：&lt;b&gt;麻疹" in text
    assert text.count('<svg viewBox="0 0 460') == 2
    assert text.count('class="mark" d=') == 1
    assert not re.search(r"(src|href)=|url\(|@import|https?://", text)
    assert text.index("&lt;b&gt;麻疹</h3>") < text.index("calm</h3>")


def test_the_report_says_where_a_series_ends_before_the_others(tmp_path):
    old, new = weekly(1, 60), weekly(2, 120)
    old[-1] = new[-1] = 60
    file = write(tmp_path / "s.csv", *lines("old", old), *lines("new", new))
    html = tmp_path / "r.html"
    run(file, "--method", "ears-c1", "--last", "30", "--html", str(html))
    lead = "As of 2022-W16, 2 of 2 series are out of the ordinary at their latest point: "
    assert lead in html.read_text()
    named = html.read_text().split(lead)[1].split("</p>")[0]
    assert {name.strip(" .") for name in named.split(",")} == {"old (ends 2021-W08)", "new"}


def test_the_report_in_english_has_no_chinese_words(tmp_path):
    file = write(tmp_path / "s.csv", *lines("a", weekly(1, 40)))
    html = tmp_path / "r.html"
    run(file, "--method", "ears-c1", "--html", str(html))
    assert not re.search("[\u4e00-\u9fff]", html.read_text())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_help_is_there(language):
    assert run("--help", language=language).exit_code == 0


def test_the_command_loads_no_django():
    script = (
        "import sys; import pingji.config.cli.detect, pingji.config.cli.estimate,"
        "pingji.config.cli.nowcast; sys.exit('django' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
