"""Signs from sentinels that have fallen silent."""

from datetime import timedelta

from pingji.monitor.surveillance.models import Sentinel
from pingji.monitor.surveillance.queries.silence import silent
from pingji.warn.alerts.models import Sign
from pingji.warn.alerts.queries.signs.found import Found, Harvest, Look


def silence_signs(look: Look) -> Harvest:
    """Sentinels silent for longer than the plan allows; no disease, and no strength of their own."""
    allowed = timedelta(days=look.settings.number("sentinel.silent_after"))
    sentinels = Sentinel.objects.filter(area__code__startswith=look.area, opened_on__lte=look.today)
    places = sentinels.select_related("type", "organisation").in_bulk()
    harvest = Harvest(series=len(places), judged=len(places))
    for one in silent(sentinels, at=look.as_of):
        if one.since + allowed > look.as_of:
            continue
        place = places[one.sentinel]
        harvest.found.append(
            Found(
                key=f"silence|{one.sentinel}",
                kind=Sign.Kind.SILENCE,
                area=place.area_id,
                disease=None,
                channel=place.type.channel,
                starts_on=one.first_missing,
                ends_on=look.today,
                days=(look.today - one.first_missing).days + 1,
                observed=0,
                expected=float(one.missed),
                method="silence",
                strength=0.0,
                place=place.name,
                settings={"silent_after_days": allowed.days, "missed": one.missed},
            )
        )
    harvest.found.sort(key=lambda sign: sign.key)
    harvest.alarms = len(harvest.found)
    return harvest
