"""What this endpoint can do, as FHIR says it: the same for everybody, and nothing private."""

from typing import Any

from pingji.integrations.fhir.taking import RESOURCES

FHIR_VERSION = "4.0.1"


def statement(*, base: str, version: str) -> dict[str, Any]:
    """The CapabilityStatement.

    Args:
        base: Address of the endpoint.
        version: Version of the program.
    """
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "software": {"name": "Pingji 平急", "version": version},
        "implementation": {"description": "Pingji 平急", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Authorization: Bearer <token of the sender>"},
                "resource": [
                    {"type": kind, "interaction": [{"code": "create"}]} for kind in RESOURCES
                ],
                "interaction": [{"code": "batch"}, {"code": "transaction"}],
            }
        ],
    }
