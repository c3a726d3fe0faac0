"""Read a scenario file, and say every fault in it with its line, in both languages."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pingji.evaluate.exercises.rules.scenario.parts import (
    INJECTS,
    Absent,
    ConductChange,
    Infect,
    Message,
    Outage,
    Scenario,
    ScenarioFile,
    Seeding,
)
from pingji.ground.directory.queries import people_of
from pingji.ground.standards.queries.files import Problem, line_of, path_of, problem_of

FOLDER = Path(__file__).parents[2] / "data" / "scenarios"


class ScenarioProblem(Exception):
    """A scenario that cannot be played, with every fault found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(problem.told("en") for problem in problems))
        self.problems = problems

    def told(self, language: str) -> str:
        """Every fault, a line each."""
        return "\n".join(problem.told(language) for problem in self.problems)


def shipped_scenarios() -> dict[str, Path]:
    """The scenarios that ship with the program, and where each lies."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


def load_scenario(path: Path | str, *, changes: Mapping[str, Any] | None = None) -> Scenario:
    """Read and check a scenario.

    Args:
        path: A TOML file in UTF-8.
        changes: What is set otherwise than in its table [scenario]; the rest must go with it.

    Returns:
        The scenario.

    Raises:
        ScenarioProblem: With one entry (file, line, key, reason) for each fault found.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioProblem([Problem(path.name, None, "", *_unread(error))]) from None
    except UnicodeDecodeError:
        problem = Problem(path.name, None, "", "文件不是 UTF-8 编码", "is not written in UTF-8")
        raise ScenarioProblem([problem]) from None
    return parse_scenario(text, name=path.name, changes=changes)


def _unread(error: OSError) -> tuple[str, str]:
    """Why a file cannot be read, in both languages; what ships where there is no such file."""
    if isinstance(error, FileNotFoundError):
        ship = shipped_scenarios()
        return (
            f"没有这个文件；自带想定有：{'、'.join(ship)}",
            f"there is no such file; the scenarios that ship are {', '.join(ship)}",
        )
    if isinstance(error, IsADirectoryError):
        return "这是一个目录，不是想定文件", "is a folder, not a scenario's file"
    why = error.strerror or str(error)
    return f"读不出文件：{why}", f"cannot be read: {why}"


def parse_scenario(text: str, *, name: str, changes: Mapping[str, Any] | None = None) -> Scenario:
    """Check the text of a scenario; `name` is what the problems call the file."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else None
        problem = Problem(
            name, line, "", f"不是合格的 TOML：{error}", f"is not valid TOML: {error}"
        )
        raise ScenarioProblem([problem]) from None
    try:
        file = ScenarioFile.model_validate(data)
    except ValidationError as error:
        raise ScenarioProblem(
            [_problem(dict(fault), data, text, name) for fault in error.errors()]
        ) from None
    scenario = _scenario(file).model_copy(update=dict(changes or {}))
    problems = list(Contradictions(file, scenario, text, name))
    if problems:
        raise ScenarioProblem(sorted(problems, key=lambda one: one.line or 0))
    return scenario


def _scenario(file: ScenarioFile) -> Scenario:
    changes = {
        one.kind: ConductChange(median_minutes=one.median_minutes, spread=one.spread)
        for one in file.conduct
    }
    return Scenario(
        **file.scenario.model_dump(), seeding=file.seeding, injects=file.inject, conduct=changes
    )


def _problem(fault: dict[str, Any], data: dict[str, Any], text: str, name: str) -> Problem:
    """A fault of pydantic's; it names the kind of an inject between its number and its key."""
    loc = fault["loc"]
    if len(loc) > 2 and loc[0] == "inject" and loc[2] in INJECTS:
        loc = (*loc[:2], *loc[3:])
    if fault["type"] == "union_tag_invalid":
        loc = (*loc, "kind")
    made = problem_of(fault | {"loc": loc}, data, text, name)
    return Problem(made.file, made.line, path_of(loc, data), made.zh, made.en)


