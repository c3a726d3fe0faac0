from django.urls import path

from pingji.integrations.cap import views

app_name = "cap"
urlpatterns = [
    path("<int:subscriber_id>/feed.xml", views.feed, name="feed"),
    path("<int:subscriber_id>/<str:identifier>.xml", views.message, name="message"),
]
