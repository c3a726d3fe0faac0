"""What a report card must say: each check is one sentence with what to do. Pure; writes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from pingji.ground.directory.models import COUNTY_DIGITS
from pingji.monitor.surveillance.models import CaseReport, CaseStatus

# What a card says of its case, in the order in which the form asks it.
FACTS = (
    "identity_number",
    "name",
    "guardian",
    "sex",
    "born_on",
    "age",
    "occupation",
    "phone",
    "patient",
    "area",
    "address",
    "institution",
    "workplace",
    "school_class",
    "disease",
    "status",
    "severe",
    "onset_on",
    "diagnosed_on",
    "diagnosed_at",
    "died_on",
    "doctor",
    "remark",
)


@dataclass(frozen=True, slots=True)
class CardForm:
    """What the card's checks go by: data/report_card.toml."""

    guardian_below_age: int
    days_from_onset_to_diagnosis: int
    days_from_diagnosis_to_report: int
    usual_age_up_to: int
    phone_digits: tuple[int, int]
    ages: dict[str, tuple[int, int]] = field(default_factory=dict)
    school: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Watched:
    """What the catalogue says of the disease on the day of diagnosis.

    Attributes:
        code: Its code.
        label: Its name in the reader's language.
        since: First day on which it is watched, if that is known.
        until: Last day, if it has ended.
        successor: What it is called since, if it has ended.
        statuses: Which statuses it may be reported in.
    """

    code: str
    label: str
    since: date | None = None
    until: date | None = None
    successor: str = ""
    statuses: frozenset[str] = frozenset(
        {CaseStatus.SUSPECTED, CaseStatus.CLINICAL, CaseStatus.CONFIRMED}
    )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When and where a card is filled in, and what is known of its disease and its patient.

    Attributes:
        now: The county's time.
        county: Code of the county of whoever fills it in.
        form: What the checks go by.
        disease: What the catalogue says; None where no disease is given yet.
        identity: Birth date and sex in the identity number, if one is given.
        reported: Who may have reported this case already, in words; "" if nobody.
    """

    now: datetime
    county: str
    form: CardForm
    disease: Watched | None = None
    identity: tuple[date, str] | None = None
    reported: str = ""

    @property
    def today(self) -> date:
        """The county's day."""
        return self.now.date()


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, or odd, with one field.

    Attributes:
        field: Which field of the form.
        code: Which check found it.
        sentence: What is wrong and what to do.
        is_error: Whether it must be mended; else it may be confirmed with a reason.
    """

    field: str
    code: str
    sentence: str
    is_error: bool = True


Facts = dict[str, Any]
Check = Callable[[Facts, Circumstances], Iterator[Finding]]


def findings(facts: Facts, here: Circumstances, *, draft: bool = False) -> list[Finding]:
    """Everything that is wrong or odd with a card, in the order of its fields.

    Args:
        facts: What the card says, by the names in FACTS; missing is None or "".
        here: When, where, and what is known beside the card.
        draft: Only what no card may say; what is missing may still come.
    """
    checks = DRAFT_CHECKS if draft else DRAFT_CHECKS + WHOLE_CHECKS
    found = [finding for check in checks for finding in check(facts, here)]
    return sorted(found, key=lambda one: FACTS.index(one.field) if one.field in FACTS else 99)


def full_years(born_on: date, on: date) -> int:
    """Age in full years on a day."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def day(value: date | datetime) -> str:
    """A day as sentences say it."""
    return f"{value:%Y-%m-%d}"


