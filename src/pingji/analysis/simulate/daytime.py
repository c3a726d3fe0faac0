"""Where people are by day: classes of schools, places of work, the staff of care homes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.simulate.demography import Array, Demography
from pingji.analysis.simulate.population import NOWHERE, Occupation, Stage

# First and last age of each stage; each year of age is a grade.
STAGE_AGES = {
    Stage.KINDERGARTEN: (3, 5),
    Stage.PRIMARY: (6, 11),
    Stage.JUNIOR: (12, 14),
    Stage.SENIOR: (15, 17),
}
WORKING_AGES = (18, 59)
TEACHING_AGES = (22, 59)
SHAPE = 1.6  # of the sizes of workplaces: few large, many small
LARGEST_WORKPLACE = 800


@dataclass(frozen=True, eq=False)
class Schools:
    """Classes and schools; the attributes are those of `Population`."""

    school_class: NDArray[np.int32]
    class_school: NDArray[np.int32]
    class_stage: NDArray[np.uint8]
    class_grade: NDArray[np.uint8]
    school_township: NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Works:
    """Who works where, and the township of each place of work."""

    workplace: NDArray[np.int32]
    township: NDArray[np.int16]


def even_parts(group: NDArray[np.int64], parts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut each run of equal values into so many parts of nearly equal length.

    Args:
        group: Ascending numbers of groups from 0, one for each item.
        parts: In how many parts to cut each group, at least 1.

    Returns:
        Number of the part of each item, counted on through all groups that have items.
    """
    sizes = np.bincount(group, minlength=len(parts))
    starts = np.cumsum(sizes) - sizes
    rank = np.arange(len(group)) - starts[group]
    cut = np.minimum(parts, np.maximum(sizes, 1))
    before = np.cumsum(np.where(sizes > 0, cut, 0)) - np.where(sizes > 0, cut, 0)
    numbered: NDArray[np.int64] = before[group] + rank * cut[group] // sizes[group]
    return numbered


def schools(
    rng: np.random.Generator,
    age: NDArray[np.uint8],
    township: NDArray[np.int16],
    village: NDArray[np.int32],
    occupation: NDArray[np.uint8],
    people: NDArray[np.int64],
    demography: Demography,
) -> Schools:
    """Send children to school, and teachers to the classes; marks `occupation` in place.

    Pupils of neighbouring villages go to the same school of their township; senior schools stand in
    the largest townships, and pupils of the others go to one of these.
    """
    school_class = np.full(len(age), NOWHERE, np.int32)
    stages = []
    classes = found = 0
    for stage in STAGE_AGES:
        pupils = _pupils(rng, age, stage, demography)
        if not len(pupils):
            continue
        at = township[pupils].astype(np.int64)
        if stage == Stage.SENIOR:
            at = _senior_towns(rng, at, people, demography)
        of_class, made = _stage(stage, age[pupils], at, village[pupils], demography)
        school_class[pupils] = of_class + classes
        stages.append((made[0] + found, *made[1:]))
        classes += len(made[0])
        found += len(made[3])
    occupation[school_class > NOWHERE] = Occupation.PUPIL
    columns = list(zip(*stages, strict=True)) or [()] * 4
    types = (np.int32, np.uint8, np.uint8, np.int16)
    class_school, class_stage, class_grade, school_township = (
        np.concatenate([np.empty(0, kind), *parts]).astype(kind)
        for parts, kind in zip(columns, types, strict=True)
    )
    whole = Schools(school_class, class_school, class_stage, class_grade, school_township)
    _teach(rng, age, township, occupation, whole, demography)
    return whole


def _pupils(
    rng: np.random.Generator, age: NDArray[np.uint8], stage: Stage, demography: Demography
) -> NDArray[np.int64]:
    first, last = STAGE_AGES[stage]
    pupils = np.flatnonzero((age >= first) & (age <= last))
    share = {Stage.KINDERGARTEN: demography.kindergarten, Stage.SENIOR: demography.senior}
    return pupils[rng.random(len(pupils)) < share.get(stage, 1.0)]


def _senior_towns(
    rng: np.random.Generator,
    at: NDArray[np.int64],
    people: NDArray[np.int64],
    demography: Demography,
) -> NDArray[np.int64]:
    """Where pupils of senior schools go: their own township if it has one, else by size."""
    towns = np.argsort(-people, kind="stable")[: max(1, demography.senior_townships)]
    towns = towns[people[towns] > 0]
    away = rng.choice(towns, p=people[towns] / people[towns].sum(), size=len(at))
    return np.where(np.isin(at, towns), at, away)


