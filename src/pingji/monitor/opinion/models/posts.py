"""Posts as they came, and what was understood of each."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, Organisation, ScopedQuerySet, User
from pingji.monitor.opinion.models.rumours import Rumour
from pingji.monitor.surveillance.models import Disease, Sender

LONGEST_TEXT = 5_000


class Batch(models.Model):
    """Posts that came together, by a system or as a file, exactly as received, and their fate."""

    class Form(models.TextChoices):
        JSON = "json", _("JSON")
        LINES = "lines", _("JSON Lines")
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel")

    class State(models.TextChoices):
        TAKEN = "taken", _("Taken")
        PARTLY = "partly", _("Taken in part")
        REFUSED = "refused", _("Refused")
        HELD = "held", _("Held for a person to look at")

    area = models.ForeignKey(Area, models.PROTECT, related_name="post_batches")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="post_batches"
    )
    sender = models.ForeignKey(Sender, models.PROTECT, null=True, related_name="post_batches")
    handed_in_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    form = models.CharField(_("form"), max_length=8, choices=Form)
    name = models.CharField(_("name of the file, or the sender's number"), max_length=200)
    body = models.BinaryField(_("as received"))  # packed and sealed: it names authors
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(_("received"))
    state = models.CharField(_("fate"), max_length=8, choices=State)
    lines = models.PositiveIntegerField(_("posts"), default=0)
    kept = models.PositiveIntegerField(_("kept"), default=0)
    known = models.PositiveIntegerField(_("already known"), default=0)
    problems = models.JSONField(_("problems"), default=list)
    tries = models.PositiveIntegerField(_("times received"), default=1)

    # Whoever brought them: posts are of the whole county, and so is what became of them.
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "name"],
                condition=Q(sender__isnull=False),
                name="opinion_batch_taken_once",
            ),
            models.UniqueConstraint(
                fields=["area", "sha256"],
                condition=Q(sender__isnull=True),
                name="opinion_file_taken_once",
            ),
            models.CheckConstraint(
                condition=Q(kept__lte=models.F("lines")), name="opinion_batch_keeps_its_posts"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """One post: where and of what it speaks, its mood, and whose words it repeats.

    The author is kept as a keyed hash alone. Phone and identity numbers in the text are starred
    before it is kept.
    """

    class Place(models.TextChoices):
        NAMED = "named", _("named in the text")
        SEVERAL = "several", _("several places named")
        AMBIGUOUS = "ambiguous", _("more than one place has that name")
        NONE = "none", _("no place named")
        ELSEWHERE = "elsewhere", _("a place elsewhere")

    class Mood(models.IntegerChoices):
        WORRIED = -1, pgettext_lazy("mood of a post", "worried or angry")
        PLAIN = 0, pgettext_lazy("mood of a post", "matter-of-fact")
        CALM = 1, pgettext_lazy("mood of a post", "calm or thankful")

    home = models.ForeignKey(Area, models.PROTECT, related_name="posts_brought")
    area = models.ForeignKey(Area, models.PROTECT, related_name="posts")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="posts")
    line = models.PositiveIntegerField(_("line in its file or message"))
    source = models.CharField(_("platform"), max_length=40)
    key = models.CharField(_("number on the platform"), max_length=120)
    author = models.CharField(_("hash of the author"), max_length=64, blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    text = models.TextField(_("text"))
    digest = models.CharField(max_length=64)
    posted_at = models.DateTimeField(_("posted"))
    known_at = models.DateTimeField(_("known"))
    place = models.CharField(_("how the place was found"), max_length=10, choices=Place)
    candidates = models.JSONField(_("places it may mean"), default=list)
    diseases = models.JSONField(_("diseases named"), default=list)
    symptoms = models.JSONField(_("symptoms named"), default=list)
    topic = models.ForeignKey(Disease, models.PROTECT, null=True, related_name="posts")
    notice = models.BooleanField(_("an official notice or teaching"), default=False)
    mood = models.SmallIntegerField(_("mood"), choices=Mood, default=Mood.PLAIN)
    mood_words = models.JSONField(_("words the mood was read from"), default=list)
    signature = models.BinaryField()
    repeats = models.ForeignKey("self", models.PROTECT, null=True, related_name="copies")
    rumour = models.ForeignKey(Rumour, models.PROTECT, null=True, related_name="posts")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-posted_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["home", "source", "key"], name="opinion_post_kept_once")
        ]
        indexes = [
            models.Index(fields=["area", "topic", "posted_at"], name="post_place_topic"),
            models.Index(fields=["home", "posted_at"], name="post_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"
