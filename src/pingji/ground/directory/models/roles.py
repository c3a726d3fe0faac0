"""Roles and what each may do: a table in code, reviewed like code."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person is in the county's emergency system."""

    LEADER = "leader", _("County leader")
    DUTY_OFFICER = "duty_officer", _("Duty officer")
    EPIDEMIOLOGIST = "epidemiologist", _("CDC epidemiologist")
    HOSPITAL_REPORTER = "hospital_reporter", _("Hospital reporter")
    LABORATORY = "laboratory", _("Laboratory staff")
    TOWNSHIP_DOCTOR = "township_doctor", _("Township doctor")
    VILLAGE_DOCTOR = "village_doctor", _("Village doctor")
    GRID_WORKER = "grid_worker", _("Grid worker")
    DISPATCHER = "dispatcher", _("120 dispatcher")
    STORE_KEEPER = "store_keeper", _("Store keeper")
    DEPARTMENT_LIAISON = "department_liaison", _("Department liaison")
    SENTINEL_REPORTER = "sentinel_reporter", _("Sentinel reporter")
    PRESS_OFFICER = "press_officer", _("Press officer")
    INSPECTOR = "inspector", _("Inspector")
    ADMINISTRATOR = "administrator", _("System administrator")


class Permission(TextChoices):
    """One thing a person may do; `<subject>.<verb>`, kept in alphabetical order."""

    ALERT_DECIDE = "alert.decide"
    ALERT_VIEW = "alert.view"
    ANALYSIS_EDIT = "analysis.edit"
    ANALYSIS_SIGN = "analysis.sign"
    AREA_EDIT = "area.edit"
    ASSESSMENT_CHAIR = "assessment.chair"
    ASSESSMENT_JUDGE = "assessment.judge"
    CATALOGUE_EDIT = "catalogue.edit"
    CONSULTATION_CHAIR = "consultation.chair"
    DIRECTORY_VIEW = "directory.view"
    DUTY_EDIT = "duty.edit"
    EVENT_REPORT_REVIEW = "event_report.review"
    EVENT_REPORT_WRITE = "event_report.write"
    EXERCISE_DIRECT = "exercise.direct"
    EXPERT_EDIT = "expert.edit"
    INCIDENT_MANAGE = "incident.manage"
    INCIDENT_OPEN = "incident.open"
    INCIDENT_VIEW = "incident.view"
    NOTICE_EDIT = "notice.edit"
    OPINION_CHECK = "opinion.check"
    OPINION_IMPORT = "opinion.import"
    OPINION_REPLY = "opinion.reply"
    OPINION_VIEW = "opinion.view"
    ORDER_ISSUE = "order.issue"
    ORDER_PERFORM = "order.perform"
    ORDER_VIEW = "order.view"
    ORGANISATION_EDIT = "organisation.edit"
    PERSONAL_DATA_VIEW = "personal_data.view"
    PLAN_EDIT = "plan.edit"
    PUBLIC_BULLETIN_RELEASE = "public_bulletin.release"
    PUBLIC_BULLETIN_WRITE = "public_bulletin.write"
    RECORD_VIEW = "record.view"
    REPORT_EXPORT = "report.export"
    REPORT_IMPORT = "report.import"
    REPORT_REVIEW = "report.review"
    REPORT_VIEW = "report.view"
    REPORT_WRITE = "report.write"
    RESIDENT_EDIT = "resident.edit"
    RESIDENT_VIEW = "resident.view"
    SCORECARD_EDIT = "scorecard.edit"
    SCORECARD_VIEW = "scorecard.view"
    SENDER_EDIT = "sender.edit"
    SENTINEL_EDIT = "sentinel.edit"
    SENTINEL_REPORT = "sentinel.report"
    STANDARDS_EDIT = "standards.edit"
    STANDARDS_VIEW = "standards.view"
    USER_EDIT = "user.edit"


P = Permission

