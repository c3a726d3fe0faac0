"""Weekly analysis and monthly assessment: figures, first words, editing, signing, and the files."""

import io
from datetime import UTC, date, datetime, timedelta

import docx
import pytest
from django.db import DatabaseError, transaction
from django.utils.translation import override
from pypdf import PdfReader

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.ground.record.models import Line
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    OTHER_TOWN,
    TOWN,
    case_row,
    cases,
    county,
    imported,
)
from pingji.warn.alerts.actions import analyses as actions
from pingji.warn.alerts.models import Analysis, AnalysisDocument
from pingji.warn.alerts.queries import analyses as queries
from pingji.warn.alerts.queries.analyses.changes import changes, marked
from pingji.warn.alerts.rules import analyses as rules
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
State = Analysis.State
MONDAY = date(2025, 11, 17)  # week 47
MORNING = datetime(2025, 11, 24, 1, 0, tzinfo=UTC)  # the Monday after
ADVICE = "加强学校晨午检，及时报告。"


def reported(number, day, *, disease="手足口病", area=TOWN, sex="男", age="5", first=1):
    onset = day.isoformat()
    return [
        case_row(
            key=f"{disease}{onset}{area}{first + at}",
            disease=disease,
            area=area,
            onset=onset,
            diagnosed=onset,
            sex=sex,
            age=age,
        )
        for at in range(number)
    ]


@pytest.fixture
def week():
    """Week 47: 12 cases; the week before: 4; the same week a year before: 6."""
    county()
    Area.objects.filter(pk=COUNTY).update(name="酉阳县")
    plan()
    imported(
        cases(
            [
                *reported(1, MONDAY - timedelta(weeks=60)),
                *reported(6, MONDAY - timedelta(weeks=52) + timedelta(days=1)),
                *reported(4, MONDAY - timedelta(days=3)),
                *reported(7, MONDAY + timedelta(days=1)),
                *reported(
                    3,
                    MONDAY + timedelta(days=2),
                    disease="流行性感冒",
                    area=OTHER_TOWN,
                    sex="女",
                    age="30",
                ),
                *reported(2, MONDAY + timedelta(days=6), disease="水痘", age="8"),
            ]
        ),
        at=MORNING - timedelta(hours=3),
    )
    return queries.around(Analysis.Kind.WEEKLY, MONDAY)


@pytest.fixture
def writer():
    return UserFactory(role=Role.EPIDEMIOLOGIST, display_name="林晓峰")


@pytest.fixture
def signer():
    return UserFactory(role=Role.LEADER, display_name="王县长")


def drafted(span, *, at=MORNING, by=None, **given):
    return actions.draft(area=county(), span=span, by=by or system_user(), at=at, **given)


def written(analysis, writer, section="advice", text=ADVICE):
    seen = queries.wordings_of(analysis)[section].number
    return actions.write_text(
        analysis=analysis, section=section, text=text, seen=seen, by=writer, at=MORNING
    )


def signed(span, writer, signer):
    made = drafted(span)
    written(made, writer)
    actions.submit(analysis=made, by=writer, at=MORNING)
    return actions.sign_analysis(analysis=made, by=signer, at=MORNING + timedelta(hours=2))


# Periods


