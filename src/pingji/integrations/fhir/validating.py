"""Resources held against the standard, element by element.

A laboratory says the same tests, findings and patients over and over. A part that was found right
once is handed to the library as it was found, and not held against the standard again.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson

Resource = dict[str, Any]
MOST_KNOWN = 4_000  # parts remembered of one kind of resource
# Elements whose whole content is the same in many resources.
REPEATED = (
    "category",
    "class",
    "clinicalStatus",
    "code",
    "device",
    "encounter",
    "interpretation",
    "method",
    "performer",
    "reasonCode",
    "serviceProvider",
    "serviceType",
    "specimen",
    "subject",
    "valueCodeableConcept",
    "verificationStatus",
)


class Validator:
    """Holds resources of one kind against the standard.

    Attributes:
        model: The library's model of the resource.
        known: Parts found right, by the name of the element and its content.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.known: dict[tuple[str, bytes], object] = {}
        fields = {(field.alias or name): name for name, field in model.model_fields.items()}
        self.names = {name: fields[name] for name in REPEATED if name in fields}

    def check(self, resource: Resource) -> None:
        """Raise what the library raises where a resource is not as the standard asks."""
        parts = {
            name: (name, orjson.dumps(resource[name]))
            for name in self.names
            if isinstance(resource.get(name), dict | list)
        }
        known = self.known
        met = {name: known[part] for name, part in parts.items() if part in known}
        found = self.model.model_validate(resource | met)
        for name, part in parts.items():
            if name not in met:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                known[part] = getattr(found, self.names[name])


@cache
def validators() -> Mapping[str, Validator]:
    """A validator for each kind of resource that is taken."""
    # Brought in where first used: half a second that only senders of FHIR need to pay.
    from fhir.resources.R4B.condition import Condition
    from fhir.resources.R4B.encounter import Encounter
    from fhir.resources.R4B.observation import Observation
    from fhir.resources.R4B.patient import Patient

    models = (Patient, Encounter, Condition, Observation)
    return {model.__name__: Validator(model) for model in models}