@dataclass(frozen=True)
class Contradictions:
    """Faults that show only when the parts of a scenario are held against each other."""

    file: ScenarioFile
    scenario: Scenario
    text: str
    name: str

    def __iter__(self) -> Iterator[Problem]:
        yield from self.after_the_end()
        yield from self.other_counties()
        yield from self.more_than_there_are()
        yield from self.absences()
        yield from self.senders_absent()
        yield from self.outages()
        yield from self.said_twice()

    def problem(self, section: str, index: int | None, field: str, zh: str, en: str) -> Problem:
        """A fault at a key of the file."""
        where = f"{section}.{field}" if index is None else f"{section}[{index + 1}].{field}"
        return Problem(self.name, line_of(self.text, section, index, field), where, zh, en)

    def after_the_end(self) -> Iterator[Problem]:
        """Who is infected, and what happens, after the exercise is over or before it begins."""
        days = self.scenario.days
        for section in ("seeding", "inject"):
            for index, one in enumerate(getattr(self.file, section)):
                if one.day >= days:
                    yield self.problem(
                        section, index, "day",
                        f"第 {one.day} 天已在演练结束之后（共 {days} 天，从第 0 天起）",
                        f"day {one.day} lies after the end ({days} days, from day 0)",
                    )  # fmt: skip
        for index, inject in enumerate(self.file.inject):
            if self.scenario.moment(inject) < self.scenario.starts_at:
                yield self.problem(
                    "inject", index, "time",
                    "在演练开始之前", "lies before the exercise begins",
                )  # fmt: skip

    def other_counties(self) -> Iterator[Problem]:
        """Townships of another county than the one played."""
        county = self.scenario.county
        for section in ("seeding", "inject"):
            for index, one in enumerate(getattr(self.file, section)):
                key = "townships" if isinstance(one, Outage) else "township"
                named = getattr(one, key, [])
                for code in [named] if isinstance(named, str) else named:
                    if not code.startswith(county):
                        yield self.problem(
                            section, index, key,
                            f"“{code}”不在本县（{county}）",
                            f"“{code}” does not lie in the county ({county})",
                        )  # fmt: skip

    def more_than_there_are(self) -> Iterator[Problem]:
        """More people infected from outside than live in the county, or nobody says how many do."""
        counted, infected = people_of(self.scenario.county), 0
        people = self.scenario.people or (counted.people if counted is not None else None)
        if people is None:
            yield self.problem(
                "scenario", None, "people",
                "本县没有人口普查数，请写明居民数（people）",
                "no census figure of this county is known: say how many people live there",
            )  # fmt: skip
            return
        brought: list[tuple[str, int, Seeding | Infect]] = [
            ("seeding", index, one) for index, one in enumerate(self.file.seeding)
        ]
        brought += [
            ("inject", index, one)
            for index, one in enumerate(self.file.inject)
            if isinstance(one, Infect)
        ]
        for section, index, one in brought:
            infected += one.people
            if infected > people:
                yield self.problem(
                    section, index, "people",
                    f"感染人数超过全县人数（{people}）",
                    f"infects more people than live in the county ({people})",
                )  # fmt: skip
                return

    def absences(self) -> Iterator[Problem]:
        """Roles that people play, or that are away already, made absent."""
        seen: list[Absent] = []
        for index, one in enumerate(self.file.inject):
            if not isinstance(one, Absent):
                continue
            if one.role in self.scenario.people_play:
                yield self.problem(
                    "inject", index, "role",
                    f"角色“{one.role}”由人扮演（people_play），不能设为缺席",
                    f"the role “{one.role}” is played by people (people_play) and cannot be absent",
                )  # fmt: skip
            if any(other.role == one.role and self.overlap(other, one) for other in seen):
                yield self.problem(
                    "inject", index, "role",
                    f"角色“{one.role}”此时已经缺席",
                    f"the role “{one.role}” is absent at that time already",
                )  # fmt: skip
            seen.append(one)

    def senders_absent(self) -> Iterator[Problem]:
        """Messages from somebody who is away."""
        for index, one in enumerate(self.file.inject):
            if not isinstance(one, Message) or one.sender is None:
                continue
            if one.sender in self.scenario.absent(self.scenario.moment(one)):
                yield self.problem(
                    "inject", index, "sender",
                    f"角色“{one.sender}”此时缺席，不能发出消息",
                    f"the role “{one.sender}” is absent then and cannot send a message",
                )  # fmt: skip

    def outages(self) -> Iterator[Problem]:
        """Outages of a place that has one already."""
        seen: list[Outage] = []
        for index, one in enumerate(self.file.inject):
            if not isinstance(one, Outage):
                continue
            for other in seen:
                both = set(one.townships) & set(other.townships)
                same = both or not one.townships or not other.townships
                if same and self.overlap(other, one):
                    yield self.problem(
                        "inject", index, "hours",
                        "与前面的报告中断时间重叠", "overlaps with an outage given above",
                    )  # fmt: skip
                    break
            seen.append(one)

    def overlap(self, one: Absent | Outage, other: Absent | Outage) -> bool:
        """Whether two spells share a moment."""
        tell = self.scenario
        return tell.moment(one) < tell.until(other) and tell.moment(other) < tell.until(one)

    def said_twice(self) -> Iterator[Problem]:
        """What is given above already."""
        for section, key in (("conduct", "kind"), ("inject", "time")):
            seen: set[str] = set()
            for index, one in enumerate(getattr(self.file, section)):
                said = one.kind if section == "conduct" else repr(one)
                if said in seen:
                    yield self.problem(
                        section, index, key, "已在前面写过", "is already given above"
                    )
                seen.add(said)
