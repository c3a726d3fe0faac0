"""HL7 version 2: messages of hospitals and laboratories, over MLLP or HTTP."""
