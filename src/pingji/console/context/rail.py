"""The rail: the stages of the loop and the screens of each."""

from dataclasses import dataclass
from functools import cache

from django.urls import get_script_prefix, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Permission, User


@dataclass(frozen=True)
class Screen:
    """One entry of a stage.

    Attributes:
        url_name: Where it leads.
        label: What it is called.
        permission: Who is offered it; None for everybody.
        also: Who is offered it besides.
        under: The screen whose address those of its subjects begin with, if not its own.
    """

    url_name: str
    label: str | Promise
    permission: Permission | None = None
    under: str = ""
    also: Permission | None = None

    def offered_to(self, user: User) -> bool:
        """Whether a reader is offered it."""
        return (
            self.permission is None
            or user.holds(self.permission)
            or (self.also is not None and user.holds(self.also))
        )

    @property
    def url(self) -> str:
        """Its address."""
        return _address(self.url_name, get_script_prefix())

    @property
    def beginning(self) -> str:
        """How the addresses of everything below it begin."""
        return _address(self.under or self.url_name, get_script_prefix())


@cache
def _address(url_name: str, prefix: str) -> str:
    """Where a name leads under a prefix: the rail asks for twenty of them on every page."""
    return reverse(url_name)


@dataclass(frozen=True)
class Stage:
    """A stop on the rail."""

    key: str
    label: str | Promise
    screens: tuple[Screen, ...]


P = Permission
HOME = Stage("home", _("Home"), (Screen("console:home", _("Home")),))
LOOP = (
    Stage(
        "monitor",
        pgettext_lazy("stage of the loop", "Monitor"),
        (
            Screen("surveillance:series", _("Monitoring"), P.REPORT_VIEW),
            Screen("surveillance:work", _("Report cards"), P.REPORT_WRITE),
            Screen("surveillance:cases", _("Case list"), P.REPORT_VIEW),
            Screen("surveillance:picture", _("Curve and map"), P.REPORT_VIEW),
            Screen("surveillance:sentinels", _("Sentinels"), P.REPORT_VIEW, also=P.SENTINEL_EDIT),
            Screen("surveillance:my_sentinels", _("My sentinels"), P.SENTINEL_REPORT),
            Screen("surveillance:imports", _("Files"), P.REPORT_IMPORT),
            Screen("surveillance:messages", _("Messages of systems"), P.REPORT_VIEW),
            Screen("surveillance:senders", _("Systems that may send"), P.SENDER_EDIT),
            Screen("opinion:rumours", _("Public opinion"), P.OPINION_VIEW),
            Screen("surveillance:quality", _("Data quality"), P.REPORT_VIEW),
            Screen("surveillance:exports", _("Exported files"), P.REPORT_EXPORT),
            Screen("surveillance:diseases", _("Watched diseases"), P.REPORT_VIEW),
        ),
    ),
    Stage(
        "warn",
        pgettext_lazy("stage of the loop", "Warn"),
        (
            Screen("alerts:list", _("Alerts"), P.ALERT_VIEW),
            Screen("alerts:assessments", _("Risk assessments"), P.ALERT_VIEW),
            Screen("alerts:analyses", _("Weekly and monthly analyses"), P.ALERT_VIEW),
            Screen("alerts:signs", _("Signs"), P.ALERT_VIEW),
            Screen("alerts:runs", _("Detection runs"), P.ALERT_VIEW),
        ),
    ),
    Stage(
        "respond",
        pgettext_lazy("stage of the loop", "Respond"),
        (
            Screen("incidents:list", _("Incidents"), P.INCIDENT_VIEW),
            Screen("incidents:orders", _("Orders"), P.ORDER_VIEW),
            Screen("incidents:circulars", _("Circulars"), P.ORDER_VIEW),
            Screen("incidents:shared", _("Shared resources"), P.ORDER_VIEW),
            Screen("incidents:free", _("What is free"), P.ORDER_VIEW),
            Screen("incidents:my_consultations", _("Consultations")),
            Screen("incidents:bulletins", _("Public bulletins"), P.INCIDENT_VIEW),
            Screen("incidents:plans", _("Contingency plans"), P.INCIDENT_VIEW),
            Screen("incidents:modes", _("Peace and emergency"), P.ORDER_VIEW),
        ),
    ),
    Stage(
        "evaluate",
        pgettext_lazy("stage of the loop", "Evaluate"),
        (
            Screen("scorecard:overview", _("Scorecard"), P.SCORECARD_VIEW),
            Screen("scorecard:deadlines", _("Deadlines"), P.SCORECARD_VIEW),
            Screen("scorecard:ledger", _("Task ledger"), P.SCORECARD_VIEW),
            Screen("exercises:control", pgettext_lazy("screen", "Exercise"), P.EXERCISE_DIRECT),
        ),
    ),
)
GROUND = (
    Stage(
        "inbox",
        _("Notices"),
        (
            Screen("notices:inbox", _("My notices")),
            Screen("notices:settings", _("How I am told")),
            Screen("notices:sent", _("Deliveries"), P.NOTICE_EDIT, also=P.RECORD_VIEW),
            Screen("notices:troubled", _("Not sent"), P.NOTICE_EDIT),
            Screen("notices:subscribers", _("Systems that are told"), P.NOTICE_EDIT),
        ),
    ),
    Stage("map", _("Map"), (Screen("console:map", _("Map"), P.ALERT_VIEW),)),
    Stage(
        "ground",
        _("Ground"),
        (
            Screen("standards:profile", _("County plan"), P.STANDARDS_VIEW, "standards:profiles"),
            Screen("standards:compare", _("Plans compared"), P.STANDARDS_VIEW),
            Screen("standards:deadlines", _("Clocks"), P.STANDARDS_VIEW),
            Screen("directory:areas", _("Areas"), P.DIRECTORY_VIEW),
            Screen("directory:organisations", _("Organisations"), P.DIRECTORY_VIEW),
            Screen("directory:duty", _("Duty roster"), P.DIRECTORY_VIEW),
            Screen("directory:experts", _("Pool of experts"), P.DIRECTORY_VIEW),
            Screen("directory:residents", _("Residents"), P.RESIDENT_VIEW),
            Screen("directory:users", _("Users"), P.USER_EDIT),
            Screen("directory:wall_screens", _("Wall screens"), P.USER_EDIT),
            Screen("record:trail", _("Record"), P.RECORD_VIEW),
            Screen("record:jobs", _("Background jobs"), P.RECORD_VIEW),
        ),
    ),
)
