"""Report cards: cases as reported, every version of them, and pairs that may be one case."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Area,
    Organisation,
    Resident,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.ground.directory.models.identity import seal, sealed_hash, unseal
from pingji.monitor.surveillance.models.catalogue import CaseStatus, Disease
from pingji.monitor.surveillance.models.imports import Import
from pingji.monitor.surveillance.models.intake import Message


class Source(models.TextChoices):
    """How a report came in."""

    SCREEN = "screen", _("Typed in")
    FILE = "file", _("From a file")
    JSON = "json", _("JSON")
    FHIR = "fhir", _("HL7 FHIR R4")
    HL7V2 = "hl7v2", _("HL7 v2")


class Letters(models.Func):
    """The characters of a text, each once for each time it stands there."""

    template = "string_to_array(%(expressions)s, NULL)"
    output_field = ArrayField(models.TextField())


class CaseQuerySet(ScopedQuerySet):
    organisation_field = "organisation_id"

    def visible_to(self, user: Any) -> Self:
        """Rows of the user's area; whoever reports sees the own organisation's, wherever they live.

        A hospital treats people from elsewhere, and must find their cards again.
        """
        if getattr(user, "is_active", False) and user.role in BOUND_TO_ORGANISATION:
            return self.filter(organisation_id=user.organisation_id)
        return super().visible_to(user)

    def counted(self) -> "CaseQuerySet":
        """Cards that were sent and stand: no drafts, nothing withdrawn or merged into another."""
        return self.filter(state__in=CaseReport.COUNTED)


class CaseReport(models.Model):
    """A report card: one case as reported, when it happened, when it was known, where, and what."""

    Status = CaseStatus

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("report card", "Draft")
        SENT = "sent", _("Sent")
        CHECKED = "checked", _("Checked by the hospital")
        RETURNED = "returned", _("Sent back")
        REVIEWED = "reviewed", _("Reviewed by the CDC")
        WITHDRAWN = "withdrawn", pgettext_lazy("report card", "Withdrawn")
        MERGED = "merged", _("Merged into another card")

    class Patient(models.TextChoices):
        """Where the patient lives, as the card asks it."""

        COUNTY = "county", _("This county")
        CITY = "city", _("Another county of this city")
        PROVINCE = "province", _("Another city of this province")
        COUNTRY = "country", _("Another province")
        HMT = "hmt", _("Hong Kong, Macao or Taiwan")
        ABROAD = "abroad", _("Abroad")

    COUNTED = (State.SENT, State.CHECKED, State.RETURNED, State.REVIEWED)

    key = models.CharField(_("card number"), max_length=80)
    disease = models.ForeignKey(Disease, models.PROTECT, related_name="cases", db_index=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="cases", db_index=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="cases", db_index=False
    )
    status = models.CharField(_("status"), max_length=10, choices=CaseStatus)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.SENT, db_default="sent"
    )
    source = models.CharField(
        _("source"), max_length=8, choices=Source, default=Source.FILE, db_default="file"
    )

    name = models.CharField(
        pgettext_lazy("of a person", "name"), max_length=60, blank=True, db_default=""
    )
    # Pinyin without tones: 张伟 and 章玮 sound alike, and are found as one.
    name_sound = models.CharField(max_length=80, blank=True, db_default="", default="")
    guardian = models.CharField(_("parent's name"), max_length=60, blank=True, db_default="")
    identity_encrypted = models.BinaryField(_("identity number, encrypted"), null=True)
    identity_hash = models.CharField(
        _("identity number, keyed hash"), max_length=64, blank=True, db_default=""
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, related_name="cards", db_index=False
    )
    sex = models.CharField(_("sex"), max_length=1, blank=True, db_default="")
    born_on = models.DateField(_("born on"), null=True, blank=True)
    age = models.PositiveSmallIntegerField(_("age in years"), null=True)
    occupation = models.CharField(_("occupation"), max_length=40, blank=True, db_default="")
    phone = models.CharField(_("phone"), max_length=30, blank=True, db_default="")
    patient = models.CharField(
        _("lives in"), max_length=10, choices=Patient, blank=True, db_default=""
    )
    address = models.CharField(_("address"), max_length=200, blank=True, db_default="")
    institution = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="patients",
        db_index=False,
    )
    workplace = models.CharField(
        _("work unit or school"), max_length=120, blank=True, db_default=""
    )
    school_class = models.CharField(_("class at school"), max_length=40, blank=True, db_default="")

    onset_on = models.DateField(_("onset"))
    diagnosed_on = models.DateField(_("diagnosed"), null=True)
    diagnosed_at = models.DateTimeField(_("time of diagnosis"), null=True)
    died_on = models.DateField(_("died"), null=True, blank=True)
    severe = models.BooleanField(_("severe"), default=False, db_default=False)
    doctor = models.CharField(_("reporting doctor"), max_length=60, blank=True, db_default="")
    remark = models.CharField(_("remark"), max_length=500, blank=True, db_default="")

    filled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="cards_filled", db_index=False
    )
    filled_at = models.DateTimeField(_("filled in"), null=True)
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="cards_checked", db_index=False
    )
    checked_at = models.DateTimeField(_("checked by the hospital"), null=True)
    reviewed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="cards_reviewed", db_index=False
    )
    reviewed_at = models.DateTimeField(_("reviewed by the CDC"), null=True)
    returned_why = models.CharField(
        _("why it was sent back"), max_length=300, blank=True, db_default=""
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", db_index=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, db_default=1)
    known_at = models.DateTimeField(_("known"))
    changed_at = models.DateTimeField(_("last changed"), null=True)

    message = models.ForeignKey(
        Message, models.PROTECT, null=True, related_name="cards", db_index=False
    )
    file = models.ForeignKey(
        Import, models.PROTECT, null=True, related_name="cases", db_index=False
    )
    row = models.PositiveIntegerField(_("row"), null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-onset_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="surveillance_case_reported_once"),
            models.CheckConstraint(
                condition=Q(diagnosed_on__isnull=True) | Q(diagnosed_on__gte=F("onset_on")),
                name="surveillance_case_onset_before_diagnosis",
            ),
            models.CheckConstraint(
                condition=Q(died_on__isnull=True) | Q(died_on__gte=F("onset_on")),
                name="surveillance_case_onset_before_death",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=False, state="merged")
                | (Q(merged_into__isnull=True) & ~Q(state="merged")),
                name="surveillance_case_merged_into_another",
            ),
            models.CheckConstraint(
                condition=Q(identity_hash="", identity_encrypted__isnull=True)
                | (~Q(identity_hash="") & Q(identity_encrypted__isnull=False)),
                name="surveillance_case_identity_in_both_forms",
            ),
            who_and_when("filled"),
            who_and_when("checked"),
            who_and_when("reviewed"),
        ]
        # Every index is paid for by each row of a file of 200,000. So what most cards leave empty is
        # indexed only where it is filled, and who handled a card, by which nothing looks, not at all.
        indexes = [
            models.Index(fields=["disease", "onset_on", "area"], name="case_series"),
            models.Index(fields=["area", "onset_on"], name="case_area"),
            models.Index(fields=["file", "row"], name="case_file_row"),
            # Whatever the line list is filtered by, it is read from here, not from the wide rows.
            models.Index(
                fields=["-onset_on", "-id"],
                include=[
                    "disease",
                    "area",
                    "organisation",
                    "institution",
                    "status",
                    "state",
                    "source",
                    "sex",
                    "age",
                    "diagnosed_on",
                    "known_at",
                    "died_on",
                    "severe",
                    "name",
                ],
                name="case_line_list",
            ),
            models.Index(
                F("diagnosed_on").desc(nulls_last=True), F("id").desc(), name="case_diagnosed"
            ),
            models.Index(fields=["-known_at", "-id"], name="case_known"),
            models.Index(fields=["organisation", "-onset_on", "-id"], name="case_organisation"),
            models.Index(
                fields=["institution", "onset_on"],
                condition=Q(institution__isnull=False),
                name="case_institution",
            ),
            models.Index(
                fields=["message"], condition=Q(message__isnull=False), name="case_message"
            ),
            models.Index(
                fields=["resident"], condition=Q(resident__isnull=False), name="case_resident"
            ),
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="case_merged_into",
            ),
            models.Index(
                fields=["identity_hash"], condition=~Q(identity_hash=""), name="case_identity"
            ),
            # The states few cards are in. Those that most are in stand in case_line_list everywhere.
            models.Index(
                fields=["state", "-onset_on", "-id"],
                condition=~Q(state__in=["reviewed", "sent"]),
                name="case_to_do",
            ),
            # What waits for a person; cards from files were dealt with where they came from.
            models.Index(
                fields=["state", "-known_at", "-id"],
                condition=Q(state__in=["draft", "sent", "checked", "returned"]) & ~Q(source="file"),
                name="case_work",
            ),
            models.Index(
                fields=["name_sound", "onset_on"],
                condition=~Q(name_sound=""),
                name="case_name_sound",
            ),
            models.Index(fields=["phone", "onset_on"], condition=~Q(phone=""), name="case_phone"),
            models.Index(
                fields=["born_on", "onset_on"],
                condition=Q(born_on__isnull=False),
                name="case_born",
            ),
            # A part of a name is looked for by its characters: trigrams know only letters that the
            # database's locale knows, and Chinese characters are none in most.
            GinIndex(Letters("name"), condition=~Q(name=""), name="case_name_letters"),
        ]

    def __str__(self) -> str:
        return f"{self.disease} {self.onset_on:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """Where the card is shown."""
        return reverse("surveillance:card", args=[self.pk])

    @property
    def identity_number(self) -> str:
        """The identity number in clear; empty where none is known."""
        return unseal(bytes(self.identity_encrypted)) if self.identity_encrypted else ""

    @identity_number.setter
    def identity_number(self, number: str) -> None:
        self.identity_encrypted = seal(number) if number else None
        self.identity_hash = sealed_hash(number) if number else ""


class CaseVersion(models.Model):
    """A report card as it stood before it was changed."""

    case = models.ForeignKey(CaseReport, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    values: Any = models.JSONField(_("values"))
    held_from = models.DateTimeField(_("held from"))
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("changed"))
    reason = models.CharField(_("reason"), max_length=300)

    class QuerySet(ScopedQuerySet):
        area_field = "case__area"
        organisation_field = "case__organisation_id"

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["case_id", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "number"], name="surveillance_case_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} · {self.number}"


class DuplicatePair(models.Model):
    """Two cards that may be one case, until a person has said what they are."""

    class State(models.TextChoices):
        OPEN = "open", _("To be decided")
        SAME = "same", _("The same case: merged")
        DISTINCT = "distinct", _("Not the same")

    first = models.ForeignKey(CaseReport, models.CASCADE, related_name="pairs_first")
    second = models.ForeignKey(CaseReport, models.CASCADE, related_name="pairs_second")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    score = models.FloatField(_("likeness"))
    reasons = models.JSONField(_("what is alike"), default=list)
    found_at = models.DateTimeField(_("found"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # Which card was merged, in which state it was, and the version of the other: to take it back.
    merged = models.JSONField(_("before the merge"), default=dict, db_default={})

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-score", "id"]
        indexes = [
            models.Index(fields=["-score", "id"], condition=Q(state="open"), name="pair_to_decide")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"], name="surveillance_pair_found_once"
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="surveillance_pair_in_order"
            ),
            who_and_when("decided", unless=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} – {self.second_id}"
