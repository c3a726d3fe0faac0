"""Series that one method judges with the same options, put together."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pingji.monitor.surveillance.queries import Series
from pingji.warn.alerts.queries.settings import Settings

Group = tuple[Mapping[str, Any], list[int]]


def by_options(
    method: str, series: Series, settings: Settings, columns: Iterable[int] | None = None
) -> list[Group]:
    """Of a method asked of every series its options, each with the columns they hold for.

    The options of most series come first.
    """
    return _groups(series, settings, columns, lambda kind: settings.of(method, *kind))


def named_for(method: str, series: Series, settings: Settings) -> list[Group]:
    """Of a method that the catalogue names its options, with the columns it is named for."""
    return _groups(series, settings, None, lambda kind: settings.set_here(method, *kind))


def _groups(
    series: Series,
    settings: Settings,
    columns: Iterable[int] | None,
    options_of: Callable[[tuple[str, str, str]], Mapping[str, Any] | None],
) -> list[Group]:
    kinds: dict[tuple[str, str, str], list[int]] = {}
    finer = settings.finer
    for column in range(len(series.keys)) if columns is None else columns:
        key = series.keys[column]
        part = key.area if (key.disease, key.channel) in finer else ""
        kinds.setdefault((key.disease, key.channel, part), []).append(column)
    groups: dict[str, Group] = {}
    for kind, held in kinds.items():
        options = options_of(kind)
        if options is not None:
            groups.setdefault(repr(sorted(options.items())), (options, []))[1].extend(held)
    return sorted(groups.values(), key=lambda group: -len(group[1]))
