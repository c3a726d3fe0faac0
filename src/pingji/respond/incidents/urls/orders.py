from django.urls import path

from pingji.respond.incidents import views

urlpatterns = [
    path("orders/", views.orders, name="orders"),
    path("orders/acknowledge/", views.acknowledge_chosen, name="acknowledge_chosen"),
    path("orders/verify/", views.verify_chosen, name="verify_chosen"),
    path("orders/<int:order_id>/", views.order, name="order"),
    path("orders/<int:order_id>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("orders/<int:order_id>/report/", views.report, name="report"),
    path("orders/<int:order_id>/finish/", views.finish, name="finish"),
    path("orders/<int:order_id>/verify/", views.verify, name="verify"),
    path("orders/<int:order_id>/send-back/", views.send_back, name="send_back"),
    path("orders/<int:order_id>/withdraw/", views.withdraw, name="withdraw"),
    path("orders/files/<int:order_file_id>/", views.order_file, name="order_file"),
]
