"""Posts as they are handed in: rows of a table or of JSON, checked one by one. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import urlsplit

LONGEST = {"source": 40, "key": 120, "author": 200, "url": 500, "text": 5_000}
NEEDED = ("source", "key", "text", "posted_at")
CLOCKS_DIFFER = timedelta(minutes=10)  # by which a sender's clock may run ahead of ours
# Headings of a table, as platforms and monitoring services name their columns.
HEADINGS = {
    "source": ("source", "platform", "平台", "来源", "网站", "媒体"),
    "key": ("key", "id", "编号", "number", "信息编号", "序号", "帖子编号"),
    "author": ("author", "user", "作者", "用户", "发布者", "昵称"),
    "url": ("url", "link", "链接", "address", "地址", "网址", "原文链接"),
    "text": ("text", "content", "正文", "内容", "文本", "帖子内容"),
    "posted_at": ("posted_at", "posted", "发布时间", "time", "时间", "发表时间", "发帖时间"),
}
FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d",
)


def named(field_: str) -> str:
    """A field as people and programs call it."""
    return f"{HEADINGS[field_][2]} ({field_})"


@dataclass(frozen=True)
class Fault:
    """Why one post was not kept.

    Attributes:
        line: Its line in the file, or its place in the message from 1; 0 for the whole.
        code: Reason, a key of `queries.faults.REASONS`.
        details: What the reason's sentence needs.
    """

    line: int
    code: str
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """One post that is sound."""

    line: int
    source: str
    key: str
    text: str
    posted_at: datetime
    author: str = ""
    url: str = ""


@dataclass
class Lines:
    """What a file or message holds: sound posts, and the faults of the others."""

    count: int = 0
    drafts: list[Draft] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    key: str = ""

    @classmethod
    def unreadable(cls, code: str, **details: str) -> "Lines":
        """A file or message of which nothing can be read."""
        return cls(faults=[Fault(0, code, details)])


def read_message(body: bytes, *, zone: tzinfo, at: datetime) -> Lines:
    """Posts of one JSON message: {"key": …, "posts": […]}."""
    try:
        said = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return Lines.unreadable("no_json")
    posts = said.get("posts") if isinstance(said, dict) else None
    if not isinstance(posts, list):
        return Lines.unreadable("no_posts")
    key = said.get("key")
    found = _checked(enumerate(posts, 1), zone=zone, at=at)
    found.key = key.strip() if isinstance(key, str) else ""
    return found


def read_lines(body: bytes, *, zone: tzinfo, at: datetime) -> Lines:
    """Posts of a JSON Lines file: one JSON object on each line."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Lines.unreadable("not_utf8")

    def rows() -> Iterator[tuple[int, object]]:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except (ValueError, RecursionError):
                    yield number, None

    return _checked(rows(), zone=zone, at=at)


def read_table(
    rows: Iterable[tuple[int, Sequence[object]]], *, zone: tzinfo, at: datetime
) -> Lines:
    """Posts of a table, its first row the headings."""
    rows = iter(rows)
    head = next(rows, None)
    columns = _columns(head[1] if head else ())
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        return Lines.unreadable("no_column", columns="、".join(named(n) for n in missing))

    def cells_by_name() -> Iterator[tuple[int, object]]:
        for number, cells in rows:
            if any(str(cell or "").strip() for cell in cells):
                yield (
                    number,
                    {
                        name: cells[place]
                        for name, place in columns.items()
                        if place < len(cells) and cells[place] is not None
                    },
                )

    return _checked(cells_by_name(), zone=zone, at=at)


def _columns(headings: Sequence[object]) -> dict[str, int]:
    names = [str(cell or "").strip().lower() for cell in headings]
    return {
        field_: names.index(known)
        for field_, words in HEADINGS.items()
        for known in words[:1] + tuple(w for w in words if w in names)[:1]
        if known in names
    }


def _checked(rows: Iterable[tuple[int, object]], *, zone: tzinfo, at: datetime) -> Lines:
    found = Lines()
    seen: dict[tuple[str, str], Draft] = {}
    for line, row in rows:
        found.count += 1
        draft = _draft(line, row, zone=zone, at=at)
        if isinstance(draft, Fault):
            found.faults.append(draft)
            continue
        before = seen.setdefault((draft.source, draft.key), draft)
        if before is not draft and before.text != draft.text:
            found.faults.append(Fault(line, "key_twice", {"line": str(before.line)}))
            continue
        found.drafts.append(draft)
    return found


def _draft(line: int, row: object, *, zone: tzinfo, at: datetime) -> Draft | Fault:
    if not isinstance(row, Mapping):
        return Fault(line, "no_object")
    values = {name: _text(row.get(name)) for name in LONGEST}
    given = row.get("posted_at")
    missing = [name for name in NEEDED if not (given if name == "posted_at" else values[name])]
    if missing:
        return Fault(line, "missing", {"field": "、".join(named(name) for name in missing)})
    for name, most in LONGEST.items():
        if len(values[name]) > most:
            return Fault(line, "too_long", {"field": named(name), "most": str(most)})
        if "\x00" in values[name]:
            return Fault(line, "bad_character", {"field": named(name)})
    posted = _moment(given, zone)
    if posted is None:
        return Fault(line, "no_time", {"given": str(given)[:40]})
    if posted > at + CLOCKS_DIFFER:
        return Fault(line, "ahead", {"given": str(given)[:40]})
    if values["url"] and not _is_address(values["url"]):
        return Fault(line, "no_address", {"given": values["url"][:80]})
    return Draft(line=line, posted_at=posted, **values)


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float) and value.is_integer():  # a number of a spreadsheet
        return str(int(value))
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _moment(given: object, zone: tzinfo) -> datetime | None:
    """The moment a cell names, in the county's time where it names no zone."""
    if isinstance(given, datetime):
        moment: datetime | None = given
    else:
        moment = _parsed(str(given).strip())
    if moment is None or not 2000 <= moment.year <= 9000:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in FORMATS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is added by the caller
        except ValueError:
            continue
    return None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
