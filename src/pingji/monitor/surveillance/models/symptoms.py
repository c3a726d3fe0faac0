"""How words of a chief complaint become symptoms, and symptoms syndromes; edited on screen."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pingji.monitor.surveillance.models.catalogue import Disease


class Symptom(models.Model):
    """A symptom, and the words by which patients and doctors call it."""

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    name = models.CharField(_("name"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=60)
    words = models.JSONField(_("other words for it"), default=list)
    not_words = models.JSONField(_("words that only look like it"), default=list)
    from_temperature = models.DecimalField(
        _("measured from so many °C"), max_digits=3, decimal_places=1, null=True, blank=True
    )

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en


class ReadingWord(models.Model):
    """A word that steers how a complaint is read: "无", "但", "既往", "加重" …"""

    class Role(models.TextChoices):
        NEGATES = "negates", _("denies what follows, up to the comma")
        NEGATES_LIST = "negates_list", _("denies what follows, up to the end of the sentence")
        NEGATES_BEFORE = "negates_before", _("denies what stands just before it")
        NO_NEGATION = "no_negation", _("looks like a denial and is none")
        ENDS = "ends", _("ends a denial")
        PAST = "past", _("earlier illness, up to the comma")
        PAST_BEFORE = "past_before", _("makes what stands just before it an earlier illness")
        OTHERS = "others", _("somebody else, up to the comma")
        AGAIN = "again", _("worse or back again: the next duration counts for what came before")

    word = models.CharField(_("word"), max_length=20, primary_key=True)
    role = models.CharField(_("what it does"), max_length=16, choices=Role)

    class Meta:
        ordering = ["role", "word"]

    def __str__(self) -> str:
        return self.word


class SyndromeRule(models.Model):
    """Which symptoms together make a syndrome."""

    syndrome = models.ForeignKey(Disease, models.CASCADE, related_name="symptom_rules")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    all_of = models.JSONField(_("all of these symptoms"), default=list)
    any_of = models.JSONField(_("and one of these"), default=list)
    none_of = models.JSONField(_("and none of these"), default=list)
    longest_days = models.PositiveSmallIntegerField(
        _("for at most so many days"), null=True, blank=True
    )
    shortest_days = models.PositiveSmallIntegerField(
        _("for at least so many days"), null=True, blank=True
    )
    youngest = models.PositiveSmallIntegerField(_("from age"), null=True, blank=True)
    oldest = models.PositiveSmallIntegerField(_("up to age"), null=True, blank=True)
    active = models.BooleanField(_("in use"), default=True)
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        ordering = ["syndrome_id", "order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(all_of=[]) | ~Q(any_of=[]), name="surveillance_rule_asks_something"
            )
        ]

    def __str__(self) -> str:
        return f"{self.syndrome} {self.order}"
