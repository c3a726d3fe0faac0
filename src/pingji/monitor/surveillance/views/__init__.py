"""Surveillance on screen."""

from pingji.monitor.surveillance.views.card_entry import (
    edit_card,
    look,
    new_card,
    person,
    suggest,
)
from pingji.monitor.surveillance.views.card_pages import (
    answer_many,
    card,
    move,
    pairs,
    print_card,
    work,
)
from pingji.monitor.surveillance.views.card_pairs import pair
from pingji.monitor.surveillance.views.cards import cases
from pingji.monitor.surveillance.views.catalogue import diseases
from pingji.monitor.surveillance.views.imports import answers, import_detail, imports
from pingji.monitor.surveillance.views.series import chart, overview

__all__ = [
    "answer_many",
    "answers",
    "card",
    "cases",
    "chart",
    "diseases",
    "edit_card",
    "import_detail",
    "imports",
    "look",
    "move",
    "new_card",
    "overview",
    "pair",
    "pairs",
    "person",
    "print_card",
    "suggest",
    "work",
]
