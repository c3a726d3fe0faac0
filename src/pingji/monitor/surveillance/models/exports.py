"""Line lists that somebody saved as a search, or asked for as a file."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, ScopedQuerySet, User


class SavedSearch(models.Model):
    """A set of filters of the line list, under a name."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_searches")
    name = models.CharField(_("name"), max_length=60)
    filters = models.JSONField(_("filters"), default=dict)
    saved_at = models.DateTimeField(_("saved"))

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="surveillance_search_named_once")
        ]

    def __str__(self) -> str:
        return self.name


class Export(models.Model):
    """A line list written to a file in the background, masked as the screen is for its reader."""

    class Form(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being written")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")

    asked_by = models.ForeignKey(User, models.PROTECT, related_name="exports")
    asked_at = models.DateTimeField(_("asked for"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    filters = models.JSONField(_("filters"), default=dict)
    language = models.CharField(max_length=10)
    form = models.CharField(_("form"), max_length=4, choices=Form)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    unmasked = models.BooleanField(_("with names in full"), default=False)
    reason = models.CharField(_("what it is for"), max_length=300, blank=True)
    columns = models.JSONField(_("columns"), default=list)
    expected = models.PositiveIntegerField(_("rows expected, about"), default=0)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    file = models.FileField(upload_to="exports/%Y/%m/", blank=True)
    problem = models.CharField(_("what went wrong"), max_length=300, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    deleted_at = models.DateTimeField(_("file deleted"), null=True)

    class QuerySet(ScopedQuerySet):
        pass

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["asked_by", "-asked_at"], name="export_of_asker")]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d} {self.form}"
