"""What one row of a file must say. Pure: text in, a case, a count or a list of faults out."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

# Headings under which the columns are found, as the national system and hospitals write them.
HEADINGS: dict[str, tuple[str, ...]] = {
    "key": ("卡片编号", "卡片id", "病例编号", "报告卡编号", "编号", "case_id", "id", "key"),
    "disease": ("疾病名称", "病种", "疾病", "症候群", "disease", "syndrome", "series"),
    "area": (
        "现住地址国标",
        "现住详细地址编码",
        "地区编码",
        "地区代码",
        "行政区划代码",
        "地区",
        "area",
        "area_code",
    ),
    "onset_on": ("发病日期", "发病时间", "onset", "onset_date"),
    "diagnosed_on": ("诊断日期", "诊断时间", "diagnosed", "diagnosis_date"),
    "sex": ("性别", "sex"),
    "age": ("年龄", "age"),
    "status": ("病例分类", "病例状态", "status"),
    "organisation": ("报告单位", "报告单位编码", "organisation", "reporter"),
    "name": ("患者姓名", "病人姓名", "姓名", "患者", "name", "patient_name"),
    "guardian": ("患儿家长姓名", "家长姓名", "家长", "guardian"),
    "identity": (
        "有效证件号",
        "证件号码",
        "证件号",
        "身份证号码",
        "身份证号",
        "身份证",
        "证件",
        "identity_number",
        "id_number",
    ),
    "born_on": ("出生日期", "出生年月日", "born_on", "birth_date", "date_of_birth"),
    "phone": ("联系电话", "电话号码", "手机号码", "手机号", "手机", "电话", "phone"),
    "address": ("现住详细地址", "详细地址", "家庭住址", "现住址", "address"),
    "occupation": ("人群分类", "职业", "occupation"),
    "workplace": (
        "患者工作单位",
        "学校或单位",
        "工作单位",
        "就读学校",
        "学校",
        "workplace",
        "school",
    ),
    "school_class": ("班级", "年级班级", "school_class"),
    "date": ("日期", "开始日期", "统计日期", "周起始日", "date", "week"),
    "count": ("例数", "病例数", "发病数", "数量", "计数", "count", "cases"),
    "period": ("周期", "period"),
}
NEEDED = {
    "cases": ("key", "disease", "area", "onset_on", "status"),
    "counts": ("date", "count", "disease", "area"),
}
STATUSES = {
    "疑似病例": "suspected",
    "疑似": "suspected",
    "临床诊断病例": "clinical",
    "临床诊断": "clinical",
    "确诊病例": "confirmed",
    "实验室确诊病例": "confirmed",
    "确诊": "confirmed",
    "病原携带者": "carrier",
    "阳性检测": "carrier",
    "suspected": "suspected",
    "clinical": "clinical",
    "confirmed": "confirmed",
    "carrier": "carrier",
}
SEXES = {"男": "M", "女": "F", "男性": "M", "女性": "F", "m": "M", "f": "F", "male": "M"}
SEXES |= {"female": "F", "未知": "", "未说明": "", "": ""}
OLDEST_DAY = date(1900, 1, 1)
OLDEST_AGE = 130
EXCEL_DAY_ZERO = date(1899, 12, 30)
LARGEST_COUNT = 2**31 - 1
AGE = re.compile(
    r"(?P<sign>-?)(?P<number>[0-9]{1,6}(\.[0-9]+)?) ?(?P<unit>岁|周岁|y|个月|月|天|日|)",
    re.IGNORECASE,
)
PER_YEAR = {"": 1, "岁": 1, "周岁": 1, "y": 1, "月": 12, "个月": 12, "天": 365.25, "日": 365.25}
NUMBER = re.compile(
    r"(?P<sign>-?)(?P<whole>[0-9]{1,30}|[0-9]{1,3}(,[0-9]{3}){1,9})(\.(?P<part>[0-9]*))?"
)
QUOTED = ("=", "+", "@", "-")
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell.

    Attributes:
        column: Which of the known columns.
        value: What stands there.
        reason: Why it is refused or how it was corrected, a key of `queries.REASONS`.
        details: What the reason's sentence needs.
    """

    column: str
    value: str
    reason: str
    details: dict[str, str] = field(default_factory=dict)


