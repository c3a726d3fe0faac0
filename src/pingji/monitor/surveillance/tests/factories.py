"""Files and reports for tests.

county()                       the tests' county with two townships and a village; the catalogue
reporter()                     an epidemiologist of the county, who may hand in anything of it
case_row(key="A1", age="7")    one case line that is right in every cell but those given
cases([case_row(), ...])       a CSV of case lines as bytes; counts([...]) of counts
imported(content)              the file handed in at NOON and read
"""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pingji.ground.directory.models import Area, Role, User
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory, system_user
from pingji.ground.directory.tests.kept import rows
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import Count, Disease, Import, RowAnswer

NOON = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)  # noon in the county
COUNTY, TOWN, OTHER_TOWN, VILLAGE = "500242", "500242101", "500242102", "500242101201"
CASE_HEADINGS = [
    "卡片编号",
    "疾病名称",
    "现住地址国标",
    "发病日期",
    "诊断日期",
    "性别",
    "年龄",
    "病例分类",
]
RIGHT = {
    "key": "A1",
    "disease": "手足口病",
    "area": TOWN,
    "onset": "2025-11-20",
    "diagnosed": "2025-11-21",
    "sex": "男",
    "age": "5",
    "status": "临床诊断病例",
}


def county() -> Area:
    """The county with its townships, and the catalogue of diseases."""
    AreaFactory(code=TOWN, name="桃花源街道")
    AreaFactory(code=OTHER_TOWN, name="钟多街道")
    AreaFactory(code=VILLAGE, name="中心社区")
    if not Disease.objects.exists():
        system = system_user()
        rows("diseases", lambda: actions.load_diseases(by=system, at=NOON))
    return AreaFactory(code=COUNTY, name="酉阳县")


def reporter(**given: Any) -> User:
    """Somebody who may hand in files of the whole county."""
    county()
    return UserFactory(**{"role": Role.EPIDEMIOLOGIST} | given)


def case_row(**given: str) -> list[str]:
    """One case line that is right in every cell but those given."""
    assert given.keys() <= RIGHT.keys()
    return list((RIGHT | given).values())


def table(headings: list[str], rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    """A CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode(encoding)


def cases(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    """Case lines as a CSV file."""
    return table(CASE_HEADINGS, rows, encoding)


def counts(rows: list[tuple[str, int | str]]) -> bytes:
    """Counts as a CSV file of day and number, for a disease and area given with the file."""
    return table(["日期", "例数"], [[day, str(number)] for day, number in rows])


def weeks(numbers: list[int], *, first: date = date(2025, 1, 6)) -> list[tuple[str, int | str]]:
    """Counts of weeks that follow each other."""
    return [
        ((first + timedelta(weeks=at)).isoformat(), number) for at, number in enumerate(numbers)
    ]


def imported(
    content: bytes,
    *,
    by: User | None = None,
    at: datetime = NOON,
    name: str = "病例.csv",
    disease: str = "",
    area: str = "",
    channel: str = "case",
    status: str = "",
) -> Import:
    """A file that was handed in and read."""
    county()
    by = by or User.objects.filter(role=Role.EPIDEMIOLOGIST).first() or reporter()
    file = actions.hand_in(
        name=name,
        content=content,
        by=by,
        at=at,
        channel=channel,
        disease=disease,
        area=area,
        status=status,
    )
    return actions.read_file(import_id=file.pk, at=at, disease=disease, area=area)


def counted(rows: list[tuple[str, int | str]], **given: Any) -> Import:
    """Counts of one disease in the county, handed in and read."""
    given = {"disease": "campylobacteriosis", "area": COUNTY} | given
    return imported(counts(rows), **given)


def answer_of(file: Import) -> RowAnswer:
    """The only answer of a file."""
    return file.answers.get()


def tally(file: Import) -> dict[str, int]:
    """How many rows got each answer."""
    return {
        name: getattr(file, name)
        for name in ("accepted", "corrected", "repeated", "refused")
        if getattr(file, name)
    }


def standing(period: str = "week", *, at: datetime = NOON) -> dict[str, int]:
    """Counts as they were known at a moment, by the day on which their period begins."""
    return {
        count.starts_on.isoformat(): count.count
        for count in Count.objects.filter(period=period).as_known(at)
    }
