from django.urls import path

from pingji.respond.incidents.views.activating import enter_phase, extend_plan
from pingji.respond.incidents.views.plan_writing import change_plan, new_plan
from pingji.respond.incidents.views.plans import (
    plan,
    plans,
    review_plan,
    withdraw_plan,
)

urlpatterns = [
    path("plans/", plans, name="plans"),
    path("plans/new/", new_plan, name="new_plan"),
    path("plans/<int:plan_id>/", plan, name="plan"),
    path("plans/<int:plan_id>/change/", change_plan, name="change_plan"),
    path("plans/<int:plan_id>/review/", review_plan, name="review_plan"),
    path("plans/<int:plan_id>/withdraw/", withdraw_plan, name="withdraw_plan"),
    path("<int:incident_id>/extend/", extend_plan, name="extend_plan"),
    path("<int:incident_id>/phase/", enter_phase, name="enter_phase"),
]
