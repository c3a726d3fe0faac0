from django.urls import path

from pingji.respond.incidents.views.plans import (
    change_plan,
    enter_phase,
    plan,
    plans,
    review_plan,
)

urlpatterns = [
    path("plans/", plans, name="plans"),
    path("plans/<int:plan_id>/", plan, name="plan"),
    path("plans/<int:plan_id>/change/", change_plan, name="change_plan"),
    path("plans/<int:plan_id>/review/", review_plan, name="review_plan"),
    path("<int:incident_id>/phase/", enter_phase, name="enter_phase"),
]
