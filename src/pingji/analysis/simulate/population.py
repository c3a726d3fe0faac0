"""The people of a synthetic county as arrays: one place per resident, the same in every array."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

NOWHERE = -1  # in an array of groups: the resident belongs to none


class Sex(IntEnum):
    """Codes of `Population.sex`."""

    MALE = 0
    FEMALE = 1


class Occupation(IntEnum):
    """Codes of `Population.occupation`: what somebody does on a working day."""

    NONE = 0
    PUPIL = 1
    TEACHER = 2
    WORKER = 3
    CARE_RESIDENT = 4
    CARE_STAFF = 5


class Stage(IntEnum):
    """Codes of `Population.class_stage`: the kind of school a class belongs to."""

    KINDERGARTEN = 0
    PRIMARY = 1
    JUNIOR = 2
    SENIOR = 3


@dataclass(frozen=True, eq=False)
class Population:
    """Residents with the groups they meet others in. Every array is read-only.

    Residents of one household stand beside each other, households of one village likewise, and
    villages of one township, in the order of the arguments; residents of care homes come last in
    their village. Where somebody belongs to no group of a kind the array holds `NOWHERE` (-1).

    Attributes:
        age: Completed years, uint8, shape (residents,).
        sex: `Sex`, uint8, shape (residents,).
        township: Township somebody lives in, int16, shape (residents,), from 0.
        village: Village somebody lives in, int32, shape (residents,), from 0, counted through the
            whole county.
        household: Household, int32, shape (residents,), from 0; `NOWHERE` in a care home.
        occupation: `Occupation`, uint8, shape (residents,).
        school_class: Class a pupil sits in or a teacher teaches, int32, shape (residents,).
        workplace: Place of work of a `Occupation.WORKER`, int32, shape (residents,). Teachers work
            in their class, staff of care homes in the home.
        care_home: Care home, of its residents and its staff, int16, shape (residents,).
        household_village: Village of each household, int32, shape (households,).
        village_township: Township of each village, int16, shape (villages,).
        class_school: School of each class, int32, shape (classes,).
        class_stage: `Stage` of each class, uint8, shape (classes,).
        class_grade: Year within the stage, from 0, uint8, shape (classes,).
        school_township: Township of each school, int16, shape (schools,).
        workplace_township: Township of each place of work, int16, shape (workplaces,).
        care_home_village: Village of each care home, int32, shape (care homes,).
        townships: How many townships the county has.
    """

    age: NDArray[np.uint8]
    sex: NDArray[np.uint8]
    township: NDArray[np.int16]
    village: NDArray[np.int32]
    household: NDArray[np.int32]
    occupation: NDArray[np.uint8]
    school_class: NDArray[np.int32]
    workplace: NDArray[np.int32]
    care_home: NDArray[np.int16]
    household_village: NDArray[np.int32]
    village_township: NDArray[np.int16]
    class_school: NDArray[np.int32]
    class_stage: NDArray[np.uint8]
    class_grade: NDArray[np.uint8]
    school_township: NDArray[np.int16]
    workplace_township: NDArray[np.int16]
    care_home_village: NDArray[np.int32]
    townships: int

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __len__(self) -> int:
        """How many residents."""
        return len(self.age)

    @property
    def households(self) -> int:
        """How many households."""
        return len(self.household_village)

    @property
    def villages(self) -> int:
        """How many villages."""
        return len(self.village_township)

    @property
    def classes(self) -> int:
        """How many classes, of all schools together."""
        return len(self.class_school)

    @property
    def schools(self) -> int:
        """How many schools."""
        return len(self.school_township)

    @property
    def workplaces(self) -> int:
        """How many places of work."""
        return len(self.workplace_township)

    @property
    def care_homes(self) -> int:
        """How many care homes."""
        return len(self.care_home_village)


@dataclass(frozen=True, eq=False)
class Groups:
    """Who belongs to each group of one kind.

    Attributes:
        members: Residents, group after group, int32, shape (memberships,).
        offsets: Where each group begins in `members`, and the end of the last, int64, shape
            (groups + 1,): group g is `members[offsets[g]:offsets[g + 1]]`.
    """

    members: NDArray[np.int32]
    offsets: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Members of each group."""
        return np.diff(self.offsets)


def members_of(group: NDArray[np.integer], groups: int) -> Groups:
    """Turn "which group is each resident in" into "who is in each group".

    Args:
        group: Group of each resident, `NOWHERE` for none, shape (residents,).
        groups: How many groups there are.

    Returns:
        The members of each group, in the order of the residents.

    Raises:
        ValueError: If a resident belongs to a group beyond the last.
    """
    inside = np.flatnonzero(group > NOWHERE).astype(np.int32)
    of = group[inside]
    if len(of) and int(of.max()) >= groups:
        raise ValueError(
            f"resident {int(inside[of.argmax()])} belongs to group {int(of.max())}, but there are {groups}"
        )
    offsets = np.zeros(groups + 1, np.int64)
    np.cumsum(np.bincount(of, minlength=groups), out=offsets[1:])
    return Groups(inside[np.argsort(of, kind="stable")], offsets)
