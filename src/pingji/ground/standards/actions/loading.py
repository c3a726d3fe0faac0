"""A plan's file made into rows."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.ground.standards.actions.changing import area_of, exact, put_in_force
from pingji.ground.standards.models import (
    Conversion,
    Grade,
    GradingRule,
    Group,
    GroupMember,
    Profile,
    ProfileArea,
    ProfileVersion,
    StandardRow,
    Task,
    TaskUnit,
)
from pingji.ground.standards.models.profile import StandardQuerySet
from pingji.ground.standards.rules import editing as rules
from pingji.ground.standards.rules.parts import Condition
from pingji.ground.standards.rules.profile import (
    ProfileFile,
    both,
    digest,
    load_profile_file,
    parse_profile,
    shipped_profiles,
)

# A difference in one of these is a new figure; in any other column it is a better wording.
FIGURES = {"section", "value", "unit", "comparison", "per_value", "per_unit", "by_date", "present"}
FIGURES |= {"present_year", "target_year", "better", "every", "items", "warn_share"}
FIGURES |= {"escalates_to"}


def load_shipped_profiles(*, by: User, at: datetime) -> list[Profile]:
    """Load every plan that ships with the program; those loaded before are left as they are."""
    return [load_profile(file=path, by=by, at=at) for path in shipped_profiles().values()]


def load_profile(*, file: Path, by: User, at: datetime) -> Profile:
    """Load a plan's file. The same file twice changes nothing.

    A newer file changes only what differs from the file loaded before it, from the day of
    loading on; figures set on screen in the meantime stay, unless the new file changes them too.

    Raises:
        ProfileProblem: When the file is not a good plan.
        Refused: When the user may not load a plan for its areas, or another plan holds there.
    """
    load_profile_file(file)
    return load_profile_text(
        text=Path(file).read_text(encoding="utf-8"),
        name=Path(file).name,
        beside=Path(file).parent,
        by=by,
        at=at,
    )


@transaction.atomic
def load_profile_text(
    *, text: str, name: str, by: User, at: datetime, beside: Path | None = None
) -> Profile:
    """Load a plan from its text; `name` is what problems call the file."""
    plan = parse_profile(text, name=name, beside=beside)
    head = plan.profile
    rules.check_can_load(by, codes=set(head.areas), everywhere=head.everywhere)
    base = load_base(head.extends, beside=beside, at=at) if head.extends else None
    profile, _made = Profile.objects.select_for_update(of=("self",)).get_or_create(
        name=head.name, defaults=head_columns(plan, base)
    )
    last = profile.versions.order_by("-number").first()
    if last is not None and last.digest == digest(text):
        return profile
    taken = ProfileArea.objects.filter(code__in=head.areas).exclude(profile=profile)
    rules.check_areas_free({area.code: area.profile.name for area in taken})

    write_head(profile, plan, base)
    before = parse_profile(last.content, name=name, beside=beside) if last else None
    changed = write_figures(profile, plan, before, by=by, at=at)
    write_groups(profile, plan)
    write_tasks(profile, plan, on=timezone.localdate(at))
    write_grades(profile, plan)
    write_gradings(profile, plan)
    write_conversions(profile, plan)
    version = ProfileVersion(
        profile=profile,
        number=last.number + 1 if last else 1,
        digest=digest(text),
        content=text,
        loaded_by=by,
        loaded_at=at,
    )
    version.save(force_insert=True)
    note(
        "profile.loaded",
        subject=profile,
        area=area_of(profile),
        by=by,
        at=at,
        version=version.number,
        digest=version.digest,
        changed=changed,
    )
    return profile


def load_base(name: str, *, beside: Path | None, at: datetime) -> Profile:
    """The base of a plan, loaded first when it is not there yet."""
    there = Profile.objects.filter(name=name).first()
    if there is not None:
        return there
    near = beside / f"{name}.toml" if beside else None
    path = near if near and near.exists() else shipped_profiles()[name]
    return load_profile(file=path, by=User.objects.system(), at=at)


def head_columns(plan: ProfileFile, base: Profile | None) -> dict[str, Any]:
    head, paper, people = plan.profile, plan.document, plan.population
    defaults = plan.deadline_defaults
    return {
        "title": head.title.zh,
        "title_en": head.title.en,
        **both("place", head.place),
        "base": base,
        "everywhere": head.everywhere,
        "in_force_from": head.in_force_from,
        "area_inferred": head.area_inferred,
        "mark": paper.mark or "",
        "document": paper.title,
        "number": paper.number or "",
        "issuer": paper.issuer or "",
        "issued": paper.issued or "",
        "draft": paper.draft,
        "population": people.value if people else None,
        "population_year": people.year if people else None,
        "population_source": people.source.zh if people else "",
        "population_source_en": people.source.en if people else "",
        "population_verified": people.verified if people else False,
        "warn_share": defaults.warn if defaults else None,
        "escalates_to": defaults.escalates_to if defaults else "",
        "notes": [entry.model_dump() for entry in plan.note],
    }


def write_head(profile: Profile, plan: ProfileFile, base: Profile | None) -> None:
    for column, value in head_columns(plan, base).items():
        setattr(profile, column, value)
    profile.save()
    profile.areas.exclude(code__in=plan.profile.areas).delete()
    for code in plan.profile.areas:
        ProfileArea.objects.get_or_create(profile=profile, code=code)


def write_figures(
    profile: Profile, plan: ProfileFile, before: ProfileFile | None, *, by: User, at: datetime
) -> list[str]:
    """Bring the figures to what the file says; the keys whose figures changed."""
    today = max(timezone.localdate(at), profile.in_force_from)
    if not profile.standards.exists():
        write_first_figures(profile, plan, by=by, at=at)
        return []
    held = {row.key: row for row in profile.standards.in_force(today)}
    old, new = before.columns() if before else {}, plan.columns()
    changed = []
    for position, (key, fields) in enumerate(new.items()):
        row = held.get(key)
        if row is not None:
            reword(row, fields | {"position": position})
        if old.get(key) == fields and row is not None:
            continue  # the file says what it said; what was set on screen stays
        if row is not None and not differ(row, fields):
            continue
        put_in_force(
            profile=profile,
            key=key,
            fields=fields | {"position": position},
            since=today,
            by=by,
            at=at,
            reason="",
            on_screen=False,
        )
        changed.append(key)
    for key in old.keys() - new.keys():
        withdraw(profile.standards.filter(key=key), today)
        changed.append(key)
    return changed


def write_first_figures(profile: Profile, plan: ProfileFile, *, by: User, at: datetime) -> None:
    StandardRow.objects.bulk_create(
        StandardRow(
            profile=profile,
            key=key,
            position=position,
            **fields,
            effective_from=profile.in_force_from,
            changed_by=by,
            changed_at=at,
        )
        for position, (key, fields) in enumerate(plan.columns().items())
    )


def differ(row: StandardRow, fields: dict[str, Any]) -> bool:
    return any(getattr(row, column) != exact(fields[column]) for column in FIGURES)


def reword(row: StandardRow, fields: dict[str, Any]) -> None:
    """Names, clauses and notes may be corrected without a new figure."""
    better = {
        column: value
        for column, value in fields.items()
        if column not in FIGURES and getattr(row, column) != value
    }
    if better and not (row.on_screen and row.source_key != fields["source_key"]):
        for column, value in better.items():
            setattr(row, column, value)
        row.save(update_fields=sorted(better))


def withdraw(rows: StandardQuerySet, since: date) -> None:
    """A figure the new file no longer has ends with the day; planned changes to it never begin."""
    rows.filter(effective_from__gt=since).delete()
    rows.in_force(since).update(effective_to=since)


def write_groups(profile: Profile, plan: ProfileFile) -> None:
    made: dict[str, Group] = {}
    for position, entry in enumerate(plan.group):
        made[entry.key], _made = Group.objects.update_or_create(
            profile=profile,
            key=entry.key,
            defaults={
                "position": position,
                "name": entry.zh,
                "name_en": entry.en,
                "requirement": entry.requirement,
                "clause": entry.clause,
                "under": None,
            },
        )
    for entry in plan.group:
        group = made[entry.key]
        if entry.under:
            group.under = made[entry.under]
            group.save(update_fields=["under"])
        group.members.all().delete()
        GroupMember.objects.bulk_create(
            GroupMember(
                group=group,
                position=position,
                role=member.role.zh,
                role_en=member.role.en,
                unit=member.unit.zh,
                unit_en=member.unit.en,
            )
            for position, member in enumerate(entry.members)
        )
    profile.groups.exclude(key__in=made).delete()


def write_tasks(profile: Profile, plan: ProfileFile, *, on: date) -> None:
    for position, entry in enumerate(plan.task):
        task, _made = Task.objects.update_or_create(
            profile=profile,
            number=entry.number,
            defaults={
                "position": position,
                "chapter": entry.chapter.zh if entry.chapter else "",
                "chapter_en": entry.chapter.en if entry.chapter else "",
                "text": entry.zh,
                "text_en": entry.en,
                "due_on": entry.due,
                "due_clause": entry.due_clause or "",
                "long_term": entry.long_term,
                "requirement": entry.requirement,
                "clause": entry.clause,
                "withdrawn_on": None,
            },
        )
        task.units.all().delete()
        lead, answers = TaskUnit.Part.LEAD, TaskUnit.Part.RESPONSIBLE
        TaskUnit.objects.bulk_create(
            [
                *units(task, lead, entry.lead, plan.departments),
                *units(task, answers, entry.responsible, plan.departments),
            ]
        )
    gone = profile.tasks.exclude(number__in=[entry.number for entry in plan.task])
    gone.filter(withdrawn_on__isnull=True).update(withdrawn_on=on)


def units(
    task: Task, part: TaskUnit.Part, names: list[str], english: dict[str, str]
) -> Iterable[TaskUnit]:
    for position, name in enumerate(dict.fromkeys(names)):
        yield TaskUnit(task=task, part=part, position=position, name=name, name_en=english[name])


def write_grades(profile: Profile, plan: ProfileFile) -> None:
    profile.grades.exclude(level__in=[entry.level for entry in plan.grade]).delete()
    for entry in plan.grade:
        source = plan.sources.get(entry.source)
        Grade.objects.update_or_create(
            profile=profile,
            level=entry.level,
            defaults={
                "key": entry.key,
                "name": entry.zh,
                "name_en": entry.en,
                "colour": entry.colour,
                "source": source.zh if source else entry.source,
                "source_en": source.en if source else entry.source,
                "verified": entry.verified,
            },
        )


def write_gradings(profile: Profile, plan: ProfileFile) -> None:
    profile.gradings.all().delete()
    GradingRule.objects.bulk_create(
        GradingRule(
            profile=profile,
            position=position,
            key=entry.key,
            grade=entry.grade,
            event=entry.event or "",
            diseases=entry.diseases,
            classes=entry.classes,
            within_days=entry.within_days,
            name=entry.zh,
            name_en=entry.en,
            every_one=[plain_condition(one) for one in entry.all],
            any_one=[plain_condition(one) for one in entry.any],
            edges=[one.model_dump(mode="json") | {"value": float(one.value)} for one in entry.edge],
            clause=entry.clause or "",
            source=plan.sources[entry.source].zh,
            source_en=plan.sources[entry.source].en,
            verified=entry.verified,
        )
        for position, entry in enumerate(plan.grading)
    )


def plain_condition(one: Condition) -> dict[str, Any]:
    """A condition in plain JSON: the figure, the comparison, the value."""
    given = one.model_dump(exclude_none=True)
    figure = given.pop("figure")
    how, value = given.popitem()
    return {"figure": figure, "is": how, "value": value if how == "yes" else float(value)}


def write_conversions(profile: Profile, plan: ProfileFile) -> None:
    profile.conversions.all().delete()
    Conversion.objects.bulk_create(
        Conversion(
            profile=profile,
            position=position,
            key=entry.key,
            subject=entry.subject,
            facilities=entry.facilities,
            name=entry.zh,
            name_en=entry.en,
            checks=[check.model_dump(mode="json") for check in entry.check],
            back_checks=[check.model_dump(mode="json") for check in entry.check_back],
            steps=[step.model_dump(mode="json") for step in entry.step],
            clause=entry.clause or "",
            source=plan.sources[entry.source].zh,
            source_en=plan.sources[entry.source].en,
            verified=entry.verified,
        )
        for position, entry in enumerate(plan.conversion)
    )
