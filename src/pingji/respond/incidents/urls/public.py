"""What anybody may read, under an address of its own."""

from django.urls import path

from pingji.respond.incidents.views import public

app_name = "public"
urlpatterns = [
    path("", public.told_list, name="list"),
    path("<int:released_id>/", public.told_one, name="one"),
]
