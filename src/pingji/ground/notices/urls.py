from django.urls import path

from pingji.ground.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("bell/", views.bell, name="bell"),
    path("settings/", views.settings, name="settings"),
    path("sent/", views.sent, name="sent"),
    path("sent.csv", views.sent_csv, name="sent_csv"),
    path("troubled/", views.troubled, name="troubled"),
    path("systems/", views.subscribers, name="subscribers"),
    path("systems/<int:subscriber_id>/revoke/", views.revoke_subscriber, name="revoke_subscriber"),
    path("acknowledge/", views.acknowledge_shown, name="acknowledge_shown"),
    path("deliveries/<int:delivery_id>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("deliveries/<int:delivery_id>/retry/", views.retry, name="retry"),
    path("messages/<int:bulletin_id>.xml", views.bulletin, name="bulletin"),
    path("<int:notice_id>/", views.notice, name="notice"),
]
