"""Weekly analysis and monthly assessment: their figures, first words, pictures and layout."""

from pingji.warn.alerts.queries.analyses.changes import changes, previous_of
from pingji.warn.alerts.queries.analyses.document import SECTIONS, Document, document
from pingji.warn.alerts.queries.analyses.figures import figures
from pingji.warn.alerts.queries.analyses.periods import Span, around, last_whole, span_of
from pingji.warn.alerts.queries.analyses.texts import texts_of, wordings_of
from pingji.warn.alerts.queries.analyses.words import drafted

__all__ = [
    "SECTIONS",
    "Document",
    "Span",
    "around",
    "changes",
    "document",
    "drafted",
    "figures",
    "last_whole",
    "previous_of",
    "span_of",
    "texts_of",
    "wordings_of",
]
