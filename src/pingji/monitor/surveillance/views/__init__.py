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
from pingji.monitor.surveillance.views.catalogue import (
    change_row,
    disease,
    diseases,
    edit_disease,
    end_disease,
    end_row,
    new_disease,
)
from pingji.monitor.surveillance.views.exports import ask_export, export_file, exports
from pingji.monitor.surveillance.views.figure_rows import figure_rows
from pingji.monitor.surveillance.views.imports import answers, import_detail, imports
from pingji.monitor.surveillance.views.line_list import (
    areas_offered,
    cases,
    cases_count,
    forget_search,
    save_search,
)
from pingji.monitor.surveillance.views.mapping import (
    file_columns,
    forget,
    mapping,
    mappings,
)
from pingji.monitor.surveillance.views.messages import (
    message,
    messages,
    replay_message,
    settle_message,
)
from pingji.monitor.surveillance.views.pictures import ages, curve, map_of_cases, picture
from pingji.monitor.surveillance.views.quality import quality, quality_agreement
from pingji.monitor.surveillance.views.senders import revoke_sender, senders
from pingji.monitor.surveillance.views.series import chart, overview
from pingji.monitor.surveillance.views.symptoms import (
    complaints,
    edit_rule,
    edit_symptom,
    edit_words,
)

__all__ = [
    "ages",
    "answer_many",
    "answers",
    "areas_offered",
    "ask_export",
    "card",
    "cases",
    "cases_count",
    "change_row",
    "chart",
    "complaints",
    "curve",
    "disease",
    "diseases",
    "edit_card",
    "edit_disease",
    "edit_rule",
    "edit_symptom",
    "edit_words",
    "end_disease",
    "end_row",
    "export_file",
    "exports",
    "figure_rows",
    "file_columns",
    "forget",
    "forget_search",
    "import_detail",
    "imports",
    "look",
    "map_of_cases",
    "mapping",
    "mappings",
    "message",
    "messages",
    "move",
    "new_card",
    "new_disease",
    "overview",
    "pair",
    "pairs",
    "person",
    "picture",
    "print_card",
    "quality",
    "quality_agreement",
    "replay_message",
    "revoke_sender",
    "save_search",
    "senders",
    "settle_message",
    "suggest",
    "work",
]
