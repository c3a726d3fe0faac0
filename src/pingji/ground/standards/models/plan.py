"""The parts of a plan that are not figures: groups, tasks, grades and how events are graded."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from pingji.ground.standards.models.profile import PlanQuerySet, Profile, told


class Group(models.Model):
    """A body of the command, and what it hangs under."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="groups")
    key = models.CharField(_("key"), max_length=60)
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(max_length=160)
    under = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    requirement = models.JSONField(_("requirement"), default=list)
    clause = models.CharField(_("clause"), max_length=120)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["profile_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "key"], name="standards_group_named_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return told(self, "name")


class GroupMember(models.Model):
    """Who sits in a group, and as what."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="members")
    position = models.PositiveIntegerField(default=0)
    role = models.CharField(_("part"), max_length=60)
    role_en = models.CharField(max_length=80)
    unit = models.CharField(_("unit"), max_length=200)
    unit_en = models.CharField(max_length=300)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["group_id", "position"]

    def __str__(self) -> str:
        return f"{told(self, 'role')} {told(self, 'unit')}"

    @property
    def said_role(self) -> str:
        """The member's part in the reader's language."""
        return told(self, "role")

    @property
    def said_unit(self) -> str:
        """The member's unit in the reader's language."""
        return told(self, "unit")


class Task(models.Model):
    """A line of the task ledger as the plan writes it; how far it is stands elsewhere."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="tasks")
    number = models.CharField(_("number"), max_length=20)
    position = models.PositiveIntegerField(default=0)
    chapter = models.CharField(_("chapter"), max_length=120, blank=True)
    chapter_en = models.CharField(max_length=160, blank=True)
    text = models.TextField(_("task"))
    text_en = models.TextField()
    due_on = models.DateField(_("due"), null=True)
    due_clause = models.CharField(_("where the date is written"), max_length=120, blank=True)
    long_term = models.BooleanField(_("goes on after its date"), default=False)
    requirement = models.JSONField(_("requirement"), default=list)
    clause = models.CharField(_("clause"), max_length=120)
    withdrawn_on = models.DateField(_("no longer in the plan since"), null=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["profile_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "number"], name="standards_task_named_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.label}"

    @property
    def label(self) -> str:
        """The task in the reader's language."""
        return told(self, "text")

    @property
    def said_chapter(self) -> str:
        """The chapter it stands in."""
        return told(self, "chapter")

    @property
    def lead(self) -> list["TaskUnit"]:
        """Who leads; empty where the plan names nobody."""
        return [unit for unit in self.units.all() if unit.part == TaskUnit.Part.LEAD]

    @property
    def responsible(self) -> list["TaskUnit"]:
        """Who answers for it beside the lead."""
        return [unit for unit in self.units.all() if unit.part == TaskUnit.Part.RESPONSIBLE]


class TaskUnit(models.Model):
    """A unit that leads a task or answers for it."""

    class Part(models.TextChoices):
        LEAD = "lead", _("Lead unit")
        RESPONSIBLE = "responsible", _("Responsible unit")

    task = models.ForeignKey(Task, models.CASCADE, related_name="units")
    part = models.CharField(_("part"), max_length=12, choices=Part)
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(_("unit"), max_length=120)
    name_en = models.CharField(max_length=160)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["task_id", "part", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "part", "name"], name="standards_taskunit_named_once"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return told(self, "name")


class Grade(models.Model):
    """A grade of an event, 1 the gravest."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="grades")
    key = models.CharField(_("key"), max_length=12)
    level = models.PositiveSmallIntegerField(_("level"))
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(max_length=60)
    colour = models.CharField(_("colour"), max_length=10)
    source = models.CharField(_("source"), max_length=200)
    source_en = models.CharField(max_length=300)
    verified = models.BooleanField(_("checked against its source"), default=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["profile_id", "level"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "level"], name="standards_grade_named_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return told(self, "name")


class GradingRule(models.Model):
    """When an event has a grade, as a rule that can be read and computed."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="gradings")
    key = models.CharField(_("key"), max_length=80)
    position = models.PositiveIntegerField(default=0)
    grade = models.CharField(_("grade"), max_length=12)
    event = models.CharField(_("kind of event"), max_length=24, blank=True)
    diseases = models.JSONField(_("diseases"), default=list)
    classes = models.JSONField(_("classes of diseases"), default=list)
    within_days = models.PositiveSmallIntegerField(_("counted within days"), null=True)
    name = models.TextField(_("rule"))
    name_en = models.TextField()
    every_one = models.JSONField(_("all of these"), default=list)
    any_one = models.JSONField(_("one of these"), default=list)
    edges = models.JSONField(_("values that can be read in two ways"), default=list)
    clause = models.CharField(_("clause"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=200)
    source_en = models.CharField(max_length=300)
    verified = models.BooleanField(_("checked against its source"), default=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["profile_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "key"], name="standards_gradingrule_named_once"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The rule in the reader's language."""
        return told(self, "name")

    @property
    def origin(self) -> str:
        """Where it is written: the clause of the plan, else its source."""
        return self.clause or told(self, "source")
