"""How an exercise was answered: figures, the report on them, and runs side by side."""

from pingji.evaluate.exercises.queries.score.comparing import MOST_RUNS, comparison
from pingji.evaluate.exercises.queries.score.document import report_of
from pingji.evaluate.exercises.queries.score.figures import FORM, Score, score
from pingji.evaluate.exercises.queries.score.reading import FIGURES, NotAScore, read_score

__all__ = [
    "FIGURES",
    "FORM",
    "MOST_RUNS",
    "NotAScore",
    "Score",
    "comparison",
    "read_score",
    "report_of",
    "score",
]
