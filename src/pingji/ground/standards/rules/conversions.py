"""How a place is switched between peace and emergency, as a profile writes it: checks and steps."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pingji.ground.standards.rules.parts import (
    Key,
    Part,
    Requirement,
    Text,
    Word,
    Written,
    refuse,
    repeated,
)


class Check(Part):
    """What has to be so before a switch begins; `reads` names what the program reads it from."""

    key: Word
    zh: Written
    en: Written
    reads: Word | None = None
    clause: Written | None = None


class Step(Part):
    """One step to emergency, who takes it, what precedes it, and the step that takes it back."""

    key: Word
    zh: Written
    en: Written
    role: Word
    back: Text
    deadline: Key | None = None
    after: list[Word] = []
    clause: Written | None = None


class Conversion(Part):
    """The order in which one kind of place is switched to emergency, and back again."""

    key: Word
    zh: Written
    en: Written
    subject: Literal["county", "township", "facility"]
    facilities: list[Word] = []
    requirement: list[Requirement] = []
    check: Annotated[list[Check], Field(min_length=1)]
    check_back: Annotated[list[Check], Field(min_length=1)]
    step: Annotated[list[Step], Field(min_length=1)]
    clause: Written | None = None
    source: Written
    verified: bool = True

    @model_validator(mode="after")
    def names_its_facilities(self) -> "Conversion":
        if (self.subject == "facility") != bool(self.facilities):
            raise refuse(
                "设施类转换须写明设施种类（facilities），其他转换不写",
                "the kinds of facility (facilities) go with the subject facility, and only with it",
            )
        return self

    @model_validator(mode="after")
    def is_in_order(self) -> "Conversion":
        for parts in (self.check, self.check_back, self.step):
            named: Sequence[Check | Step] = parts
            twice = repeated(part.key for part in named)
            if twice:
                raise refuse(f"条目重复：{'、'.join(twice)}", f"named twice: {', '.join(twice)}")
        before: set[str] = set()
        for step in self.step:
            unknown = [key for key in step.after if key not in before]
            if unknown:
                raise refuse(
                    f"步骤“{step.key}”的前置步骤须写在它前面：{'、'.join(unknown)}",
                    f"what precedes the step “{step.key}” must stand before it:"
                    f" {', '.join(unknown)}",
                )
            before.add(step.key)
        return self
