from django.urls import path

from pingji.respond.incidents.views import bulletins, reports

REPORT = "reports/<int:report_id>/"
BULLETIN = "bulletins/<int:public_bulletin_id>/"
urlpatterns = [
    path("<int:incident_id>/reports/", reports.reports, name="reports"),
    path("<int:incident_id>/illness/", reports.name_illness, name="name_illness"),
    path("<int:incident_id>/reports/draft/", reports.draft_report, name="draft_report"),
    path(REPORT, reports.event_report, name="event_report"),
    path(f"{REPORT}write/", reports.write_report, name="write_report"),
    path(f"{REPORT}submit/", reports.submit_report, name="submit_report"),
    path(f"{REPORT}return/", reports.return_report, name="return_report"),
    path(f"{REPORT}approve/", reports.approve_report, name="approve_report"),
    path(f"{REPORT}send/", reports.send_report, name="send_report"),
    path(f"{REPORT}drop/", reports.drop_report, name="drop_report"),
    path(f"{REPORT}correct/", reports.correct_report, name="correct_report"),
    path(f"{REPORT}files/<slug:language>.<slug:form>", reports.report_file, name="report_file"),
    path("bulletins/", bulletins.bulletins, name="bulletins"),
    path("<int:incident_id>/bulletins/draft/", bulletins.draft_bulletin, name="draft_bulletin"),
    path(BULLETIN, bulletins.bulletin, name="bulletin"),
    path(f"{BULLETIN}write/", bulletins.write_bulletin, name="write_bulletin"),
    path(f"{BULLETIN}submit/", bulletins.submit_bulletin, name="submit_bulletin"),
    path(f"{BULLETIN}return/", bulletins.return_bulletin, name="return_bulletin"),
    path(f"{BULLETIN}release/", bulletins.release_bulletin, name="release_bulletin"),
    path(f"{BULLETIN}withdraw/", bulletins.withdraw_bulletin, name="withdraw_bulletin"),
    path(f"{BULLETIN}drop/", bulletins.drop_bulletin, name="drop_bulletin"),
    path(f"{BULLETIN}correct/", bulletins.correct_bulletin, name="correct_bulletin"),
]