class RowRefused(Exception):
    """One row cannot be accepted."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


@dataclass(slots=True)
class Directory:
    """What a row may name: areas by code and name, diseases and organisations by name.

    Attributes:
        areas: Codes the sender may report for.
        area_names: Code by name, where the name is one area's alone.
        diseases: Disease code by every name it is found under, lower case.
        organisations: Organisation id by code and by name.
        today: The county's day on which the file is read; nothing may lie after it.
        occupations: Code of an occupation by its code and names, lower case.
        phone_digits: Fewest and most digits of a telephone number.
        followed: Of a disease that ended, its first day without it and the one that followed.
    """

    areas: set[str]
    area_names: dict[str, str]
    diseases: dict[str, str]
    organisations: dict[str, int]
    today: date
    followed: dict[str, tuple[date, str]] = field(default_factory=dict)
    occupations: dict[str, str] = field(default_factory=dict)
    phone_digits: tuple[int, int] = (1, 30)

    def disease_on(self, code: str, day: date) -> str:
        """The disease that a code means on a day: itself, or what followed it."""
        until, successor = self.followed.get(code, (date.max, code))
        return successor if day >= until else code


def plain(text: object) -> str:
    """A cell's text without outer space and with full-width letters and digits made narrow."""
    if isinstance(text, str):
        narrow = text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()
        if "\0" in narrow:  # which no database takes
            narrow = narrow.replace("\0", "")
        # As this program writes cells that a spreadsheet would run as formulas.
        return narrow[1:] if narrow[:1] == "'" and narrow[1:2] in QUOTED else narrow
    if text is None:
        return ""
    if isinstance(text, float) and text.is_integer():
        return str(int(text))
    if isinstance(text, datetime):
        return text.date().isoformat()
    if isinstance(text, date):
        return text.isoformat()
    return str(text)


def find_columns(headings: list[object]) -> dict[str, int]:
    """Position of each known column, by its heading."""
    found: dict[str, int] = {}
    names = [_bare(plain(heading)) for heading in headings]
    for column, known in HEADINGS.items():
        for name in map(_bare, known):
            if name in names:
                found[column] = names.index(name)
                break
    return found


def _bare(heading: str) -> str:
    return heading.lower().replace(" ", "").replace("_", "")


def kind_of(columns: dict[str, int], given: set[str]) -> str | None:
    """ "cases" or "counts", from the columns there are; None if neither is complete."""
    for kind in ("counts", "cases"):
        if all(name in columns or name in given for name in NEEDED[kind]):
            return kind
    return None


def read_day(column: str, text: str, today: date) -> date:
    """A day, in any of the usual ways of writing it, not before 1900 and not after today."""
    day = _day(text)
    if day is None:
        raise RowRefused(Fault(column, text, "not_a_date"))
    if day > today:
        raise RowRefused(Fault(column, text, "in_the_future", {"today": today.isoformat()}))
    if day < OLDEST_DAY:
        raise RowRefused(Fault(column, text, "too_long_ago"))
    return day


