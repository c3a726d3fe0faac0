from django.urls import path

from pingji.respond.incidents.views.responses import (
    change_response,
    end_response,
    response_notice,
    responses,
    start_response,
)

urlpatterns = [
    path("<int:incident_id>/responses/", responses, name="responses"),
    path("<int:incident_id>/responses/start/", start_response, name="start_response"),
    path("responses/<int:response_id>/change/", change_response, name="change_response"),
    path("responses/<int:response_id>/end/", end_response, name="end_response"),
    path("responses/notices/<int:change_id>.<str:form>", response_notice, name="response_notice"),
]