def _no_future(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    for name in ("born_on", "onset_on", "diagnosed_on", "died_on"):
        if facts.get(name) and facts[name] > here.today:
            yield Finding(
                name,
                "in_the_future",
                _("%(day)s has not come yet (today is %(today)s): check day, month and year.")
                % {"day": day(facts[name]), "today": day(here.today)},
            )
    moment = facts.get("diagnosed_at")
    if moment and moment > here.now and moment.date() == here.today:
        yield Finding(
            "diagnosed_at",
            "in_the_future",
            _("%(hour)s has not come yet (it is %(now)s): check the hour.")
            % {"hour": f"{moment:%H:%M}", "now": f"{here.now:%H:%M}"},
        )


def _days_in_order(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    born, onset = facts.get("born_on"), facts.get("onset_on")
    diagnosed, died = facts.get("diagnosed_on"), facts.get("died_on")
    if born and onset and onset < born:
        yield Finding(
            "onset_on",
            "onset_before_birth",
            _("Onset on %(onset)s lies before the birth on %(born)s: correct one of the two.")
            % {"onset": day(onset), "born": day(born)},
        )
    if onset and diagnosed and diagnosed < onset:
        yield Finding(
            "diagnosed_at",
            "diagnosis_before_onset",
            _(
                "Diagnosed on %(diagnosed)s, before onset on %(onset)s: correct one of the two; "
                "for a carrier without symptoms, onset is the day of the finding."
            )
            % {"diagnosed": day(diagnosed), "onset": day(onset)},
        )
    if onset and died and died < onset:
        yield Finding(
            "died_on",
            "death_before_onset",
            _("Died on %(died)s, before onset on %(onset)s: correct one of the two.")
            % {"died": day(died), "onset": day(onset)},
        )


def _age_fits(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    born, age, onset = facts.get("born_on"), facts.get("age"), facts.get("onset_on")
    if born is None or age is None:
        return
    on = max(born, min(onset or here.today, here.today))
    fitting = {full_years(born, on), full_years(born, max(born, here.today))}
    if age not in fitting:
        yield Finding(
            "age",
            "age_against_birth",
            _(
                "Born on %(born)s, the patient is %(right)s years old, not %(age)s: correct the age "
                "or the date of birth."
            )
            % {"born": day(born), "right": max(fitting), "age": age},
        )


def _identity_fits(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    if here.identity is None:
        return
    born, sex = here.identity
    if facts.get("born_on") and facts["born_on"] != born:
        yield Finding(
            "born_on",
            "birth_against_identity",
            _("The identity number says born on %(born)s: correct the date or the number.")
            % {"born": day(born)},
        )
    if facts.get("sex") in {"M", "F"} and facts["sex"] != sex:
        yield Finding(
            "sex",
            "sex_against_identity",
            _("The identity number (17th digit) is a man's: correct the sex or the number.")
            if sex == "M"
            else _("The identity number (17th digit) is a woman's: correct the sex or the number."),
        )


def _place_fits(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    patient, area = facts.get("patient"), str(facts.get("area") or "")
    home = here.county[:COUNTY_DIGITS]
    if not patient or not area:
        return
    inside = area.startswith(home) and len(area) > len(home)
    if patient == CaseReport.Patient.COUNTY and not inside:
        yield Finding(
            "area",
            "area_outside_county",
            _(
                "“This county” is chosen, but the address is not a township or village of it: "
                "choose the township or village, or where the patient lives."
            ),
        )
    elif patient != CaseReport.Patient.COUNTY and inside:
        yield Finding(
            "patient",
            "area_inside_county",
            _(
                "The address lies in this county: choose “This county”, or leave the place empty "
                "and write the address in words."
            ),
        )


def _disease_fits(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    watched, status = here.disease, facts.get("status")
    if watched is None:
        return
    on = facts.get("diagnosed_on") or facts.get("onset_on") or here.today
    if watched.since and on < watched.since:
        yield Finding(
            "disease",
            "not_yet_watched",
            _("%(disease)s is reported from %(day)s on: check the date, or choose another disease.")
            % {"disease": watched.label, "day": day(watched.since)},
        )
    if watched.until and on > watched.until:
        yield Finding(
            "disease",
            "no_longer_watched",
            (
                _("%(disease)s was reported until %(day)s: choose %(successor)s instead.")
                if watched.successor
                else _("%(disease)s was reported until %(day)s: choose another disease.")
            )
            % {
                "disease": watched.label,
                "day": day(watched.until),
                "successor": watched.successor,
            },
        )
    if status and status not in watched.statuses:
        allowed = [str(s.label) for s in CaseStatus if s.value in watched.statuses]
        yield Finding(
            "status",
            "status_not_defined",
            _("%(disease)s is not reported as “%(status)s”: choose one of %(allowed)s.")
            % {
                "disease": watched.label,
                "status": CaseStatus(status).label,
                "allowed": _(", ").join(allowed),
            },
        )


def _age_can_have_it(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    ages = here.form.ages.get(here.disease.code) if here.disease else None
    age = facts.get("age")
    if ages and age is not None and not ages[0] <= age <= ages[1]:
        yield Finding(
            "disease",
            "age_cannot_have_it",
            _("%(disease)s does not occur at %(age)s years: check the disease and the age.")
            % {"disease": here.disease.label if here.disease else "", "age": age},
        )


MISSING: dict[str, Callable[[], str]] = {
    "name": lambda: _("Enter the patient's name; where nobody knows it, write 不详."),
    "sex": lambda: _("Choose the sex; an identity number fills it in."),
    "disease": lambda: _("Choose the disease: type its name, initials or ICD-10 code."),
    "status": lambda: _("Choose how sure the case is."),
    "onset_on": lambda: _("Enter the day of onset; for a carrier, the day of the finding."),
    "diagnosed_on": lambda: _("Enter when it was diagnosed: the deadline runs from then."),
    "patient": lambda: _("Choose where the patient lives."),
    "occupation": lambda: _("Choose the occupation as printed on the card."),
    "doctor": lambda: _("Enter the name of the reporting doctor."),
}
SHOWN_AT = {"diagnosed_on": "diagnosed_at"}


def _nothing_missing(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    for name, sentence in MISSING.items():
        if facts.get(name) in (None, ""):
            yield Finding(SHOWN_AT.get(name, name), "missing", sentence())
    if facts.get("diagnosed_on") and not facts.get("diagnosed_at"):
        yield Finding(
            "diagnosed_at",
            "hour_missing",
            _("Add the hour of diagnosis, such as 1120 15:30: the deadline runs from then."),
        )
    if facts.get("born_on") is None and facts.get("age") is None:
        yield Finding("born_on", "missing", _("Enter the date of birth, or else the age."))
    if facts.get("patient") == CaseReport.Patient.COUNTY and not facts.get("area"):
        yield Finding(
            "area", "missing", _("Choose the township or village: type its name or initials.")
        )
    if facts.get("patient") not in ("", None, CaseReport.Patient.COUNTY) and not facts.get(
        "address"
    ):
        yield Finding(
            "address",
            "missing",
            _("The patient is from elsewhere: write province, city, county and address in words."),
        )


def _guardian_named(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    age, limit = facts.get("age"), here.form.guardian_below_age
    if age is not None and age < limit and not facts.get("guardian"):
        yield Finding(
            "guardian",
            "guardian_missing",
            _("The patient is under %(limit)s: enter the name of a parent or guardian.")
            % {"limit": limit},
        )


def _school_named(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    if facts.get("occupation") not in here.form.school:
        return
    if not (facts.get("institution") or facts.get("workplace")):
        yield Finding(
            "institution",
            "school_missing",
            _("A pupil or nursery child: choose the school, or write its name as work unit."),
        )
    if not facts.get("school_class"):
        yield Finding(
            "school_class",
            "class_missing",
            _("A pupil or nursery child: enter grade and class, such as 三年级2班."),
        )


def _delays_usual(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    onset, diagnosed = facts.get("onset_on"), facts.get("diagnosed_on")
    if onset and diagnosed:
        days = (diagnosed - onset).days
        if days > here.form.days_from_onset_to_diagnosis:
            yield Finding(
                "onset_on",
                "long_before_diagnosis",
                _("Onset lies %(days)s days before diagnosis: check both, or say why.")
                % {"days": days},
                is_error=False,
            )
    if diagnosed:
        days = (here.today - diagnosed).days
        if days > here.form.days_from_diagnosis_to_report:
            yield Finding(
                "diagnosed_at",
                "late_report",
                _("Diagnosed %(days)s days ago: check the day, or say why it is reported late.")
                % {"days": days},
                is_error=False,
            )


def _person_usual(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    age, limit = facts.get("age"), here.form.usual_age_up_to
    if age is not None and age > limit:
        yield Finding(
            "age",
            "very_old",
            _("%(age)s years is rare: check the birth date, or confirm it.") % {"age": age},
            is_error=False,
        )
    digits = sum(letter.isdigit() for letter in facts.get("phone") or "")
    fewest, most = here.form.phone_digits
    if facts.get("phone") and not fewest <= digits <= most:
        yield Finding(
            "phone",
            "odd_phone",
            _("This telephone number has %(digits)s digits: check it, or confirm it.")
            % {"digits": digits},
            is_error=False,
        )
    if facts.get("died_on") and facts.get("status") == CaseStatus.CARRIER:
        yield Finding(
            "died_on",
            "carrier_died",
            _("A carrier who died: check the status, or confirm it."),
            is_error=False,
        )


def _not_reported_before(facts: Facts, here: Circumstances) -> Iterator[Finding]:
    if here.reported:
        yield Finding("name", "maybe_reported", here.reported, is_error=False)


DRAFT_CHECKS: tuple[Check, ...] = (
    _no_future,
    _days_in_order,
    _age_fits,
    _identity_fits,
    _place_fits,
    _disease_fits,
    _age_can_have_it,
)
WHOLE_CHECKS: tuple[Check, ...] = (
    _nothing_missing,
    _guardian_named,
    _school_named,
    _delays_usual,
    _person_usual,
    _not_reported_before,
)