@lru_cache(maxsize=8192)  # a file says the same few thousand days again and again
def _day(text: str) -> date | None:
    head = text.split("T", 1)[0].split(" ", 1)[0]
    try:
        return date.fromisoformat(head)
    except ValueError:
        pass
    if head.isdecimal() and 20000 <= int(head) <= 80000:  # a day as spreadsheets number them
        return EXCEL_DAY_ZERO + timedelta(days=int(head))
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(head, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def read_area(text: str, directory: Directory) -> tuple[str, Fault | None]:
    """An area's code, and how it was corrected where it was not written as a code."""
    if text in directory.areas:
        return text, None
    if not text:
        raise RowRefused(Fault("area", text, "missing"))
    if text.isdecimal():
        for length in (12, 9, 6, 4, 2):  # codes padded with zeros to a fixed length
            short = text[:length]
            if set(text[length:]) <= {"0"} and short in directory.areas and len(text) > length:
                return short, Fault("area", text, "area_code_padded", {"became": short})
        raise RowRefused(Fault("area", text, "unknown_area"))
    if text in directory.area_names:
        code = directory.area_names[text]
        return code, Fault("area", text, "area_by_name", {"became": code})
    raise RowRefused(Fault("area", text, "unknown_area"))


def read_disease(text: str, directory: Directory) -> str:
    """A disease's code, from any name it is known under."""
    if not text:
        raise RowRefused(Fault("disease", text, "missing"))
    code = directory.diseases.get(text.lower())
    if code is None:
        raise RowRefused(Fault("disease", text, "unknown_disease"))
    return code


def read_age(text: str) -> int | None:
    """Age in full years; an age given in months or days is turned into years."""
    if not text:
        return None
    if len(text) < 3 and text.isascii() and text.isdecimal():
        return int(text)
    found = AGE.fullmatch(text)
    if found is None:
        raise RowRefused(Fault("age", text, "not_a_number"))
    age = int(float(found["number"]) / PER_YEAR[found["unit"].lower()])
    if age > OLDEST_AGE or found["sign"]:
        raise RowRefused(Fault("age", text, "impossible_age"))
    return age


def read_count(text: str) -> int:
    """A count: a whole number from 0 up."""
    if not text:
        raise RowRefused(Fault("count", text, "missing"))
    found = NUMBER.fullmatch(text)
    if found is None:
        raise RowRefused(Fault("count", text, "not_a_number"))
    number = int(found["whole"].replace(",", ""))
    if found["sign"] or (found["part"] or "").strip("0") or number > LARGEST_COUNT:
        raise RowRefused(Fault("count", text, "not_a_count"))
    return number


def read_choice(column: str, text: str, choices: dict[str, str], default: str | None) -> str:
    """One of a few words; `default` where the cell is empty, and no empty cell where that is None."""
    if not text:
        if default is None:
            raise RowRefused(Fault(column, text, "missing"))
        return default
    if text.lower() not in choices:
        raise RowRefused(
            Fault(column, text, "unknown_word", {"words": "、".join(list(choices)[:4])})
        )
    return choices[text.lower()]


@dataclass(slots=True)
class Person:
    """What a case line says of its patient."""

    name: str
    guardian: str
    identity: str
    born_on: date | None
    phone: str
    address: str
    occupation: str
    institution: int | None
    workplace: str
    school_class: str


@dataclass(slots=True)
class CaseLine:
    """One accepted case line."""

    row: int
    key: str
    disease: str
    area: str
    organisation: int | None
    status: str
    sex: str
    age: int | None
    onset_on: date
    diagnosed_on: date | None
    person: Person | None = None


def read_case(
    row: int, cells: dict[str, str], directory: Directory
) -> tuple[CaseLine, list[Fault]]:
    """A case line, and what was corrected in it.

    Raises:
        RowRefused: At the first cell that cannot be accepted.
    """
    key = cells.get("key", "")
    if not key:
        raise RowRefused(Fault("key", key, "missing"))
    if len(key) > 80:
        raise RowRefused(Fault("key", key[:80], "too_long"))
    area, corrected = read_area(cells.get("area", ""), directory)
    onset = read_day("onset_on", cells.get("onset_on", ""), directory.today)
    diagnosed = None
    if cells.get("diagnosed_on"):
        diagnosed = read_day("diagnosed_on", cells["diagnosed_on"], directory.today)
        if diagnosed < onset:
            raise RowRefused(
                Fault(
                    "diagnosed_on",
                    cells["diagnosed_on"],
                    "before_onset",
                    {"onset": onset.isoformat()},
                )
            )
    line = CaseLine(
        row=row,
        key=key,
        disease=directory.disease_on(read_disease(cells.get("disease", ""), directory), onset),
        area=area,
        organisation=_organisation(cells.get("organisation", ""), directory),
        status=read_choice("status", cells.get("status", ""), STATUSES, None),
        sex=read_choice("sex", cells.get("sex", ""), SEXES, ""),
        age=read_age(cells.get("age", "")),
        onset_on=onset,
        diagnosed_on=diagnosed,
    )
    return line, [corrected] if corrected else []


def _organisation(text: str, directory: Directory) -> int | None:
    if not text:
        return None
    if text not in directory.organisations:
        raise RowRefused(Fault("organisation", text, "unknown_organisation"))
    return directory.organisations[text]


@dataclass(slots=True)
class CountLine:
    """One accepted count; the period is found from the dates when the file does not say it."""

    row: int
    disease: str
    area: str
    starts_on: date
    count: int
    period: str


PERIODS = {"日": "day", "天": "day", "周": "week", "月": "month"}
PERIODS |= {"day": "day", "week": "week", "month": "month"}


def read_count_line(
    row: int, cells: dict[str, str], directory: Directory
) -> tuple[CountLine, list[Fault]]:
    """A count line, and what was corrected in it.

    Raises:
        RowRefused: At the first cell that cannot be accepted.
    """
    area, corrected = read_area(cells.get("area", ""), directory)
    disease = read_disease(cells.get("disease", ""), directory)
    day = read_day("date", cells.get("date", ""), directory.today)
    line = CountLine(
        row=row,
        disease=directory.disease_on(disease, day),
        area=area,
        starts_on=day,
        count=read_count(cells.get("count", "")),
        period=read_choice("period", cells.get("period", ""), PERIODS, ""),
    )
    return line, [corrected] if corrected else []


def period_of(days: Iterable[date], known: str = "") -> str:
    """Day, week or month, from how the dates of one series follow each other.

    Dates that all begin a month are months; dates a whole number of weeks apart are weeks. One
    date alone tells nothing, nor do few: what the series counted before is kept to where the
    dates allow it.

    Args:
        days: The dates of the series in the file.
        known: The period of what is already known of the series, if it has one.
    """
    ordered = sorted(set(days))
    steps = [(b - a).days for a, b in zip(ordered, ordered[1:], strict=False)]
    possible = ["day"]
    if all(step % 7 == 0 for step in steps):
        possible.insert(0, "week")
    if all(day.day == 1 for day in ordered):
        possible.insert(0, "month")
    if known in possible:
        return known
    return possible[0] if steps else "day"


def begin_of(period: str, day: date, today: date) -> date:
    """The day on which a period begins: a month on its first, a week on its nearest Monday.

    The nearest, because a week that began on a Sunday shares six days with the one after it.
    """
    if period == "month":
        return day.replace(day=1)
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        after = monday + timedelta(days=7)
        return after if after - day < day - monday and after <= today else monday
    return day
