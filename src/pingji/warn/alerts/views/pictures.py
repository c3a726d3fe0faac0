"""The pictures on an alert's page, as the chart and the map component take them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.monitor.surveillance import queries as surveillance
from pingji.monitor.surveillance.queries import Series, SeriesKey
from pingji.warn.alerts import queries, rules
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.queries import pictures
from pingji.warn.alerts.views.parts import alerts_of

PERIODS_SHOWN = {"day": 120, "week": 156, "month": 60}


def _asked(request: HttpRequest, alert_id: int) -> Alert:
    rules.check_can_view(request.user)
    return get_object_or_404(alerts_of(request), pk=alert_id)


@login_required
def chart(request: HttpRequest, alert_id: int) -> HttpResponse:
    """The alert's series with expectation, bound and alarms."""
    alert = _asked(request, alert_id)
    key = SeriesKey(alert.disease_id, alert.channel, alert.area_id, alert.period)
    now = timezone.now()
    dates, counts = surveillance.one_series(key=key, as_of=now)
    if not len(dates):
        return JsonResponse({"kind": "epicurve", "dates": [], "counts": []})
    settings = queries.settings_for(alert.area_id, on=now)
    series = Series([key], dates, counts[:, None], alert.period)
    drawn = queries.curve(series, settings, last=PERIODS_SHOWN[alert.period])
    return JsonResponse({"kind": "epicurve", "unit": _("cases"), "period": alert.period} | drawn)


@login_required
def alert_map(request: HttpRequest, alert_id: int) -> HttpResponse:
    """The townships around the alert, shaded by its figures."""
    return JsonResponse(pictures.alert_map(_asked(request, alert_id), request.user))


@login_required
def ages(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Who fell ill, by age and sex."""
    alert = _asked(request, alert_id)
    return JsonResponse(pictures.ages(alert, pictures.cases_of(alert, request.user)))
