"""The ways of warning of `python -m bench.warn`: each rival alone, and the fusion of signs."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from bench.city import CITY, COUNTIES, TOWNSHIPS, townships
from bench.warn_year import DAYS, DISEASES, FIRST, JUDGED, SCHOOLS, Warned, Year, episodes

School = tuple[str, int, int]


class Judge:
    """Every method's judgement of the year, and the signs of each day."""

    def __init__(self, year: Year, settings: Any) -> None:
        self.year, self.settings = year, settings
        self.codes = townships()
        self.counties = sorted({code[:6] for code in self.codes})
        self.dates = np.datetime64(FIRST) + np.arange(DAYS)
        self.rows = slice(DAYS - JUDGED, DAYS)
        self.series = {name: self._series(name) for name in DISEASES}

    def _series(self, name: str) -> Any:
        from pingji.monitor.surveillance.queries import Series, SeriesKey

        counts = self.year.counts[name]
        by_county = counts.reshape(DAYS, COUNTIES, TOWNSHIPS).sum(axis=2)
        channel = DISEASES[name][0]
        keys = [SeriesKey(name, channel, code, "day") for code in self.counties + self.codes]
        return Series(keys, self.dates, np.concatenate([by_county, counts], axis=1), "day")

    def detected(self) -> dict[str, dict[str, Any]]:
        """By disease, what each method of a run made of the judged year."""
        from pingji.warn.alerts.queries.detection import detect

        return {
            name: detect(series, self.settings, judge=self.rows)
            for name, series in self.series.items()
        }

    def alone(self, found: dict[str, dict[str, Any]], window: int) -> dict[str, list[Warned]]:
        """The moving percentile and the flexible Farrington method, each by itself."""
        warned: dict[str, list[Warned]] = {}
        for name, series in self.series.items():
            alarm = found[name]["moving_percentile"].alarm[self.rows]
            areas = [key.area for key in series.keys]
            for where, part in (
                ("county", slice(0, COUNTIES)),
                ("township", slice(COUNTIES, None)),
            ):
                warned.setdefault(f"moving percentile, {where}", []).extend(
                    episodes(alarm[:, part], areas[part], name, window)
                )
                warned.setdefault(f"farrington flexible, {where}", []).extend(
                    episodes(self._farrington(series.counts[:, part]), areas[part], name, window)
                )
        return warned

    def _farrington(self, counts: np.ndarray) -> np.ndarray:
        """Weekly alarms, told on the last day of each week."""
        from pingji.analysis.detect import farrington_flexible

        weeks = counts.reshape(DAYS // 7, 7, -1).sum(axis=1)
        judged = farrington_flexible(
            weeks,
            dates=self.dates[::7],
            b=4,
            periods=10,
            threshold="nb_plugin",
            alpha=0.01,
            judge=slice((DAYS - JUDGED) // 7, DAYS // 7),
        )
        days = np.zeros((JUDGED, counts.shape[1]), bool)
        days[6::7] = judged.alarm[(DAYS - JUDGED) // 7 :]
        return days


class Fusing:
    """The fusion of a year's signs, day after day, by the program's own joining and weighing."""

    def __init__(self, judge: Judge, found: dict[str, dict[str, Any]]) -> None:
        from pingji.warn.alerts import queries
        from pingji.warn.alerts.queries.detection import _together, by_chance

        self.judge, self.settings = judge, judge.settings
        self.queries = queries
        self.kinship = queries.Kinship(self.settings)
        self.nearness = queries.Nearness(CITY, self.settings.number("fusion.neighbour_km"))
        self.window = timedelta(days=self.settings.number("fusion.window"))
        self.found = found
        self.enough, self.chance = {}, {}
        for name, series in judge.series.items():
            self.enough[name] = _together(series.counts, series.period, found[name], self.settings)
            self.chance[name] = by_chance(series.counts, found[name], self.settings)
        self.waiting: dict[str, dict[str, Any]] = {code: {} for code in judge.counties}
        self.open: dict[str, list[tuple[Any, Warned]]] = {code: [] for code in judge.counties}
        self.mark = self.settings.number("fusion.raise_at")
        self.signs: dict[int, list[Any]] = {}
        self.schools: dict[int, list[School]] = {}
        self.at_school: dict[School, Counter[date]] = defaultdict(Counter)
        self.in_county: dict[tuple[str, str], Counter[date]] = defaultdict(Counter)
        self.crowds: dict[tuple[School, date], Any] = {}
        for key, days in judge.year.at_school.items():
            for day, number in days.items():
                on = FIRST + timedelta(days=day)
                self.at_school[key][on] = number
                self.in_county[key[0], judge.codes[key[1]][:6]][on] += number
                for after in range(self.settings.judged_days):
                    self.schools.setdefault(day + after, []).append(key)

    def year(self, mark: float | None = None) -> list[Warned]:
        """Every alert of the year that reaches a score; the plan's, where none is given."""
        self.mark = mark or self.settings.number("fusion.raise_at")
        self.waiting = {code: {} for code in self.judge.counties}
        self.open = {code: [] for code in self.judge.counties}
        warned: list[Warned] = []
        for day in range(DAYS - JUDGED, DAYS):
            if day not in self.signs:
                self.signs[day] = [*self._series_signs(day), *self._cluster_signs(day)]
            by_county: dict[str, list[Any]] = {}
            for sign in self.signs[day]:
                by_county.setdefault(sign.area_id[:6], []).append(sign)
            for county, signs in by_county.items():
                self._one_day(county, day, signs, warned)
        return warned

    def _series_signs(self, day: int) -> Any:
        from pingji.warn.alerts.models import Sign
        from pingji.warn.alerts.queries.detection import _growth
        from pingji.warn.alerts.queries.signs.found import strength_of

        since = max(DAYS - JUDGED, day - self.settings.judged_days + 1)
        for name, series in self.judge.series.items():
            enough = self.enough[name][since : day + 1]
            for column in np.flatnonzero(enough.any(axis=0)):
                rows = since + np.flatnonzero(enough[:, column])
                key = series.keys[column]
                chance = float(self.chance[name][rows, column].min())
                alarmed = [m for m, one in self.found[name].items() if one.alarm[rows[-1], column]]
                growth = _growth(series.counts[: day + 1, column], 1)
                yield Sign(
                    key=f"series {name} {key.area}",
                    kind="series",
                    area_id=key.area,
                    disease_id=name,
                    channel=key.channel,
                    starts_on=FIRST + timedelta(days=int(rows[0])),
                    ends_on=FIRST + timedelta(days=int(rows[-1])),
                    observed=int(series.counts[rows[-1], column]),
                    strength=strength_of(chance, self.settings),
                    settings={"alarmed": alarmed, "growth": growth},
                )

    def _cluster_signs(self, day: int) -> Any:
        from pingji.warn.alerts.models import Sign
        from pingji.warn.alerts.queries.signs import look_at
        from pingji.warn.alerts.queries.signs.cases import _both

        today = FIRST + timedelta(days=day)
        at = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
        looks = {county: look_at(county, at, self.settings) for county in self.judge.counties}
        for key in sorted(set(self.schools.get(day, ()))):
            area = self.judge.codes[key[1]]
            reached = self._reached(looks[area[:6]], key, area)
            crowded = self._crowded(key, area, day)
            best = _both(reached, crowded) if crowded is not None else reached
            if best is not None:
                values = {
                    column: getattr(best, column)
                    for column in (
                        "key", "kind", "channel", "starts_on", "ends_on", "observed",
                        "strength", "layer", "vulnerable", "settings",
                    )
                }  # fmt: skip
                yield Sign(area_id=area, disease_id=key[0], **values)

    def _reached(self, look: Any, key: School, area: str) -> Any:
        """The gravest threshold of the catalogue that a school reaches, if any."""
        from pingji.warn.alerts.queries.signs.cases import LAYERS, _reached, _Where

        rows = [
            row
            for row in look.catalogue.thresholds(key[0], area, look.today)
            if row.place == "institution"
        ]
        if not rows:
            return None
        days = {on: (n, 0) for on, n in self.at_school[key].items() if on <= look.today}
        where = _Where("institution", area, f"{key[1]} {key[2]}", vulnerable=True)
        reached = [found for row in rows if (found := _reached(look, row, where, days))]
        return max(reached, key=lambda found: LAYERS.index(found.layer), default=None)

    def _crowded(self, key: School, area: str, day: int) -> Any:
        """A school with more cases than chance brings, at its most unusual of the latest days."""
        from pingji.ground.directory.models import Organisation
        from pingji.warn.alerts.queries.signs.places import Kind, crowd, sign_of

        name, town, school = key
        kind = Kind(self.in_county[name, area[:6]], TOWNSHIPS * SCHOOLS, SCHOOLS)
        found = []
        for back in range(self.settings.judged_days):
            last = FIRST + timedelta(days=day - back)
            if not self.at_school[key][last]:
                continue
            if (key, last) not in self.crowds:
                self.crowds[key, last] = crowd(
                    self.at_school[key], kind, last=last, settings=self.settings
                )
            found.append(self.crowds[key, last])
        rare = self.settings.number("detection.institution.alpha")
        unusual = [one for one in found if one is not None and one.chance <= rare]
        if not unusual:
            return None
        place = Organisation(kind=Organisation.Kind.SCHOOL, area_id=area, name=f"{town} {school}")
        best = min(unusual, key=lambda one: one.chance)
        return sign_of(best, name, area, f"{town} {school}", self.settings, place)

    def _one_day(self, county: str, day: int, signs: list[Any], warned: list[Warned]) -> None:
        today = FIRST + timedelta(days=day)
        waiting = self.waiting[county]
        for key in [key for key, sign in waiting.items() if sign.ends_on < today - self.window]:
            del waiting[key]
        fresh = {sign.key for sign in signs if sign.ends_on == today}
        waiting |= {sign.key: sign for sign in signs}
        groups = self.queries.join(
            list(waiting.values()),
            near=self.nearness.near,
            kinship=self.kinship,
            window=self.window,
        )
        for group in groups:
            news = any(sign.key in fresh for sign in group.signs)
            home = self._home(county, group)
            if home is None:
                weighed = self.queries.weigh(group.signs, self.settings)
                if weighed.score < self.mark or not news:
                    continue
                home = Warned(group.area, group.main.disease_id, [])
                warned.append(home)
                self.open[county].append((group, home))
            else:
                at = next(n for n, (_g, one) in enumerate(self.open[county]) if one is home)
                self.open[county][at] = (group, home)
            if news:
                home.days.append(day)
            for area in {sign.area_id for sign in group.signs if sign.key in fresh}:
                home.told.setdefault(area, []).append(day)
            for sign in group.signs:
                waiting.pop(sign.key, None)

    def _home(self, county: str, group: Any) -> Warned | None:
        from pingji.warn.alerts.queries.fusion import within

        for before, one in reversed(self.open[county]):
            if (
                self.nearness.near(one.area, group.main.area_id)
                and self.kinship.kin(one.disease, group.main.disease_id)
                and within(group, before, self.window)
            ):
                return one
        return None
