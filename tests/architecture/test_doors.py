"""Who may reach rows, who may change them, and that every change is on record."""

import ast
import importlib
import inspect
import re
import typing

import pytest

from pingji.ground.record.actions import Entry
from pingji.ground.record.models import KINDS
from tests.architecture.exercising import ROWS_OF_AN_EXERCISE
from tests.architecture.mode_sight import MODE_SIGHT
from tests.architecture.order_sight import ORDERS_SEEN
from tests.architecture.source import SOURCE, apps, inside, modules, part

WRITES = {
    "save",
    "asave",
    "create",
    "acreate",
    "update",
    "aupdate",
    "delete",
    "adelete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
# Calls outside actions that bear such a name and change no row.
CHANGES_NO_ROW = {
    "config/assets.py: venv.create": "makes a Python environment",
    "config/cli/nowcast.py: bar.update": "moves a progress bar",
    "config/exercise_home.py: bar.update": "moves a progress bar",
    "config/running.py: digest.update": "hashes the static files",
    "monitor/surveillance/queries/messages.py: found.update": "adds to a set of numbers",
}
# Rows that a screen reaches without `visible_to`, each with its reason.
CATALOGUE = "the catalogue is the same for everybody"
PLANS = "contingency plans and their orders are the same for everybody"
NAMES = "names of areas for rows that were fetched through visible_to"
READING = "how complaints are read is the same for everybody"
KINDS_OF_SENTINEL = "kinds of sentinel and their figures are the same for everybody"
OF_SENTINELS = "of sentinels that the caller has fetched through visible_to"
PLACES_OF_COUNTY = "villages and institutions of the reader's own county, where patients live"
ACROSS = "duplicates are found across organisations; only who reported, and when, is told"
JUDGED = "a detection run judges a whole county, in the machine's own name"
ANALYSED = (
    "figures of one area without any name, for its analysis, which is seen through visible_to"
)
EVENT = (
    "figures of one incident without any name, for its reports and consultations, which are seen "
    "through visible_to"
)
NAMES_OF_BODIES = "names of institutions for the figures of an incident seen through visible_to"
NOT_SCOPED = {
    **MODE_SIGHT,
    "console/queries/maps.py: Area.objects.only": NAMES,
    "console/views/maps.py: Disease.objects.all": CATALOGUE,
    "console/views/maps.py: Disease.objects.filter": CATALOGUE,
    "evaluate/scorecard/queries.py: Alert.objects.filter": "channels of alerts whose clocks were "
    "fetched through visible_to",
    "evaluate/scorecard/queries.py: StandardRow.objects.filter": "the plans are public; the rows "
    "are only looked up for their wording",
    "ground/directory/queries/duty.py: DutyShift.objects.at": "whom to call for an area, those of the "
    "larger areas around it among them: everybody there must know",
    "ground/directory/queries/duty.py: User.objects.people": "who works in all of the area of whoever "
    "sets its roster, people of the larger areas around it among them",
    "ground/directory/queries/experts.py: Expertise.objects.filter": "the pool of the reader's county "
    "and of the larger areas around it: whom to ask there everybody must know",
    "ground/directory/queries/finding.py: Organisation.objects.open": "counts, for an action",
    "ground/directory/queries/outlines.py: Area.objects.under": "an import of outlines, which "
    "only who may edit that area reaches",
    "ground/notices/queries.py: Bulletin.objects.filter": "of the area that a system is told of",
    "ground/notices/queries.py: Preference.objects.filter": "how those want it who are told",
    "ground/notices/queries.py: Subscriber.objects.filter": "whom to tell, for an action",
    "ground/notices/queries.py: Subscriber.objects.select_related": "the system that signed what "
    "it asks",
    "ground/notices/queries.py: User.objects.people": "whom to tell, for an action",
    "ground/record/queries.py: Head.objects.first": "the verification walks the whole chain",
    "ground/record/queries.py: Line.objects.filter": "the walk of the chain, and lines about one subject fetched "
    "through visible_to",
    "ground/record/views.py: ProcrastinateJob.objects.exclude": "the machine's jobs, for who may "
    "read the record",
    "ground/record/views.py: ProcrastinateJob.objects.values_list": "likewise",
    "ground/standards/queries/deadlines.py: Deadline.objects.of": "of one subject that was fetched "
    "through visible_to",
    "ground/standards/queries/figures.py: Profile.objects.filter": "rules ask what is in force",
    "ground/standards/queries/figures.py: ProfileArea.objects.filter": "likewise",
    "ground/standards/queries/figures.py: StandardRow.objects.filter": "likewise",
    "ground/standards/queries/figures.py: Task.objects.filter": "likewise",
    "ground/standards/queries/promises.py: Profile.objects.select_related": "likewise",
    "ground/standards/queries/promises.py: ProfileArea.objects.select_related": "likewise",
    "ground/standards/queries/promises.py: StandardRow.objects.all": "likewise",
    "ground/standards/views/plans.py: Area.objects.filter": NAMES,
    "ground/standards/views/plans.py: StandardRow.objects.filter": "rows of profiles that were "
    "fetched through visible_to",
    "monitor/opinion/queries/reading.py: Area.objects.filter": NAMES,
    "monitor/opinion/queries/reading.py: Area.objects.under": NAMES,
    "monitor/opinion/queries/reading.py: Organisation.objects.open": "names by which posts say where "
    "something is; none is shown",
    "monitor/opinion/queries/rumours.py: Deadline.objects.filter": "clocks of rumours that were "
    "fetched through visible_to",
    "monitor/opinion/queries/rumours.py: Disease.objects.filter": CATALOGUE,
    "monitor/opinion/queries/rumours.py: Disease.objects.in_bulk": CATALOGUE,
    "monitor/opinion/queries/rumours.py: Post.objects.filter": "counts of rumours that were fetched "
    "through visible_to",
    "monitor/opinion/queries/spikes.py: Post.objects.filter": "counts, for a detection run",
    "monitor/opinion/queries/spikes.py: Rumour.objects.filter": "verdicts, for a detection run",
    "monitor/opinion/views/posts.py: Area.objects.in_bulk": NAMES,
    "monitor/opinion/views/posts.py: Disease.objects.in_bulk": CATALOGUE,
    "monitor/surveillance/queries/told.py: Symptom.objects.in_bulk": CATALOGUE,
    "monitor/surveillance/forms/imports.py: Disease.objects.all": CATALOGUE,
    "monitor/surveillance/queries/columns.py: Area.objects.all": NAMES,
    "monitor/surveillance/queries/columns.py: CaseReport.objects.filter": "the rows of one page, "
    "whose keys were found through visible_to",
    "monitor/surveillance/queries/columns.py: Disease.objects.only": CATALOGUE,
    "monitor/surveillance/queries/columns.py: Organisation.objects.all": NAMES,
    "monitor/surveillance/queries/faults.py: Deadline.objects.late": "inside a query of cards",
    "monitor/surveillance/queries/figure_rows.py: Disease.objects.filter": CATALOGUE,
    "monitor/surveillance/queries/figure_rows.py: RowAnswer.objects.filter": "answers of files that "
    "were fetched through visible_to",
    "monitor/surveillance/queries/figure_rows.py: SentinelItem.objects.filter": "the figures that "
    "kinds of sentinel report, the same for everybody",
    "monitor/surveillance/queries/figure_tables.py: Disease.objects.filter": CATALOGUE,
    "monitor/surveillance/views/figure_rows.py: Disease.objects.order_by": CATALOGUE,
    "monitor/surveillance/queries/line_list.py: Disease.objects.filter": CATALOGUE,
    "monitor/surveillance/queries/line_list.py: Organisation.objects.all": "what a typed word means; "
    "cards are narrowed by it, within sight",
    "monitor/surveillance/queries/line_list.py: Organisation.objects.filter": "likewise",
    "monitor/surveillance/queries/list_words.py: Disease.objects.filter": CATALOGUE,
    "monitor/surveillance/queries/list_words.py: Disease.objects.order_by": CATALOGUE,
    "monitor/surveillance/queries/list_words.py: SavedSearch.objects.filter": "the user's own searches",
    "monitor/surveillance/queries/overview.py: Disease.objects.in_bulk": CATALOGUE,
    "monitor/surveillance/queries/parts.py: Count.objects.filter": "whether a whole was sent beside its "
    "parts, inside a query of counts",
    "monitor/surveillance/queries/pictures.py: Area.objects.in_bulk": NAMES,
    "monitor/surveillance/queries/pictures.py: Organisation.objects.in_bulk": NAMES,
    "monitor/surveillance/queries/quality.py: Organisation.objects.in_bulk": NAMES,
    "monitor/surveillance/queries/quality.py: RowAnswer.objects.filter": "answers of files that were "
    "fetched through visible_to",
    "monitor/surveillance/queries/series.py: Area.objects.in_bulk": NAMES,
    "monitor/surveillance/queries/series.py: Count.objects.filter": "figures of an area that the caller "
    "has fetched through visible_to, and detection by the machine",
    "monitor/surveillance/queries/series.py: Disease.objects.in_bulk": CATALOGUE,
    "monitor/surveillance/queries/series.py: table.objects.filter": "rows of one file, while it is read",
    "monitor/surveillance/views/series.py: Disease.objects.filter": CATALOGUE,
    "monitor/surveillance/forms/sentinels.py: Disease.objects.all": CATALOGUE,
    "monitor/surveillance/forms/sentinels.py: SentinelType.objects.all": KINDS_OF_SENTINEL,
    "monitor/surveillance/queries/calendars.py: CalendarEntry.objects.all": "when reports are due, "
    "asked for sentinels that were fetched through visible_to, and by the machine",
    "monitor/surveillance/queries/calendars.py: SentinelType.objects.all": KINDS_OF_SENTINEL,
    "monitor/surveillance/queries/coverage.py: Sentinel.objects.filter": OF_SENTINELS,
    "monitor/surveillance/queries/coverage.py: SentinelReport.objects.filter": OF_SENTINELS,
    "monitor/surveillance/queries/coverage.py: SentinelType.objects.exclude": KINDS_OF_SENTINEL,
    "monitor/surveillance/queries/sentinels.py: CalendarEntry.objects.filter": "filtered by the "
    "reader's own area",
    "monitor/surveillance/queries/sentinels.py: SentinelItem.objects.filter": KINDS_OF_SENTINEL,
    "monitor/surveillance/queries/sentinels.py: SentinelReport.objects.filter": OF_SENTINELS,
    "monitor/surveillance/queries/sentinels.py: SentinelValue.objects.filter": OF_SENTINELS,
    "monitor/surveillance/queries/sentinels.py: Silence.objects.filter": OF_SENTINELS,
    "monitor/surveillance/queries/silence.py: Sentinel.objects.filter": OF_SENTINELS,
    "monitor/surveillance/queries/silence.py: SentinelReport.objects.filter": OF_SENTINELS,
    "monitor/surveillance/views/sentinels/asking.py: SentinelType.objects.filter": KINDS_OF_SENTINEL,
    "monitor/surveillance/views/sentinels/coverage.py: SentinelType.objects.all": KINDS_OF_SENTINEL,
    "monitor/surveillance/views/sentinels/files.py: SentinelType.objects.all": KINDS_OF_SENTINEL,
    "monitor/surveillance/views/sentinels/files.py: SentinelType.objects.filter": "likewise",
    "monitor/surveillance/views/sentinels/kinds.py: SentinelItem.objects.select_related": "likewise",
    "monitor/surveillance/views/sentinels/kinds.py: SentinelType.objects.all": KINDS_OF_SENTINEL,
    "monitor/surveillance/views/sentinels/kinds.py: SentinelType.objects.annotate": "likewise",
    "monitor/surveillance/views/sentinels/places.py: SentinelType.objects.all": KINDS_OF_SENTINEL,
    "monitor/surveillance/queries/card_checks.py: Area.objects.filter": NAMES,
    "monitor/surveillance/queries/card_checks.py: Disease.objects.filter": CATALOGUE,
    "monitor/surveillance/queries/card_checks.py: Disease.objects.select_related": CATALOGUE,
    "monitor/surveillance/queries/card_checks.py: Organisation.objects.filter": "name of an institution on a card that "
    "was fetched through visible_to",
    "monitor/surveillance/queries/card_checks.py: User.objects.holding": "whether a colleague could check the card; "
    "nothing of the user is shown",
    "monitor/surveillance/queries/card_form.py: Area.objects.under": PLACES_OF_COUNTY,
    "monitor/surveillance/queries/card_form.py: CaseDefinition.objects.filter": CATALOGUE,
    "monitor/surveillance/queries/card_form.py: Disease.objects.filter": CATALOGUE,
    "monitor/surveillance/queries/card_form.py: Organisation.objects.open": PLACES_OF_COUNTY,
    "monitor/surveillance/queries/card_lists.py: Deadline.objects.filter": "clocks of cards that were fetched through "
    "visible_to",
    "monitor/surveillance/queries/card_versions.py: model.objects.filter": "names on a card that was fetched through "
    "visible_to",
    "monitor/surveillance/queries/duplicates.py: CaseReport.objects.counted": ACROSS,
    "monitor/surveillance/queries/duplicates.py: CaseReport.objects.filter": ACROSS,
    "monitor/surveillance/queries/duplicates.py: DuplicatePair.objects.filter": "pairs of a card that was fetched "
    "through visible_to; of the other card only who reported it, and when, is shown",
    "monitor/surveillance/views/card_entry.py: Disease.objects.get": CATALOGUE,
    "monitor/surveillance/api/intake.py: Message.objects.filter": "messages of the organisation whose token the request bears",
    "monitor/surveillance/forms/catalogue.py: Disease.objects.order_by": CATALOGUE,
    "monitor/surveillance/forms/symptoms.py: Disease.objects.order_by": CATALOGUE,
    "monitor/surveillance/forms/symptoms.py: Symptom.objects.order_by": READING,
    "monitor/surveillance/queries/catalogue.py: ClusterThreshold.objects.order_by": CATALOGUE,
    "monitor/surveillance/queries/catalogue.py: DetectorSetting.objects.order_by": CATALOGUE,
    "monitor/surveillance/queries/catalogue.py: Disease.objects.order_by": CATALOGUE,
    "monitor/surveillance/queries/catalogue.py: DiseaseClass.objects.order_by": CATALOGUE,
    "monitor/surveillance/queries/catalogue.py: DiseaseName.objects.order_by": CATALOGUE,
    "monitor/surveillance/queries/catalogue.py: ReportingDeadline.objects.order_by": CATALOGUE,
    "monitor/surveillance/queries/catalogue.py: table._default_manager.filter": CATALOGUE,
    "monitor/surveillance/queries/messages.py: Organisation.objects.filter": "which institutions' own "
    "systems still send, of those that the caller has fetched",
    "monitor/surveillance/queries/messages.py: Message.objects.filter": "of senders that were fetched "
    "through visible_to; and whether an institution is connected, for an action",
    "monitor/surveillance/queries/symptoms.py: ReadingWord.objects.all": READING,
    "monitor/surveillance/queries/symptoms.py: Symptom.objects.all": READING,
    "monitor/surveillance/queries/symptoms.py: SyndromeRule.objects.all": READING,
    "monitor/surveillance/queries/trying.py: Disease.objects.in_bulk": CATALOGUE,
    "monitor/surveillance/queries/trying.py: Symptom.objects.all": READING,
    "monitor/surveillance/queries/trying.py: SyndromeRule.objects.in_bulk": READING,
    "monitor/surveillance/views/catalogue.py: Disease.objects.all": CATALOGUE,
    "monitor/surveillance/views/catalogue.py: Disease.objects.select_related": CATALOGUE,
    "monitor/surveillance/views/catalogue.py: table._default_manager.filter": CATALOGUE,
    "monitor/surveillance/queries/meanings.py: Disease.objects.order_by": CATALOGUE,
    "monitor/surveillance/views/symptoms.py: Disease.objects.filter": CATALOGUE,
    "monitor/surveillance/views/symptoms.py: ReadingWord.objects.filter": READING,
    "monitor/surveillance/views/symptoms.py: ReadingWord.objects.order_by": READING,
    "monitor/surveillance/views/symptoms.py: Symptom.objects.all": READING,
    "monitor/surveillance/views/symptoms.py: SyndromeRule.objects.all": READING,
    "monitor/surveillance/views/symptoms.py: SyndromeRule.objects.select_related": READING,
    "ground/directory/queries/screens.py: WallScreen.objects.working": "that bears the key",
    "ground/standards/queries/alike.py: EmergencySpell.objects.of_areas": "for an action",
    "ground/standards/queries/alike.py: ProfileArea.objects.values_list": "likewise",
    "respond/incidents/queries/addressing.py: IncidentGroupMember.objects.present": "for an action",
    "respond/incidents/queries/addressing.py: User.objects.people": "likewise",
    "respond/incidents/queries/belonging.py: table._default_manager.all": "where no sight is bound",
    "respond/incidents/queries/timeline.py: Organisation.objects.in_bulk": NAMES_OF_BODIES,
    "respond/incidents/forms/plans.py: Plan.objects.filter": PLANS,
    "respond/incidents/forms/plans.py: Disease.objects.order_by": CATALOGUE,
    "respond/incidents/queries/event_figures.py: Area.objects.in_bulk": NAMES,
    "respond/incidents/queries/event_figures.py: CaseReport.objects.counted": EVENT,
    "respond/incidents/queries/event_figures.py: Organisation.objects.in_bulk": NAMES_OF_BODIES,
    "respond/incidents/queries/event_figures.py: RiskAssessment.objects.filter": EVENT,
    "respond/incidents/queries/minutes.py: Opinion.objects.filter": "opinions of a consultation "
    "that was fetched through visible_to; shown once they lie open, before only one's own",
    "respond/incidents/queries/public.py: PublicBulletin.objects.public": "what was released may be "
    "read by anybody; nothing else of it is shown",
    "respond/incidents/queries/reporting.py: Organisation.objects.open": "to whom the plan has "
    "reports sent; of the city above the county, too",
    "respond/incidents/queries/reporting.py: User.objects.people": "likewise",
    "respond/incidents/queries/orders.py: Deadline.objects.filter": "clocks of orders that were fetched "
    "through visible_to",
    "respond/incidents/queries/orders.py: Deadline.objects.open": "likewise, inside a query of orders",
    "respond/incidents/queries/orders.py: Deadline.objects.of": "the clock of an order that was fetched in sight",
    "respond/incidents/queries/orders.py: Deadline.objects.overdue": "clocks of orders that were fetched in sight",
    "respond/incidents/forms/groups.py: User.objects.people": "people of the reader's area, to choose from",
    "respond/incidents/forms/plans.py: PlanPhase.objects.filter": "phases of an incident's own plan",
    "respond/incidents/queries/gradings.py: CaseReport.objects.counted": "cases are counted for a grade; no row is shown",
    "respond/incidents/queries/gradings.py: DiseaseClass.objects.filter": CATALOGUE,
    "respond/incidents/queries/groups.py: GroupSeat.objects.held": "who sits in the groups of an incident's or the reader's own area",
    "respond/incidents/queries/plans.py: Plan.objects.filter": PLANS,
    "respond/incidents/queries/plans.py: PlanReview.objects.filter": "reviews of the reader's own county",
    "respond/incidents/queries/plans.py: User.objects.people": "who holds the role that owns an order, for an action",
    "respond/incidents/views/responses.py: ResponseChange.objects.filter": "changes of responses fetched through visible_to",
    "respond/incidents/queries/plans.py: Organisation.objects.filter": "whom a plan's orders go to",
    "respond/incidents/queries/orders.py: User.objects.people": "whom to tell of an order, for an action",
    "warn/alerts/queries/analyses/changes.py: Analysis.objects.filter": ANALYSED,
    "warn/alerts/queries/analyses/figures.py: Alert.objects.filter": ANALYSED,
    "warn/alerts/queries/analyses/figures.py: Alert.objects.still_open": ANALYSED,
    "warn/alerts/queries/analyses/figures.py: Area.objects.under": ANALYSED,
    "warn/alerts/queries/analyses/figures.py: CaseReport.objects.counted": ANALYSED,
    "warn/alerts/queries/analyses/figures.py: Deadline.objects.filter": ANALYSED,
    "warn/alerts/queries/analyses/figures.py: Disease.objects.in_bulk": CATALOGUE,
    "warn/alerts/queries/analyses/figures.py: RiskAssessment.objects.filter": ANALYSED,
    "warn/alerts/queries/analyses/figures.py: Sentinel.objects.filter": ANALYSED,
    "warn/alerts/queries/assessments.py: RiskAssessment.objects.filter": "of an event that was "
    "fetched within sight; shown through visible_to",
    "warn/alerts/queries/assessments.py: User.objects.holding": "who may be asked to judge an "
    "alert that was fetched through visible_to; experts of the city around the county among them",
    "warn/alerts/forms/tuning.py: Disease.objects.order_by": CATALOGUE,
    "warn/alerts/queries/around.py: Disease.objects.in_bulk": CATALOGUE,
    "warn/alerts/queries/tuning.py: Alert.objects.filter": "verdicts of the county that a trial "
    "counts beside its series; only their number is told",
    "warn/alerts/queries/belongings.py: Alert.objects.exclude": JUDGED,
    "warn/alerts/queries/belongings.py: Alert.objects.still_open": JUDGED,
    "warn/alerts/queries/belongings.py: DetectionRun.objects.whole": JUDGED,
    "warn/alerts/queries/belongings.py: Sign.objects.filter": JUDGED,
    "warn/alerts/queries/belongings.py: User.objects.holding": "who may own an alert that was fetched "
    "through visible_to; of these only whom the reader sees, and the reader",
    "warn/alerts/queries/happened.py: User.objects.filter": "names of who owned an alert that was "
    "fetched through visible_to",
    "warn/alerts/queries/fusion.py: Area.objects.under": JUDGED,
    "warn/alerts/queries/pictures.py: Area.objects.filter": "the township around an alert that was "
    "fetched through visible_to, for its place on the map",
    "warn/alerts/queries/pictures.py: Organisation.objects.in_bulk": "names of institutions on cards "
    "that were fetched through visible_to",
    "warn/alerts/queries/signs/cases.py: Organisation.objects.in_bulk": JUDGED,
    "warn/alerts/queries/signs/lines.py: CaseReport.objects.filter": JUDGED,
    "warn/alerts/queries/signs/lines.py: CaseVersion.objects.filter": JUDGED,
    "warn/alerts/queries/signs/places.py: Organisation.objects.filter": JUDGED,
    "warn/alerts/queries/signs/scans.py: Area.objects.under": JUDGED,
    "warn/alerts/queries/signs/silences.py: Sentinel.objects.filter": JUDGED,
    "warn/alerts/queries/belongings.py: Deadline.objects.open": "clocks of alerts that were fetched "
    "through visible_to",
    **ORDERS_SEEN,
    **ROWS_OF_AN_EXERCISE,
}
SCREENS = ("views", "api", "forms", "queries", "context")
# `none()` reaches nothing; forms use it before they know their user.
SAFE = {"visible_to", "none", "system", "DoesNotExist"}
# Actions that leave no line, each with its reason.
LEAVES_NO_LINE = {
    "pingji.ground.record.actions": "this is the record itself",
}
# Actions that hand their lines back: the caller keeps them with its own in the same transaction.
HANDS_BACK_LINES = {
    "start_deadlines": "each clock bears its own moment, and its line goes on record in one go "
    "with what the caller has to say",
}


def outside_actions():
    for path, tree in modules():
        if part(path) != "actions" and not inside(path).startswith("analysis/"):
            yield path, tree


def test_only_actions_change_rows():
    breaches = {}
    for path, tree in outside_actions():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in WRITES:
                what = f"{inside(path)}: {ast.unparse(node.func)}"
                breaches[what] = f"line {node.lineno}"
    assert {w: at for w, at in breaches.items() if w not in CHANGES_NO_ROW} == {}
    assert set(CHANGES_NO_ROW) <= set(breaches), "an exception that nobody needs any more"


def test_nobody_changes_rows_by_sql_outside_actions():
    breaches = []
    for path, tree in outside_actions():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "execute":
                text = " ".join(
                    str(part.value).lower()
                    for argument in node.args
                    for part in ast.walk(argument)
                    if isinstance(part, ast.Constant)
                )
                if text.startswith(("insert", "update", "delete", "truncate", "copy")):
                    breaches.append(f"{inside(path)}:{node.lineno}")
    assert breaches == []


def bare_rows(tree):
    """Every `Model.objects.verb` that is not `visible_to`, and every lookup on a bare model."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in ("objects", "_default_manager", "_base_manager")
            and node.attr not in SAFE
        ):
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("_or_404"):
            first = node.args[0]
            if isinstance(first, ast.Name) and first.id[:1].isupper():
                yield node.lineno, f"{node.func.id}({first.id})"


def test_screens_reach_rows_only_through_visible_to():
    found = {}
    for path, tree in modules():
        place = inside(path).split("/")
        if place[0] in ("config", "analysis") or part(path) not in SCREENS:
            continue
        for line, what in bare_rows(tree):
            found[f"{inside(path)}: {what}"] = f"line {line}"
    assert {w: at for w, at in found.items() if w not in NOT_SCOPED} == {}
    assert set(NOT_SCOPED) <= set(found), "an exception that nobody needs any more"


def calls(node):
    """Names that a piece of code calls or hands on, its own and those of modules."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr


def reaches_the_record(app):
    """Names of the functions and classes in an app's actions that lead to a line on record."""
    definitions = {}
    for path, tree in modules(folder=app):
        if part(path) == "actions":
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    definitions.setdefault(node.name, set()).update(calls(node))
    reached = {"note", "note_many", "saw"}
    while True:
        more = {name for name, called in definitions.items() if called & reached} - reached
        if not more:
            return reached
        reached |= more


def front_door():
    """Every public action: its app and itself."""
    for app in apps():
        name = f"pingji.{'.'.join(app.relative_to(SOURCE).parts)}.actions"
        if name in LEAVES_NO_LINE or not (
            (app / "actions.py").exists() or (app / "actions").exists()
        ):
            continue
        module = importlib.import_module(name)
        offered = getattr(module, "__all__", None) or [
            n
            for n, value in vars(module).items()
            if not n.startswith("_")
            and inspect.isfunction(value)
            and inspect.unwrap(value).__module__ == name
        ]
        for action in offered:
            yield pytest.param(app, getattr(module, action), id=f"{app.name}.{action}")


def inner_types(annotation):
    """A type and all that it is made of."""
    yield annotation
    for inner in typing.get_args(annotation):
        yield from inner_types(inner)


@pytest.mark.parametrize(("app", "action"), list(front_door()))
def test_every_action_is_on_record(app, action):
    if action.__name__ in HANDS_BACK_LINES:
        assert Entry in inner_types(inspect.signature(action).return_annotation)
    else:
        assert action.__name__ in reaches_the_record(app)


# The machine's own actions: nobody asks for them, so they say themselves in whose name they act:
# a file is read, and an export written, in the name of whoever handed it in or asked for it.
BY_THE_MACHINE = {
    "ensure_system_user",
    "find_in_file",
    "load_areas",
    "locked_out",
    "read_file",
    "send",
    "send_due",
    "start_clock",
    "sweep_deadlines",
    "write_export",
}


@pytest.mark.parametrize(("app", "action"), list(front_door()))
def test_every_action_is_told_who_and_when(app, action):
    parameters = inspect.signature(action).parameters.values()
    by_name = {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD)}
    assert {p.name for p in parameters} == by_name, "arguments are given by name only"
    assert "at" in by_name or action.__name__ in HANDS_BACK_LINES
    if action.__name__ not in BY_THE_MACHINE:
        assert by_name & {"by", "user"}


def test_no_rule_reads_the_record():
    breaches = [
        f"{inside(path)}:{node.lineno}"
        for path, tree in modules()
        if part(path) == "rules" and not inside(path).startswith("ground/record/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("pingji.ground.record")
    ]
    assert breaches == []


def kinds_noted():
    """Place and kind of every line; of a kind put together, each that begins so."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("note", "note_many"):
                for word in ast.walk(node.args[0]):
                    text = getattr(word, "value", None)
                    if isinstance(text, str) and text.endswith("."):
                        yield from ((inside(path), kind) for kind in KINDS if kind.startswith(text))
                    elif isinstance(text, str) and "." in text:
                        yield inside(path), text


def test_every_kind_of_line_is_said_in_words():
    noted = set(kinds_noted())
    assert len(noted) > 30
    assert {kind for _place, kind in noted} - set(KINDS) == set()
    assert set(KINDS) - {kind for _place, kind in noted} == set(), "a kind that nobody notes"


def test_every_line_is_named_by_noun_and_past_verb():
    for place, kind in kinds_noted():
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", kind), (place, kind)
