from django.urls import path

from pingji.respond.incidents.views.handovers import accept, handover, handovers

urlpatterns = [
    path("handovers/", handovers, name="handovers"),
    path("handovers/<int:handover_id>/", handover, name="handover"),
    path("handovers/<int:handover_id>/accept/", accept, name="accept_duty"),
]
