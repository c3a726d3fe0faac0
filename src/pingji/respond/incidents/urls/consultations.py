from django.urls import path

from pingji.respond.incidents.views import consultations as views

ONE = "consultations/<int:consultation_id>/"
urlpatterns = [
    path("consultations/", views.my_consultations, name="my_consultations"),
    path("<int:incident_id>/consultations/", views.consultations, name="consultations"),
    path(
        "<int:incident_id>/consultations/call/", views.call_consultation, name="call_consultation"
    ),
    path(ONE, views.consultation, name="consultation"),
    path(f"{ONE}invite/", views.invite, name="invite_experts"),
    path(f"{ONE}gather/", views.gather, name="gather_material"),
    path(f"{ONE}opinion/", views.give_opinion, name="give_opinion"),
    path(f"{ONE}decline/", views.decline, name="decline_consultation"),
    path(f"{ONE}open/", views.open_opinions, name="open_opinions"),
    path(f"{ONE}decide/", views.decide_question, name="decide_question"),
    path(f"{ONE}follow-ups/", views.add_follow_up, name="add_follow_up"),
    path(f"{ONE}follow-ups/<int:number>/drop/", views.drop_follow_up, name="drop_follow_up"),
    path(f"{ONE}sign/", views.sign_minutes, name="sign_minutes"),
    path(f"{ONE}withdraw/", views.withdraw_consultation, name="withdraw_consultation"),
    path(f"{ONE}minutes/<slug:language>.<slug:form>", views.minutes, name="minutes"),
]
