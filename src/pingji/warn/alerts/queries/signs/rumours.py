"""Signs from what the public writes: spikes of posts, and rumours that were found true."""

from pingji.ground import Refused
from pingji.monitor.opinion.models import Rumour
from pingji.monitor.opinion.queries.settings import Settings, settings_for
from pingji.monitor.opinion.queries.spikes import Spike, spikes
from pingji.monitor.surveillance.models import Channel, ClusterThreshold
from pingji.warn.alerts.models import Sign
from pingji.warn.alerts.queries.signs.found import DAY, Found, Harvest, Look, strength_of

PLACES = {9: ClusterThreshold.Place.TOWNSHIP, 6: ClusterThreshold.Place.COUNTY}


def rumour_signs(look: Look) -> Harvest:
    """One sign for each place and illness of which more is written, or that was found true.

    What nobody has checked is a weak sign, however many write it. What was found false has no
    strength any more, and takes the place of the sign it was before.
    """
    try:
        settings = settings_for(look.area, on=look.today)
    except Refused:  # a plan of before public opinion was watched
        harvest = Harvest()
        harvest.reasons["NOT_SET"] += 1
        return harvest
    judged = spikes(
        look.area, since=look.since, today=look.today, as_of=look.as_of, settings=settings
    )
    found = [_sign(one, look, settings) for one in judged.spikes]
    alarms = sum(one.strength > 0 for one in found)
    return Harvest(found, series=judged.series, judged=judged.judged, alarms=alarms)


def _sign(spike: Spike, look: Look, settings: Settings) -> Found:
    return Found(
        key=f"rumour|{spike.topic}|{spike.area}",
        kind=Sign.Kind.RUMOUR,
        area=spike.area,
        disease=spike.topic,
        channel=Channel.DEPARTMENT,
        starts_on=spike.starts_on,
        ends_on=spike.ends_on,
        days=(spike.ends_on - spike.starts_on) // DAY + 1,
        observed=spike.texts,
        expected=spike.expected,
        upper_bound=spike.upper_bound,
        method="opinion_spike" if spike.p_value is not None else "opinion_check",
        strength=_strength(spike, look, settings),
        p_value=spike.p_value,
        place_kind=PLACES.get(len(spike.area), ""),
        settings={
            "verdict": spike.verdict,
            "rumours": list(spike.rumours),
            "baseline": settings.baseline,
            "alpha": settings.alpha,
            "min_sigma": settings.min_sigma,
            "texts": settings.texts,
            "unchecked": settings.unchecked,
            "partly": settings.partly,
            "true": settings.true,
        },
    )


def _strength(spike: Spike, look: Look, settings: Settings) -> float:
    if spike.verdict == Rumour.Verdict.TRUE:
        return settings.true
    if spike.verdict == Rumour.Verdict.PARTLY:
        return settings.partly
    if spike.verdict or spike.p_value is None:
        return 0.0
    return min(settings.unchecked, strength_of(spike.p_value, look.settings))
