from django.urls import path

from pingji.monitor.opinion import views

app_name = "opinion"
urlpatterns = [
    path("", views.rumours, name="rumours"),
    path("posts/", views.posts, name="posts"),
    path("received/", views.batches, name="batches"),
    path("received/<int:batch_id>/", views.batch, name="batch"),
    path("reading/", views.reading, name="reading"),
    path("<int:rumour_id>/", views.detail, name="rumour"),
    path("<int:rumour_id>/curve.json", views.curve, name="curve"),
    path("<int:rumour_id>/map.json", views.map_of, name="map"),
    path("<int:rumour_id>/take/", views.take, name="take"),
    path("<int:rumour_id>/check/", views.check, name="check"),
    path("<int:rumour_id>/draft/", views.draft_reply, name="draft_reply"),
    path("<int:rumour_id>/reply/", views.reply, name="reply"),
    path("<int:rumour_id>/close/", views.close, name="close"),
    path("<int:rumour_id>/hand-over/", views.hand_over, name="hand_over"),
]
