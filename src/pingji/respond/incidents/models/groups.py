"""The chain of command: who sits in which group, which groups answer an event, who was called."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground import in_words
from pingji.ground.directory.models import Area, ScopedQuerySet, User, who_and_when
from pingji.respond.incidents.models.incidents import Incident


class Seat(models.TextChoices):
    """As what somebody sits in a group; the head is called first."""

    HEAD = "head", pgettext_lazy("seat in a group", "Head")
    DEPUTY = "deputy", pgettext_lazy("seat in a group", "Deputy head")
    MEMBER = "member", pgettext_lazy("seat in a group", "Member")


class GroupSeatQuerySet(ScopedQuerySet):
    def held(self) -> Self:
        """Seats that somebody holds now."""
        return self.filter(withdrawn_at__isnull=True)


class GroupSeat(models.Model):
    """Somebody's seat in a group of the area's chain of command, as the plan names the groups."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="group_seats")
    group = models.CharField(_("group"), max_length=60)
    person = models.ForeignKey(User, models.PROTECT, related_name="group_seats")
    seat = models.CharField(_("seat"), max_length=8, choices=Seat)
    duty = models.CharField(_("duty"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    seated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    seated_at = models.DateTimeField(_("seated"))
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("left"), null=True)

    objects = GroupSeatQuerySet.as_manager()

    class Meta:
        ordering = ["area_id", "group", "seat", "id"]
        constraints = [
            who_and_when("withdrawn"),
            models.UniqueConstraint(
                fields=["area", "group", "person"],
                condition=Q(withdrawn_at__isnull=True),
                name="incidents_groupseat_one_for_each_person",
            ),
            models.UniqueConstraint(
                fields=["area", "group"],
                condition=Q(withdrawn_at__isnull=True, seat="head"),
                name="incidents_groupseat_one_head",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.get_seat_display()} {self.person}"

    @property
    def reached_at(self) -> str:
        """The number by which this person is reached for this seat."""
        return self.phone or self.person.phone


class IncidentGroup(models.Model):
    """A group that answers an incident, with whoever sat in it when it was formed."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="groups")
    key = models.CharField(_("group"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(max_length=160)
    formed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    formed_at = models.DateTimeField(_("formed"))

    class Meta:
        ordering = ["incident_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "key"], name="incidents_group_formed_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return in_words(self.name, self.name_en)

    @property
    def roll(self) -> list["IncidentGroupMember"]:
        """Everybody who worked in it: the head first, those who left last."""
        seats = list(Seat)

        def place(one: IncidentGroupMember) -> tuple[bool, int, int]:
            return one.left_at is not None, seats.index(Seat(one.seat)), one.pk

        return sorted(self.members.all(), key=place)

    @property
    def present(self) -> list["IncidentGroupMember"]:
        """Who works in it still."""
        return [member for member in self.members.all() if member.left_at is None]


class MemberQuerySet(models.QuerySet):
    def present(self) -> Self:
        """Those who work in their group still."""
        return self.filter(left_at__isnull=True)


class IncidentGroupMember(models.Model):
    """Somebody who works in a group of an incident, from its forming or since they joined."""

    group = models.ForeignKey(IncidentGroup, models.CASCADE, related_name="members")
    person = models.ForeignKey(User, models.PROTECT, related_name="incident_groups")
    seat = models.CharField(_("seat"), max_length=8, choices=Seat)
    duty = models.CharField(_("duty"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    joined_at = models.DateTimeField(_("joined"), null=True)
    left_at = models.DateTimeField(_("left"), null=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["group_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "person"], name="incidents_groupmember_in_it_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.person}"


class CalloutQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Calls of the reader's area, and those to themselves wherever the event is."""
        rows = super().visible_to(user)
        return rows | self.filter(person=user) if getattr(user, "is_active", False) else rows


class Callout(models.Model):
    """Somebody called to an incident; who does not answer in time is followed by the next."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="callouts")
    area = models.ForeignKey(Area, models.PROTECT, related_name="callouts")
    group = models.CharField(_("group"), max_length=60)
    group_name = models.CharField(_("group"), max_length=120)
    group_name_en = models.CharField(max_length=160)
    person = models.ForeignKey(User, models.PROTECT, related_name="callouts")
    seat = models.CharField(_("seat"), max_length=8, choices=Seat, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    instead_of = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="passed_on_to"
    )
    called_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    called_at = models.DateTimeField(_("called"))
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(_("answered"), null=True)

    objects = CalloutQuerySet.as_manager()

    class Meta:
        ordering = ["called_at", "id"]
        constraints = [
            who_and_when("acknowledged"),
            models.UniqueConstraint(
                fields=["incident", "group", "person"], name="incidents_callout_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident} · {self.label}"

    def get_absolute_url(self) -> str:
        """Where whoever was called answers."""
        return reverse("incidents:call", args=[self.pk])

    @property
    def label(self) -> str:
        """The group in the reader's language."""
        return in_words(self.group_name, self.group_name_en)
