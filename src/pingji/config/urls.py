"""Addresses: each app's pages under its own word."""

from django.urls import include, path

from pingji.config.api import api
from pingji.config.live import events

urlpatterns = [
    path("", include("pingji.console.urls")),
    path("", include("pingji.ground.directory.urls")),
    path("standards/", include("pingji.ground.standards.urls")),
    path("record/", include("pingji.ground.record.urls")),
    path("notices/", include("pingji.ground.notices.urls")),
    path("surveillance/", include("pingji.monitor.surveillance.urls")),
    path("opinion/", include("pingji.monitor.opinion.urls")),
    path("alerts/", include("pingji.warn.alerts.urls")),
    path("public/", include("pingji.respond.incidents.urls.public")),
    path("incidents/", include("pingji.respond.incidents.urls")),
    path("scorecard/", include("pingji.evaluate.scorecard.urls")),
    path("exercises/", include("pingji.evaluate.exercises.urls")),
    path("api/", api.urls),
    path("cap/", include("pingji.integrations.cap.urls")),
    path("fhir", include("pingji.integrations.fhir.urls")),
    path("events", events, name="events"),
]
handler400 = "pingji.console.views.bad_request"
handler403 = "pingji.console.views.forbidden"
handler404 = "pingji.console.views.not_found"
handler500 = "pingji.config.middleware.failed"