@pytest.mark.parametrize(
    ("kind", "day", "first", "last"),
    [
        ("weekly", date(2025, 11, 23), date(2025, 11, 17), date(2025, 11, 23)),
        ("weekly", date(2025, 1, 1), date(2024, 12, 30), date(2025, 1, 5)),
        ("monthly", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
        ("monthly", date(2025, 12, 31), date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_a_week_begins_on_monday_and_a_month_on_its_first(kind, day, first, last):
    span = queries.around(kind, day)
    assert (span.starts_on, span.ends_on) == (first, last)


def test_the_week_53_is_held_against_the_last_week_of_a_shorter_year():
    span = queries.around("weekly", date(2020, 12, 31))  # week 53 of 2020
    assert span.years_ago(1).starts_on == date(2019, 12, 23)  # week 52 of 2019
    assert queries.around("monthly", date(2024, 2, 29)).years_ago(1).ends_on == date(2023, 2, 28)


# Figures


def test_figures_count_the_week_the_one_before_and_the_same_of_earlier_years(week):
    found = queries.figures(county(), week, as_of=MORNING)

    assert found["total"]["now"] == 12
    assert found["total"]["before"] == 4
    assert [row["n"] for row in found["total"]["earlier"]] == [6, None, None]
    assert [(row["code"], row["now"], row["before"]) for row in found["diseases"]] == [
        ("hand_foot_mouth", 7, 4),
        ("influenza", 3, 0),
        ("varicella", 2, 0),
    ]
    assert found["diseases"][0]["earlier"][0] == {"year": 2024, "n": 6}


def test_figures_by_township_age_and_sex(week):
    found = queries.figures(county(), week, as_of=MORNING)

    assert {row["code"]: row["now"] for row in found["townships"]} == {TOWN: 9, OTHER_TOWN: 3}
    assert found["townships"][0]["first"]["code"] == "hand_foot_mouth"
    ages = found["ages"]
    assert sum(ages["M"]) == 9
    assert ages["F"][ages["from"].index(25)] == 3
    assert ages["M"][ages["from"].index(3)] == 7


def test_the_curve_ends_with_the_week_and_has_a_year_before_beside_it(week):
    curve = queries.figures(county(), week, as_of=MORNING)["curves"][0]

    assert curve["weeks"][-1] == MONDAY.isoformat()
    assert (curve["counts"][-2:], curve["year_before"][-1]) == ([4, 7], 6)
    assert curve["year_before"][0] is None  # before the first report nothing is known
    assert curve["unfinished"] is False


def test_what_became_known_later_is_left_out(week):
    imported(
        cases(reported(5, MONDAY + timedelta(days=1), first=50)), at=MORNING + timedelta(days=1)
    )

    assert queries.figures(county(), week, as_of=MORNING)["total"]["now"] == 12
    later = queries.figures(county(), week, as_of=MORNING + timedelta(days=2))
    assert later["total"]["now"] == 17
    assert sum(later["ages"]["M"]) == 14


def test_alerts_of_the_week_come_with_verdict_and_time(week):
    raised = datetime(2025, 11, 18, 1, 0, tzinfo=UTC)
    AlertFactory(
        state="verified",
        raised_at=raised,
        seen_at=raised + timedelta(hours=1),
        decided_at=raised + timedelta(hours=5, minutes=30),
    )
    AlertFactory(raised_at=raised - timedelta(days=10), disease_id="influenza")

    found = queries.figures(county(), week, as_of=MORNING)

    assert [(a["seen_after"], a["decided_after"]) for a in found["alerts"]] == [(1.0, 5.5)]
    assert found["open_before"] == 1


# What changed


def test_late_reports_to_the_last_period_are_told(week, writer):
    last = drafted(week)
    imported(
        cases(reported(5, MONDAY + timedelta(days=1), first=50)), at=MORNING + timedelta(days=1)
    )
    following = queries.around("weekly", MONDAY + timedelta(weeks=1))
    made = drafted(following, at=MORNING + timedelta(weeks=1))

    assert made.previous == last
    found = changes(made.figures, last.figures)
    assert found["revised"] == {"then": 12, "now": 17}
    assert found["total"] == {"now": 0, "last": 12}
    said = queries.texts_of(made)["changes"]
    assert "2025年第47周" in said
    assert "12例，计入迟报后为17例" in said


def test_an_analysis_further_back_is_counted_anew_over_its_own_days(week):
    drafted(week)
    made = drafted(
        queries.around("weekly", MONDAY + timedelta(weeks=2)), at=MORNING + timedelta(weeks=2)
    )
    assert made.figures["last_anew"] == 12
    assert "迟报" not in queries.texts_of(made)["changes"]


def test_a_week_that_is_not_over_says_so(week):
    made = drafted(week, at=datetime(2025, 11, 20, 1, 0, tzinfo=UTC))
    assert "尚未结束" in queries.texts_of(made)["summary"]
    assert all(curve["unfinished"] for curve in made.figures["curves"])
    assert "尚未结束" not in queries.texts_of(drafted(week))["summary"]


@pytest.mark.parametrize(
    ("now", "before", "expected"), [(7, 4, False), (20, 5, True), (0, 0, False), (3, 12, True)]
)
def test_a_difference_is_marked_beyond_chance(now, before, expected):
    assert marked(now, before, 2.0) is expected


def test_without_an_earlier_analysis_nothing_is_compared(week):
    made = drafted(week)
    assert made.previous is None
    assert "没有" in queries.texts_of(made)["changes"]


# Drafting


def test_the_draft_says_the_figures_in_chinese(week):
    made = drafted(week)
    said = queries.texts_of(made)

    assert "12" in said["summary"]
    assert "上升200.0%" in said["summary"]
    assert "手足口病" in said["diseases"]
    assert said["advice"] == ""
    assert Line.objects.get(kind="analysis.drafted").by == system_user()


def test_a_job_that_runs_twice_drafts_once(week):
    first = drafted(week, version=1)
    assert drafted(week, version=1) == first
    assert Analysis.objects.count() == 1


def test_a_newer_draft_takes_over_what_people_wrote_and_keeps_the_old_one(week, writer):
    old = drafted(week)
    written(old, writer)
    new = drafted(week, at=MORNING + timedelta(hours=1))

    old.refresh_from_db()
    assert (old.state, new.state, new.version) == (State.SUPERSEDED, State.DRAFT, 2)
    assert queries.texts_of(new)["advice"] == ADVICE
    assert queries.texts_of(old)["advice"] == ADVICE


def test_a_signed_analysis_is_followed_not_replaced(week, writer, signer):
    old = signed(week, writer, signer)
    new = drafted(week, at=MORNING + timedelta(days=1))

    old.refresh_from_db()
    assert (old.state, new.version) == (State.SIGNED, 2)


def test_what_is_due_is_drafted_once_for_every_county(week):
    UserFactory(role=Role.EPIDEMIOLOGIST)
    made = actions.draft_due(kind="weekly", by=system_user(), at=MORNING)
    assert [(a.area_id, a.starts_on) for a in made] == [(COUNTY, MONDAY)]
    assert actions.draft_due(kind="weekly", by=system_user(), at=MORNING) == []


def test_only_who_edits_may_ask_and_not_for_the_future(week, writer, signer):
    ask = {"area": county(), "kind": "weekly", "at": MORNING}
    with pytest.raises(Refused):
        actions.ask_for_analysis(by=signer, day=MONDAY, **ask)
    with pytest.raises(Refused):
        actions.ask_for_analysis(by=writer, day=MONDAY + timedelta(weeks=3), **ask)
    actions.ask_for_analysis(by=writer, day=MONDAY, **ask)
    assert Line.objects.filter(kind="analysis.asked").count() == 1


# Editing and signing


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_these_moves_are_allowed(state, to):
    allowed = {
        ("draft", "review"),
        ("draft", "superseded"),
        ("review", "draft"),
        ("review", "signed"),
    }
    if (state, to) in allowed:
        rules.check_move(Analysis(state=state), to)
    else:
        with pytest.raises(Refused):
            rules.check_move(Analysis(state=state), to)


def test_every_wording_is_kept(week, writer):
    made = drafted(week)
    written(made, writer, text="第一稿")
    written(made, writer, text="第二稿")
    assert list(made.texts.filter(section="advice").values_list("text", flat=True)) == [
        "",
        "第一稿",
        "第二稿",
    ]


def test_of_two_who_edit_at_once_the_second_is_told(week, writer):
    made = drafted(week)
    written(made, writer, text="先到")
    with pytest.raises(Refused) as refused:
        actions.write_text(
            analysis=made, section="advice", text="后到", seen=1, by=writer, at=MORNING
        )
    assert refused.value.field == "text"
    assert queries.texts_of(made)["advice"] == "先到"


def test_without_a_persons_advice_it_is_not_handed_in(week, writer):
    made = drafted(week)
    with pytest.raises(Refused):
        actions.submit(analysis=made, by=writer, at=MORNING)


def test_who_handed_it_in_does_not_sign_it(week, writer, monkeypatch):
    made = drafted(week)
    written(made, writer)
    actions.submit(analysis=made, by=writer, at=MORNING)
    with pytest.raises(Refused):  # not the role
        actions.sign_analysis(analysis=made, by=writer, at=MORNING)
    monkeypatch.setattr(type(writer), "holds", lambda *_any: True)
    with pytest.raises(Refused):  # nor with the right
        actions.sign_analysis(analysis=made, by=writer, at=MORNING)


def test_sent_back_it_is_edited_again(week, writer, signer):
    made = drafted(week)
    written(made, writer)
    actions.submit(analysis=made, by=writer, at=MORNING)
    with pytest.raises(Refused):
        written(made, writer, text="送审后改")
    actions.return_analysis(analysis=made, reason="请补充学校情况", by=signer, at=MORNING)

    made.refresh_from_db()
    assert (made.state, made.returned_why) == (State.DRAFT, "请补充学校情况")
    written(made, writer, text="已补充")


def test_a_signed_file_keeps_its_bytes(week, writer, signer):
    made = signed(week, writer, signer)
    kept = {one.form: (bytes(one.content), one.digest) for one in made.documents.all()}
    assert set(kept) == {"docx", "pdf"}
    imported(
        cases(reported(5, MONDAY + timedelta(days=1), first=70)), at=MORNING + timedelta(days=1)
    )

    for form, (content, digest) in kept.items():
        again = actions.fetch_document(
            analysis=made, form=form, by=signer, at=MORNING + timedelta(days=2)
        )
        assert again == content
        assert Line.objects.get(kind="analysis.signed").details[form] == digest


@pytest.mark.parametrize("wrong", ["update", "delete"])
def test_the_database_refuses_to_change_a_signed_file(week, writer, signer, wrong):
    signed(week, writer, signer)
    rows = AnalysisDocument.objects.filter(form="pdf")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        rows.update(size=1) if wrong == "update" else rows.delete()


# Files, read again with other libraries than they were written with


def test_the_word_file_holds_the_words_the_figures_and_the_pictures(week, writer, signer):
    made = signed(week, writer, signer)
    file = docx.Document(io.BytesIO(bytes(made.documents.get(form="docx").content)))

    words = "\n".join(line.text for line in file.paragraphs)
    assert "酉阳县重点传染病监测周分析" in words
    assert "2025年第47周" in words
    assert ADVICE in words
    assert "王县长" in words
    assert "草稿" not in file.sections[0].header.paragraphs[0].text
    leading = [[cell.text for cell in row.cells] for row in file.tables[0].rows]
    assert leading[0][1:4] == ["病种", "本期", "上期"]
    assert leading[1][1:6] == ["手足口病", "7", "4", "上升75.0%", "6"]
    assert leading[-1][1:4] == ["合计", "12", "4"]
    assert len(file.inline_shapes) == 4  # three curves and the pyramid


def test_the_pdf_holds_the_words_the_figures_and_its_font(week, writer, signer):
    made = signed(week, writer, signer)
    pdf = PdfReader(io.BytesIO(bytes(made.documents.get(form="pdf").content)))

    words = "".join("".join(page.extract_text().split()) for page in pdf.pages)
    assert "酉阳县重点传染病监测周分析" in words
    assert "手足口病74上升75.0%6" in words
    assert "".join(ADVICE.split()) in words
    assert "草稿" not in words
    fonts = [
        font.get_object()
        for page in pdf.pages
        for font in page["/Resources"]["/Font"].get_object().values()
    ]
    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object()
        assert "NotoSansSC" in inner["/BaseFont"]
        descriptor = inner["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_a_draft_says_so_on_its_pages(week, writer):
    made = drafted(week)
    content = actions.fetch_document(analysis=made, form="pdf", by=writer, at=MORNING)
    assert "草稿" in PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert not made.documents.exists()


def test_what_people_write_is_never_markup(week, writer):
    made = drafted(week)
    nasty = '#panic("x") $x$ *b* \\ <w:p/> & [a]'
    written(made, writer, text=nasty)
    for form in ("docx", "pdf"):
        content = actions.fetch_document(analysis=made, form=form, by=writer, at=MORNING)
        if form == "docx":
            assert nasty in [p.text for p in docx.Document(io.BytesIO(content)).paragraphs]
        else:
            words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
            assert '#panic("x")' in words


def test_a_week_without_any_case_is_a_document_too():
    county()
    plan()
    made = drafted(queries.around("weekly", MONDAY))
    for form in ("docx", "pdf"):
        actions.fetch_document(analysis=made, form=form, by=system_user(), at=MORNING)
    assert "无病例报告" in queries.texts_of(made)["diseases"]


def test_a_month_is_assessed_likewise(week):
    made = drafted(queries.around("monthly", MONDAY), at=datetime(2025, 12, 1, 1, tzinfo=UTC))
    assert made.figures["total"]["now"] == 16
    content = actions.fetch_document(analysis=made, form="docx", by=system_user(), at=MORNING)
    words = "\n".join(p.text for p in docx.Document(io.BytesIO(content)).paragraphs)
    assert "月研判" in words
    assert "2025年11月" in words


def test_tables_and_pictures_are_counted_through_the_document(week):
    made = drafted(week)
    with override("zh-hans"):
        laid_out = queries.document(made, queries.texts_of(made))
    tables = [one.title for section in laid_out.sections for one in section.tables]
    drawn = [one.title for section in laid_out.sections for one in section.pictures]
    assert [title.split("　")[0] for title in tables] == [f"表{n + 1}" for n in range(len(tables))]
    assert [title.split("　")[0] for title in drawn] == [f"图{n + 1}" for n in range(len(drawn))]
    assert len(tables) >= 3 <= len(drawn)


def test_a_word_file_counts_its_pages_and_says_above_each_that_it_is_a_draft(week, writer):
    content = actions.fetch_document(analysis=drafted(week), form="docx", by=writer, at=MORNING)
    page = docx.Document(io.BytesIO(content)).sections[0]
    assert page.header.paragraphs[0].text.endswith("\t\t草稿，未签发")
    counted = page.footer.paragraphs[0]._p.xpath("w:fldSimple/@w:instr")
    assert counted == ["PAGE", "NUMPAGES"]
