"""HL7 FHIR R4: bundles of patients, encounters, conditions and observations."""