def _stage(
    stage: Stage,
    age: NDArray[np.uint8],
    at: NDArray[np.int64],
    village: NDArray[np.int32],
    demography: Demography,
) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], ...]]:
    """The class of each pupil of a stage; school, stage and grade of classes; towns of schools."""
    order = np.lexsort((village, at))
    number = np.bincount(at)
    wanted = np.maximum(1, np.rint(number / demography.school_size[stage])).astype(np.int64)
    school = np.empty(len(at), np.int64)
    school[order] = even_parts(at[order], wanted)
    towns = np.empty(int(school.max()) + 1, np.int64)
    towns[school] = at

    grade = age.astype(np.int64) - STAGE_AGES[stage][0]
    order = np.lexsort((village, grade, school))
    _years, year = np.unique(school[order] * 8 + grade[order], return_inverse=True)
    of_class = np.empty(len(at), np.int64)
    ordered = even_parts(year, -(-np.bincount(year) // demography.class_size[stage]))
    of_class[order] = ordered
    first = order[np.flatnonzero(np.diff(ordered, prepend=-1))]
    return of_class, (school[first], np.full(len(first), stage), grade[first], towns)


def _teach(
    rng: np.random.Generator,
    age: NDArray[np.uint8],
    township: NDArray[np.int16],
    occupation: NDArray[np.uint8],
    made: Schools,
    demography: Demography,
) -> None:
    """Give each class its teachers, out of those who live in the township of its school."""
    if not len(made.class_school):
        return
    per_class = np.asarray(demography.teachers)[made.class_stage]
    wanted = np.floor(per_class + rng.random(len(per_class))).astype(np.int64)
    posts = rng.permutation(np.repeat(np.arange(len(wanted)), wanted))
    where = made.school_township[made.class_school[posts]]
    fit = (age >= TEACHING_AGES[0]) & (age <= TEACHING_AGES[1]) & (occupation == Occupation.NONE)
    person, post = _filled(rng, np.flatnonzero(fit), township, where)
    made.school_class[person] = posts[post]
    occupation[person] = Occupation.TEACHER


def _filled(
    rng: np.random.Generator,
    candidates: NDArray[np.int64],
    township: NDArray[np.int16],
    where: NDArray[np.int16],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Fill posts by chance with people of the same township; where too few live, posts stay open.

    Args:
        rng: Source of chance.
        candidates: Who may be taken.
        township: Where everybody lives.
        where: Township of each post.

    Returns:
        People taken, and the post of each.
    """
    candidates = rng.permutation(candidates)
    candidates = candidates[np.argsort(township[candidates], kind="stable")]
    posts = np.argsort(where, kind="stable")
    ranks = _rank(township[candidates]), _rank(where[posts])
    towns = int(max(township.max(initial=0), where.max(initial=0))) + 1
    many = [
        np.bincount(towns_of, minlength=towns) for towns_of in (township[candidates], where[posts])
    ]
    both = np.minimum(*many)
    return (
        candidates[ranks[0] < both[township[candidates]]],
        posts[ranks[1] < both[where[posts]]],
    )


def _rank(ordered: NDArray[np.integer]) -> NDArray[np.int64]:
    """Place of each item within its run of equal values."""
    sizes = np.bincount(ordered)
    place: NDArray[np.int64] = np.arange(len(ordered)) - (np.cumsum(sizes) - sizes)[ordered]
    return place


def works(
    rng: np.random.Generator,
    age: NDArray[np.uint8],
    township: NDArray[np.int16],
    occupation: NDArray[np.uint8],
    care_home: NDArray[np.int16],
    care_township: NDArray[np.int16],
    commuting: Array,
    demography: Demography,
) -> Works:
    """Staff for the care homes and places of work; marks `occupation` and `care_home` in place."""
    free = (age >= WORKING_AGES[0]) & (age <= WORKING_AGES[1]) & (occupation == Occupation.NONE)
    residents = np.bincount(care_home[care_home > NOWHERE], minlength=len(care_township))
    staff = np.ceil(residents / demography.care_residents_per_staff).astype(np.int64)
    posts = np.repeat(np.arange(len(staff)), staff)
    person, post = _filled(rng, np.flatnonzero(free), township, care_township[posts])
    care_home[person] = posts[post]
    occupation[person] = Occupation.CARE_STAFF

    free[person] = False
    workers = np.flatnonzero(free)
    workers = rng.permutation(workers[rng.random(len(workers)) < demography.employed])
    place = _work_towns(rng, township[workers].astype(np.int64), commuting, demography)
    order = np.argsort(place, kind="stable")
    workers, place = workers[order], place[order]
    sizes = _workplace_sizes(rng, len(workers), demography.mean_workplace)
    starts = np.zeros(len(workers), np.bool_)
    begins = np.concatenate([[0], np.cumsum(sizes)])
    starts[begins[begins < len(workers)]] = True
    starts[np.flatnonzero(np.diff(place, prepend=-1))] = True
    workplace = np.full(len(age), NOWHERE, np.int32)
    workplace[workers] = np.cumsum(starts) - 1
    occupation[workers] = Occupation.WORKER
    return Works(workplace, place[starts].astype(np.int16))


def _work_towns(
    rng: np.random.Generator, home: NDArray[np.int64], commuting: Array, demography: Demography
) -> NDArray[np.int64]:
    """Township where each worker works."""
    place = home.copy()
    away = rng.random(len(home)) < demography.commuting
    for town in np.unique(home[away]):
        these = np.flatnonzero(away & (home == town))
        place[these] = rng.choice(len(commuting), p=commuting[town], size=len(these))
    return place


def _workplace_sizes(rng: np.random.Generator, workers: int, mean: float) -> NDArray[np.int64]:
    """Sizes by a power law cut at the largest and scaled to the mean, enough for all workers."""
    drawn = 1 + rng.pareto(SHAPE, size=int(workers / mean * 3) + 100) * (mean - 1) * (SHAPE - 1)
    sizes = np.clip(np.rint(drawn), 1, LARGEST_WORKPLACE).astype(np.int64)
    while int(sizes.sum()) < workers:
        sizes = np.concatenate([sizes, sizes])
    return sizes