# What everybody who signs in may see: the plan, the directory, and the orders that are theirs.
EVERYBODY = {P.DIRECTORY_VIEW, P.STANDARDS_VIEW, P.ORDER_VIEW, P.ORDER_PERFORM}
COMMAND_VIEW = {
    P.ALERT_VIEW,
    P.INCIDENT_VIEW,
    P.OPINION_VIEW,
    P.SCORECARD_VIEW,
    P.REPORT_VIEW,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.LEADER: frozenset(
        EVERYBODY
        | COMMAND_VIEW
        | {
            P.ANALYSIS_SIGN,
            P.CONSULTATION_CHAIR,
            P.EVENT_REPORT_REVIEW,
            P.EXERCISE_DIRECT,
            P.INCIDENT_OPEN,
            P.INCIDENT_MANAGE,
            P.ORDER_ISSUE,
        }
    ),
    Role.DUTY_OFFICER: frozenset(
        EVERYBODY
        | COMMAND_VIEW
        | {
            P.ALERT_DECIDE,
            P.ANALYSIS_SIGN,
            P.ASSESSMENT_CHAIR,
            P.ASSESSMENT_JUDGE,
            P.CONSULTATION_CHAIR,
            P.DUTY_EDIT,
            P.EVENT_REPORT_REVIEW,
            P.EVENT_REPORT_WRITE,
            P.EXERCISE_DIRECT,
            P.EXPERT_EDIT,
            P.INCIDENT_OPEN,
            P.INCIDENT_MANAGE,
            P.NOTICE_EDIT,
            P.OPINION_CHECK,
            P.ORDER_ISSUE,
            P.PLAN_EDIT,
            P.PUBLIC_BULLETIN_WRITE,
            P.SCORECARD_EDIT,
        }
    ),
    Role.EPIDEMIOLOGIST: frozenset(
        EVERYBODY
        | COMMAND_VIEW
        | {
            P.ALERT_DECIDE,
            P.ANALYSIS_EDIT,
            P.ASSESSMENT_CHAIR,
            P.ASSESSMENT_JUDGE,
            P.CATALOGUE_EDIT,
            P.CONSULTATION_CHAIR,
            P.EVENT_REPORT_WRITE,
            P.INCIDENT_OPEN,
            P.OPINION_CHECK,
            P.OPINION_IMPORT,
            P.PERSONAL_DATA_VIEW,
            P.PLAN_EDIT,
            P.PUBLIC_BULLETIN_WRITE,
            P.REPORT_EXPORT,
            P.REPORT_IMPORT,
            P.REPORT_REVIEW,
            P.REPORT_WRITE,
            P.RESIDENT_VIEW,
            P.SENDER_EDIT,
            P.SENTINEL_EDIT,
            P.SENTINEL_REPORT,
        }
    ),
    # A hospital fills in cards about its own patients, and so sees their names.
    Role.HOSPITAL_REPORTER: frozenset(
        EVERYBODY
        | {
            P.PERSONAL_DATA_VIEW,
            P.REPORT_EXPORT,
            P.REPORT_IMPORT,
            P.REPORT_VIEW,
            P.REPORT_WRITE,
            P.SENTINEL_REPORT,
        }
    ),
    Role.LABORATORY: frozenset(
        EVERYBODY | {P.REPORT_IMPORT, P.REPORT_VIEW, P.REPORT_WRITE, P.SENTINEL_REPORT}
    ),
    # Doctors keep the register of their own people, and cannot treat somebody called 王**.
    Role.TOWNSHIP_DOCTOR: frozenset(
        EVERYBODY
        | {
            P.ALERT_VIEW,
            P.PERSONAL_DATA_VIEW,
            P.REPORT_IMPORT,
            P.REPORT_VIEW,
            P.REPORT_WRITE,
            P.RESIDENT_EDIT,
            P.RESIDENT_VIEW,
            P.SENTINEL_REPORT,
        }
    ),
    Role.VILLAGE_DOCTOR: frozenset(
        EVERYBODY
        | {
            P.PERSONAL_DATA_VIEW,
            P.REPORT_VIEW,
            P.REPORT_WRITE,
            P.RESIDENT_EDIT,
            P.RESIDENT_VIEW,
            P.SENTINEL_REPORT,
        }
    ),
    Role.GRID_WORKER: frozenset(EVERYBODY | {P.RESIDENT_VIEW}),
    Role.DISPATCHER: frozenset(EVERYBODY | {P.INCIDENT_VIEW, P.SENTINEL_REPORT}),
    Role.STORE_KEEPER: frozenset(EVERYBODY | {P.INCIDENT_VIEW}),
    Role.DEPARTMENT_LIAISON: frozenset(
        EVERYBODY | {P.ALERT_VIEW, P.ASSESSMENT_JUDGE, P.INCIDENT_VIEW, P.SENTINEL_REPORT}
    ),
    # A school, pharmacy or hotel says what it counted, and need not know what others report.
    Role.SENTINEL_REPORTER: frozenset(EVERYBODY | {P.SENTINEL_REPORT}),
    # Online opinion is a sentinel of the press office, as calls are one of 120's.
    # What the public asks is answered by the press office; whether it is true the CDC says.
    Role.PRESS_OFFICER: frozenset(
        EVERYBODY
        | {
            P.ALERT_VIEW,
            P.INCIDENT_VIEW,
            P.OPINION_IMPORT,
            P.OPINION_REPLY,
            P.OPINION_VIEW,
            P.PUBLIC_BULLETIN_RELEASE,
            P.PUBLIC_BULLETIN_WRITE,
            P.SENTINEL_REPORT,
        }
    ),
    Role.INSPECTOR: frozenset(EVERYBODY | COMMAND_VIEW | {P.RECORD_VIEW}),
    Role.ADMINISTRATOR: frozenset(
        EVERYBODY
        | {
            P.AREA_EDIT,
            P.DUTY_EDIT,
            P.EXERCISE_DIRECT,
            P.EXPERT_EDIT,
            P.NOTICE_EDIT,
            P.ORGANISATION_EDIT,
            P.RECORD_VIEW,
            P.SCORECARD_EDIT,
            P.SCORECARD_VIEW,
            P.SENDER_EDIT,
            P.SENTINEL_EDIT,
            P.STANDARDS_EDIT,
            P.USER_EDIT,
        }
    ),
}

# These see their own organisation's rows; everybody else sees the whole of their area.
BOUND_TO_ORGANISATION: frozenset[Role] = frozenset(
    {
        Role.HOSPITAL_REPORTER,
        Role.LABORATORY,
        Role.TOWNSHIP_DOCTOR,
        Role.VILLAGE_DOCTOR,
        Role.GRID_WORKER,
        Role.DISPATCHER,
        Role.STORE_KEEPER,
        Role.DEPARTMENT_LIAISON,
        Role.SENTINEL_REPORTER,
        Role.PRESS_OFFICER,
    }
)
