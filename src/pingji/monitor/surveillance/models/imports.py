"""Files that somebody handed in, and what was said to their rows."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, Organisation, ScopedQuerySet, User
from pingji.monitor.surveillance.models.catalogue import Channel


class Import(models.Model):
    """A file of case lines or counts that somebody handed in, and what became of it."""

    class Kind(models.TextChoices):
        CASES = "cases", _("Case lines")
        COUNTS = "counts", _("Counts")
        SENTINELS = "sentinels", _("Sentinel reports")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being read")
        ASKS = "asks", _("Columns to be said")
        DONE = "done", _("Done")
        UNREADABLE = "unreadable", _("Could not be read")

    area = models.ForeignKey(Area, models.PROTECT, related_name="imports")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="imports"
    )
    file_name = models.CharField(_("file"), max_length=200)
    file = models.FileField(upload_to="imports/%Y/%m/")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(_("bytes"))
    channel = models.CharField(_("channel"), max_length=12, choices=Channel, default=Channel.CASE)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, blank=True)
    given = models.JSONField(_("said for all rows"), default=dict, db_default={})
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.WAITING)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    handed_in_by = models.ForeignKey(User, models.PROTECT, related_name="imports")
    handed_in_at = models.DateTimeField(_("handed in"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    problem = models.TextField(_("why it could not be read"), blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    corrected = models.PositiveIntegerField(_("corrected"), default=0)
    repeated = models.PositiveIntegerField(_("already known"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    progress = models.PositiveIntegerField(_("rows read so far"), default=0)

    class QuerySet(ScopedQuerySet):
        organisation_field = "organisation_id"

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["-handed_in_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(rows=F("accepted") + F("corrected") + F("repeated") + F("refused")),
                name="surveillance_import_answers_every_row",
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class RowAnswer(models.Model):
    """What was said to one row of a file that was not simply accepted."""

    class Verdict(models.TextChoices):
        CORRECTED = "corrected", _("Corrected")
        REPEATED = "repeated", _("Already known")
        REFUSED = "refused", _("Refused")

    file = models.ForeignKey(Import, models.CASCADE, related_name="answers")
    row = models.PositiveIntegerField(_("row"))
    verdict = models.CharField(_("answer"), max_length=10, choices=Verdict)
    column = models.CharField(_("column"), max_length=60, blank=True)
    cell = models.CharField(_("cell"), max_length=12, blank=True)
    value = models.CharField(_("content"), max_length=200, blank=True)
    reason = models.CharField(_("reason code"), max_length=40)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["file_id", "row", "id"]
        indexes = [models.Index(fields=["file", "verdict", "row"], name="row_answer_verdict")]

    def __str__(self) -> str:
        return f"{self.row}: {self.verdict}"


class ColumnMapping(models.Model):
    """Which columns of a file mean what: said once for a heading, remembered for the next file."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, related_name="column_mappings"
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    heading = models.CharField(max_length=64)  # hash of the heading's cells
    cells = models.JSONField(_("heading"), default=list)
    kind = models.CharField(_("kind"), max_length=10, choices=Import.Kind)
    columns = models.JSONField(_("columns"), default=dict)
    words = models.JSONField(_("words of the file and what they mean"), default=dict)
    said_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    said_at = models.DateTimeField(_("said"))

    class QuerySet(ScopedQuerySet):
        organisation_field = "organisation_id"

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["-said_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "area", "heading"],
                nulls_distinct=False,
                name="surveillance_mapping_once",
            )
        ]

    def __str__(self) -> str:
        return "、".join(str(cell) for cell in self.cells)[:80]
