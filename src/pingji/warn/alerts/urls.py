from django.urls import path

from pingji.warn.alerts import views
from pingji.warn.alerts.views import analyses, assessments

app_name = "alerts"
urlpatterns = [
    path("", views.waiting, name="list"),
    path("runs/", views.runs, name="runs"),
    path("runs/start/", views.start_run, name="start_run"),
    path("runs/look-back/", views.look_back, name="look_back"),
    path("runs/<int:run_id>/", views.run, name="run"),
    path("runs/<int:run_id>/repeat/", views.repeat_run, name="repeat_run"),
    path("<int:alert_id>/", views.detail, name="detail"),
    path("<int:alert_id>/decide/", views.decide, name="decide"),
    path("signs/", views.signs, name="signs"),
    path("tuning/", views.tuning, name="tuning"),
    path("tuning/try/", views.try_setting, name="try_setting"),
    path("tuning/apply/", views.apply_setting, name="apply_setting"),
    path("<int:alert_id>/investigate/", views.investigate, name="investigate"),
    path("<int:alert_id>/close/", views.close, name="close"),
    path("<int:alert_id>/give/", views.give, name="give"),
    path("<int:alert_id>/chart.json", views.chart, name="chart"),
    path("<int:alert_id>/map.json", views.alert_map, name="map"),
    path("<int:alert_id>/ages.json", views.ages, name="ages"),
    path("assessments/", assessments.assessments, name="assessments"),
    path("<int:alert_id>/assess/", assessments.open_assessment, name="open_assessment"),
    path("assessments/<int:assessment_id>/", assessments.assessment, name="assessment"),
    path(
        "assessments/<int:assessment_id>/experts/",
        assessments.choose_experts,
        name="choose_experts",
    ),
    path("assessments/<int:assessment_id>/ask/", assessments.ask_experts, name="ask_experts"),
    path("assessments/<int:assessment_id>/judge/", assessments.judge_alone, name="judge_alone"),
    path("assessments/<int:assessment_id>/compare/", assessments.compare, name="compare"),
    path("assessments/<int:assessment_id>/conclude/", assessments.conclude, name="conclude"),
    path("assessments/<int:assessment_id>/differ/", assessments.differ, name="differ"),
    path(
        "assessments/<int:assessment_id>/sign/",
        assessments.sign_assessment,
        name="sign_assessment",
    ),
    path(
        "assessments/<int:assessment_id>/withdraw/",
        assessments.withdraw_assessment,
        name="withdraw_assessment",
    ),
    path("analyses/", analyses.analyses, name="analyses"),
    path("analyses/ask/", analyses.ask_for_analysis, name="ask_for_analysis"),
    path("analyses/<int:analysis_id>/", analyses.analysis, name="analysis"),
    path("analyses/<int:analysis_id>/text/", analyses.write_text, name="write_text"),
    path("analyses/<int:analysis_id>/submit/", analyses.submit_analysis, name="submit_analysis"),
    path("analyses/<int:analysis_id>/return/", analyses.return_analysis, name="return_analysis"),
    path("analyses/<int:analysis_id>/sign/", analyses.sign_analysis, name="sign_analysis"),
    path("analyses/<int:analysis_id>/word/", analyses.analysis_word, name="analysis_word"),
    path("analyses/<int:analysis_id>/pdf/", analyses.analysis_pdf, name="analysis_pdf"),
]
