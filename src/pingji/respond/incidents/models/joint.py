"""Joint prevention: circulars with receipt and reply, shared resources, requisitions, inspections."""

from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    COUNTY_DIGITS,
    Area,
    Facility,
    Organisation,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.respond.incidents.models.incidents import Incident
from pingji.respond.incidents.models.orders import Order


class CircularQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """What was sent from the user's area, and what was sent to the user's organisation."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        seen = Q(pk__in=CircularReceiver.objects.to_organisation_of(user).values("circular"))
        if user.role not in BOUND_TO_ORGANISATION:
            seen |= Q(area__code__startswith=user.area_id)
        return self.filter(seen)


class Circular(models.Model):
    """What is told to departments and neighbours of an incident, who received it, and replied."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="circulars")
    area = models.ForeignKey(Area, models.PROTECT, related_name="circulars")
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what is told"))
    wants_reply = models.BooleanField(_("a reply is asked for"), default=False)
    key = models.UUIDField(null=True, unique=True)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="circulars_issued")
    issued_at = models.DateTimeField(_("issued"))

    objects = CircularQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-id"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The circular's page."""
        return reverse("incidents:circular", args=[self.pk])


class CircularReceiverQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Of circulars sent from the user's area, and what was sent to the user's organisation.

        The latter wherever it was sent from: a township is told by its county, and a county by its
        neighbour.
        """
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        seen = Q(organisation__isnull=False, organisation=user.organisation_id)
        if user.role not in BOUND_TO_ORGANISATION:
            seen |= Q(circular__area__code__startswith=user.area_id)
        return self.filter(seen)

    def to_organisation_of(self, user: Any) -> Self:
        """What was sent to the organisation that somebody works for."""
        if user.organisation_id is None:
            return self.none()
        return self.filter(organisation=user.organisation_id)


class CircularReceiver(models.Model):
    """Who a circular goes to: an organisation, or a neighbour that is reached by telephone."""

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="receivers")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="circulars"
    )
    outside = models.CharField(_("outside receiver"), max_length=160, blank=True)
    contact = models.CharField(_("how it is reached"), max_length=160, blank=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField(_("received"), null=True)
    received_how = models.CharField(_("who there received it, and how"), max_length=200, blank=True)
    reply = models.TextField(_("reply"), blank=True)
    replied_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(_("replied"), null=True)

    objects = CircularReceiverQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            who_and_when("received"),
            who_and_when("replied"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, outside="")
                | (Q(organisation__isnull=True) & ~Q(outside="")),
                name="incidents_circular_has_one_receiver",
            ),
            models.UniqueConstraint(
                fields=["circular", "organisation"], name="incidents_circular_once_to_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.circular} → {self.label}"

    def get_absolute_url(self) -> str:
        """The circular's page."""
        return self.circular.get_absolute_url()

    @property
    def label(self) -> str:
        """Who it is, in the reader's language."""
        return self.organisation.label if self.organisation else self.outside


class SharedResourceQuerySet(ScopedQuerySet):
    def visible_in_area(self, user: Any) -> Self:
        """What is shared in the county around the user, so that a township sees it too."""
        seen = self.visible_to(user)
        if seen.query.is_empty():
            return seen
        return self.filter(area__code__startswith=user.area_id[:COUNTY_DIGITS])

    def offered(self) -> Self:
        """What is still offered."""
        return self.filter(withdrawn_at__isnull=True)


