"""Draft, edit and sign the weekly analysis and the monthly assessment."""

from pingji.warn.alerts.actions.analyses.drafting import ask_for_analysis, draft, draft_due
from pingji.warn.alerts.actions.analyses.signing import (
    fetch_document,
    return_analysis,
    sign_analysis,
    submit,
    write_text,
)

__all__ = [
    "ask_for_analysis",
    "draft",
    "draft_due",
    "fetch_document",
    "return_analysis",
    "sign_analysis",
    "submit",
    "write_text",
]
