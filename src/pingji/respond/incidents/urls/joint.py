from django.urls import path

from pingji.respond.incidents import views
from pingji.respond.incidents.views import proofs

urlpatterns = [
    path("circulars/", views.circulars, name="circulars"),
    path("circulars/<int:circular_id>/", views.circular, name="circular"),
    path("receipts/<int:receiver_id>/", views.receive_circular, name="receive_circular"),
    path("receipts/<int:receiver_id>/reply/", views.reply_to_circular, name="reply_to_circular"),
    path("receipts/<int:receiver_id>/proof/", proofs.prove_circular, name="prove_circular"),
    path(
        "receipts/<int:receiver_id>/letter/<slug:language>.<slug:form>",
        proofs.letter,
        name="circular_letter",
    ),
    path("proofs/<int:proof_id>/", proofs.proof_file, name="proof_file"),
    path(
        "orders/<int:requisition_order_id>/requisition/<slug:language>.<slug:form>",
        proofs.requisition_paper,
        name="requisition_paper",
    ),
    path("shared/", views.shared, name="shared"),
    path("shared/<int:resource_id>/", views.edit_shared, name="edit_shared"),
    path("shared/<int:resource_id>/withdraw/", views.withdraw_shared, name="withdraw_shared"),
    path("orders/<int:order_id>/release/", views.release, name="release"),
    path("orders/<int:order_id>/inspected/", views.inspected, name="inspected"),
    path("<int:incident_id>/joint/", views.joint, name="joint"),
    path("<int:incident_id>/joint/circular/", views.issue_circular, name="issue_circular"),
    path("<int:incident_id>/joint/requisition/", views.requisition, name="requisition"),
    path("<int:incident_id>/joint/draw/", views.draw_inspection, name="draw_inspection"),
    path("<int:incident_id>/joint/inspection/", views.order_inspection, name="order_inspection"),
]
