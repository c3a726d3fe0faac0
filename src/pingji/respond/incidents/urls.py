from django.urls import path

from pingji.respond.incidents import views

app_name = "incidents"
urlpatterns = [
    path("", views.incidents, name="list"),
    path("open/", views.open_, name="open"),
    path("plans/", views.plans, name="plans"),
    path("orders/", views.orders, name="orders"),
    path("orders/acknowledge/", views.acknowledge_chosen, name="acknowledge_chosen"),
    path("orders/<int:order_id>/", views.order, name="order"),
    path("orders/<int:order_id>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("orders/<int:order_id>/finish/", views.finish, name="finish"),
    path("orders/<int:order_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:incident_id>/", views.detail, name="detail"),
    path("<int:incident_id>/assess/", views.assess, name="assess"),
    path("<int:incident_id>/grade/", views.grade, name="grade"),
    path("<int:incident_id>/activate/", views.activate, name="activate"),
    path("<int:incident_id>/issue/", views.issue, name="issue"),
    path("<int:incident_id>/reported/", views.reported, name="reported"),
    path("<int:incident_id>/close/", views.close, name="close"),
]
