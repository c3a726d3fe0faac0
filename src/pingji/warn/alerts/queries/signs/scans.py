"""Signs from the space-time permutation scan over townships and over villages."""

from collections import defaultdict
from datetime import timedelta
from math import ceil, exp, pi, sqrt
from zlib import crc32

import numpy as np

from pingji.analysis.detect import ScanCluster, ScanResult, scan
from pingji.ground.directory.models import Area
from pingji.monitor.surveillance.models import Channel, ClusterThreshold
from pingji.monitor.surveillance.queries import tallies
from pingji.monitor.surveillance.queries.parts import counted_for_wholes
from pingji.warn.alerts.models import Sign
from pingji.warn.alerts.queries.signs.found import Found, Harvest, Look, strength_of

PLACES = {9: ClusterThreshold.Place.TOWNSHIP, 12: ClusterThreshold.Place.VILLAGE}
SCANNED = (Channel.CASE, Channel.SYNDROME)
EULER = 0.5772156649015329
FEWEST_AREAS = 2
# Figures of one disease: day and area with how many.
Figures = dict[tuple[int, str], int]


def scan_signs(look: Look) -> Harvest:
    """Where and when cases of a disease crowd more than place and time alone let expect."""
    harvest = Harvest()
    days = int(look.settings.number("detection.scan.days"))
    since = look.today - timedelta(days=days - 1)
    where = {
        code: (longitude, latitude)
        for code, longitude, latitude in Area.objects.under(look.area)
        .filter(longitude__isnull=False, latitude__isnull=False)
        .values_list("code", "longitude", "latitude")
    }
    for channel in SCANNED:
        asked = tallies.Asked(
            channel=channel, area=look.area, since=since, until=look.today, as_of=look.as_of
        )
        for level in PLACES:
            by_disease: dict[str, Figures] = defaultdict(dict)
            for disease, area, day, number in counted_for_wholes(
                tallies.figures(asked, level=level)
            ):
                by_disease[disease][(day - since).days, area] = number
            for disease in sorted(by_disease):
                harvest.series += 1
                _scan_one(look, harvest, disease, channel, level, by_disease[disease], where)
    return harvest


def _scan_one(
    look: Look,
    harvest: Harvest,
    disease: str,
    channel: str,
    level: int,
    figures: Figures,
    where: dict[str, tuple[float, float]],
) -> None:
    number = look.settings.number
    days, longest = int(number("detection.scan.days")), int(number("detection.scan.longest"))
    lately = sum(n for (day, _area), n in figures.items() if day >= days - longest)
    if lately < look.settings.minimum_cases:
        harvest.reasons["TOO_FEW_CASES"] += 1
        return
    # Areas without a case change nothing but the cost.
    areas = sorted({area for _day, area in figures})
    if not all(area in where for area in areas):
        harvest.reasons["NO_POSITION"] += 1
        areas = [area for area in areas if area in where]
    if len(areas) < FEWEST_AREAS:
        harvest.reasons["TOO_FEW_PLACES"] += 1
        return
    column = {area: at for at, area in enumerate(areas)}
    counts = np.zeros((days, len(areas)))
    for (day, area), n in figures.items():
        if area in column and n > 0:
            counts[day, column[area]] = n
    harvest.judged += 1
    result = _in_three_looks(look, f"{disease} {channel} {level}", counts, areas, where)
    if result is None:
        return
    for cluster in result.clusters:
        sign = _sign(look, cluster, result, disease, channel, level, areas)
        if sign is not None:
            harvest.found.append(sign)
            harvest.alarms += 1


def _in_three_looks(
    look: Look,
    name: str,
    counts: np.ndarray,
    areas: list[str],
    where: dict[str, tuple[float, float]],
) -> ScanResult | None:
    """Looks with few permutations; the full number only where those leave hope.

    Leaving off where chance does as well often enough is the sequential test of Besag and Clifford
    1991, Biometrika 78:301, doi:10.1093/biomet/78.2.301.
    """
    number = look.settings.number
    first, second = (number(f"detection.scan.{name}_look") for name in ("first", "second"))
    full = int(number("detection.scan.replicates"))
    coordinates = [where[area] for area in areas]
    # The scan draws at random: the seed belongs to the run and the series, so that it repeats.
    seed = crc32(f"{look.seed} {name}".encode())
    result = None
    for replicates, most in (
        (2 * ceil(1 / first) - 1, first),
        (5 * ceil(1 / second) - 1, second),
        (full, first),
    ):
        result = scan(
            counts,
            coordinates,
            seed=seed,
            replicates=replicates,
            max_length=int(number("detection.scan.longest")),
            distance="globe",
        )
        if not result.clusters or result.clusters[0].p_value > most:
            return None
    return result


def _sign(
    look: Look,
    cluster: ScanCluster,
    result: ScanResult,
    disease: str,
    channel: str,
    level: int,
    areas: list[str],
) -> Found | None:
    number = look.settings.number
    if cluster.p_value > number("detection.scan.alpha"):
        return None
    if cluster.observed < look.settings.minimum_cases:
        return None
    first = look.today - timedelta(days=int(number("detection.scan.days")) - 1)
    inside = [areas[at] for at in cluster.areas]
    chance = _tail(cluster, result)
    return Found(
        key=f"scan|{disease}|{channel}|{level}|{areas[cluster.centre]}",
        kind=Sign.Kind.SCAN,
        area=areas[cluster.centre],
        disease=disease,
        channel=channel,
        starts_on=first + timedelta(days=cluster.start),
        ends_on=first + timedelta(days=cluster.stop - 1),
        days=cluster.stop - cluster.start,
        observed=int(cluster.observed),
        expected=round(cluster.expected, 3),
        method="scan",
        strength=strength_of(chance, look.settings),
        p_value=chance,
        place_kind=PLACES[level],
        settings={
            "alpha": number("detection.scan.alpha"),
            "days": int(number("detection.scan.days")),
            "longest": int(number("detection.scan.longest")),
            "areas": inside,
            "radius_km": round(cluster.radius, 1),
            "log_ratio": round(cluster.log_ratio, 3),
            "monte_carlo_p": cluster.p_value,
            "replicates": len(result.null),
            "seed": crc32(f"{look.seed} {disease} {channel} {level}".encode()),
        },
    )


def _tail(cluster: ScanCluster, result: ScanResult) -> float:
    """How often chance gives as strong a cluster, beyond what the permutations can count.

    Strongest ratios follow Gumbel's distribution (Abrams et al. 2010, Int J Health Geogr 9:61,
    doi:10.1186/1476-072X-9-61); its two figures come from the permuted data sets.
    """
    spread = float(result.null.std()) * sqrt(6) / pi
    if spread <= 0:
        return cluster.p_value
    middle = float(result.null.mean()) - EULER * spread
    beyond = exp(-(cluster.log_ratio - middle) / spread)
    return min(cluster.p_value, -np.expm1(-beyond))
