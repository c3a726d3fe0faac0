"""A bundle as a hospital's system sends it."""

from typing import Any


def patient(number="p1", **given: Any) -> dict[str, Any]:
    """A boy of Pu'an."""
    return {
        "resourceType": "Patient",
        "id": number,
        "identifier": [{"system": "urn:oid:2.16.156.1", "value": "511723201803074511"}],
        "name": [{"text": "李小四"}],
        "gender": "male",
        "birthDate": "2018-03-07",
        "address": [{"text": "普安镇街道", "district": "511723100"}],
        "telecom": [{"system": "phone", "value": "13800000000"}],
    } | given


def encounter(number="e1", **given: Any) -> dict[str, Any]:
    """A visit of the patient."""
    return {
        "resourceType": "Encounter",
        "id": number,
        "identifier": [{"value": f"V-{number}"}],
        "status": "finished",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "EMER",
        },
        "subject": {"reference": "Patient/p1"},
        "period": {"start": "2026-11-21T07:55:00+08:00"},
        "reasonCode": [{"text": "发热伴咳嗽3天"}],
    } | given


def condition(number="c1", **given: Any) -> dict[str, Any]:
    """Its diagnosis."""
    return {
        "resourceType": "Condition",
        "id": number,
        "identifier": [{"value": f"D-{number}"}],
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "J11.1"}],
            "text": "流行性感冒",
        },
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e1"},
        "onsetDateTime": "2026-11-18",
        "recordedDate": "2026-11-21T08:20:00+08:00",
    } | given


def observation(number="o1", **given: Any) -> dict[str, Any]:
    """A positive test."""
    return {
        "resourceType": "Observation",
        "id": number,
        "identifier": [{"value": f"R-{number}"}],
        "status": "final",
        "code": {
            "coding": [{"system": "http://loinc.org", "code": "94500-6"}],
            "text": "新型冠状病毒核酸",
        },
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-21T08:00:00+08:00",
        "issued": "2026-11-21T10:00:00+08:00",
        "valueCodeableConcept": {
            "coding": [{"system": "http://snomed.info/sct", "code": "10828004"}],
            "text": "阳性",
        },
    } | given


def bundle(*resources: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The resources as one batch."""
    return {
        "resourceType": "Bundle",
        "type": "batch",
        "identifier": {"system": "urn:his", "value": "B1"},
        "timestamp": "2026-11-21T10:05:00+08:00",
        "entry": [
            {
                "fullUrl": f"urn:his:{resource.get('id')}",
                "resource": resource,
                "request": {"method": "POST", "url": resource.get("resourceType", "")},
            }
            for resource in resources
        ],
    } | given