class SharedResource(models.Model):
    """Something a department can give in an emergency: what, how many, where, and whom to call.

    Everybody of the area sees it, whatever organisation they work for: that is what it is for.
    """

    class Kind(models.TextChoices):
        PEOPLE = "people", pgettext_lazy("shared resource", "People")
        VEHICLES = "vehicles", pgettext_lazy("shared resource", "Vehicles")
        EQUIPMENT = "equipment", pgettext_lazy("shared resource", "Equipment")
        PLACES = "places", pgettext_lazy("shared resource", "Places")
        SUPPLIES = "supplies", pgettext_lazy("shared resource", "Supplies")
        DATA = "data", pgettext_lazy("shared resource", "Data")
        OTHER = "other", pgettext_lazy("shared resource", "Other")

    area = models.ForeignKey(Area, models.PROTECT, related_name="shared_resources")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="shared_resources")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("what"), max_length=120)
    amount = models.PositiveIntegerField(_("how many"))
    unit = models.CharField(_("unit"), max_length=20)
    free = models.PositiveIntegerField(_("free now"))
    place = models.CharField(_("where it is"), max_length=160, blank=True)
    contact = models.CharField(_("whom to call"), max_length=60)
    phone = models.CharField(_("phone"), max_length=30)
    updated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(_("updated"))
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    objects = SharedResourceQuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "kind", "name"]
        constraints = [
            who_and_when("withdrawn"),
            models.CheckConstraint(
                condition=Q(free__lte=F("amount")), name="incidents_resource_free_up_to_all"
            ),
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=Q(withdrawn_at__isnull=True),
                name="incidents_resource_named_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Requisition(models.Model):
    """A facility that is taken over for a time by order; nobody else takes it in that time."""

    class Use(models.TextChoices):
        ISOLATION = "isolation", _("Isolation")
        TREATMENT = "treatment", _("Treatment")
        TESTING = "testing", _("Sampling and testing")
        STORAGE = "storage", _("Storage")
        LODGING = "lodging", _("Lodging of staff")
        OTHER = "other", pgettext_lazy("use of a facility", "Other")

    order = models.OneToOneField(Order, models.PROTECT, related_name="requisition")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="requisitions")
    use = models.CharField(_("what for"), max_length=10, choices=Use)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(_("given back"), null=True)
    condition = models.TextField(_("in which condition"), blank=True)

    class Meta:
        ordering = ["-starts_at", "id"]
        constraints = [
            who_and_when("released"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="incidents_requisition_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="incidents_requisition_one_at_a_time",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    (Func("starts_at", "ends_at", function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(released_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} · {self.get_use_display()}"


class InspectionDrawQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Of the user's area; for who sees one organisation, those that give it an order.

        Which places are inspected and by whom is told to nobody else before they are.
        """
        rows = super().visible_to(user)
        if rows.query.is_empty() or user.role not in BOUND_TO_ORGANISATION:
            return rows
        theirs = Order.objects.visible_to(user).filter(inspection__draw__isnull=False)
        return rows.filter(pk__in=theirs.values("inspection__draw"))


class InspectionDraw(models.Model):
    """Which places are inspected and by whom, drawn at random; the seed lets anybody check it."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="draws")
    area = models.ForeignKey(Area, models.PROTECT, related_name="inspection_draws")
    places = models.JSONField(_("places that may be inspected"))
    inspectors = models.JSONField(_("who may inspect"))
    take = models.PositiveSmallIntegerField(_("places drawn"))
    each = models.PositiveSmallIntegerField(_("inspectors for each place"))
    seed = models.CharField(_("seed"), max_length=64)
    pairs = models.JSONField(_("result of the draw"))
    key = models.UUIDField(unique=True)
    drawn_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(_("drawn"))

    objects = InspectionDrawQuerySet.as_manager()

    class Meta:
        ordering = ["-drawn_at", "-id"]

    def __str__(self) -> str:
        return f"{self.incident} · {self.drawn_at:%Y-%m-%d}"


class Inspection(models.Model):
    """What several departments inspect together by order, and what each of them found."""

    class Matter(models.TextChoices):
        PRICES = "prices", _("Driving up prices")
        RUMOURS = "rumours", _("Spreading rumours")
        WILDLIFE = "wildlife", _("Illegal trade in wild animals")
        RANDOM = "random", _("Random inspection, made public")
        WASTE = "waste", _("Medical waste and disinfection")
        OTHER = "other", pgettext_lazy("matter of an inspection", "Other")

    order = models.OneToOneField(Order, models.PROTECT, related_name="inspection")
    draw = models.ForeignKey(InspectionDraw, models.PROTECT, null=True, related_name="inspections")
    matter = models.CharField(_("matter"), max_length=10, choices=Matter)
    place = models.CharField(_("where"), max_length=160)
    inspected = models.PositiveIntegerField(_("places inspected"), null=True)
    violations = models.PositiveIntegerField(_("violations found"), null=True)
    filed = models.PositiveIntegerField(_("cases filed"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(inspected__isnull=True, violations__isnull=True, filed__isnull=True)
                | Q(inspected__isnull=False, violations__isnull=False, filed__isnull=False),
                name="incidents_inspection_result_is_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_matter_display()} · {self.place}"

    @property
    def places(self) -> list[str]:
        """Where; of a draw all places to which this department sends somebody."""
        if self.draw is None:
            return [self.place]
        sent = self.order.organisation_id
        own = {one["name"] for one in self.draw.inspectors if one["organisation"] == sent}
        return [pair["place"] for pair in self.draw.pairs if own.intersection(pair["inspectors"])]
