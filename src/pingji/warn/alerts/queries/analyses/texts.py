"""What the sections of an analysis say."""

from pingji.warn.alerts.models import Analysis, AnalysisText


def wordings_of(analysis: Analysis) -> dict[str, AnalysisText]:
    """The latest wording of every section."""
    return {one.section: one for one in analysis.texts.select_related("by").order_by("number")}


def texts_of(analysis: Analysis) -> dict[str, str]:
    """What every section says now."""
    return {section: one.text for section, one in wordings_of(analysis).items()}
