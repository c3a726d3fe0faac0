"""Take files in, answer every row, keep the catalogue."""

from pingji.monitor.surveillance.actions.answering import answer
from pingji.monitor.surveillance.actions.card_flow import (
    check_card,
    return_card,
    review_card,
    withdraw_card,
)
from pingji.monitor.surveillance.actions.card_pairs import (
    keep_apart,
    merge_cards,
    unmerge_cards,
)
from pingji.monitor.surveillance.actions.cards import correct_card, save_draft, send_card
from pingji.monitor.surveillance.actions.catalogue import load_diseases
from pingji.monitor.surveillance.actions.diseases import (
    add_disease,
    edit_disease,
    end_disease,
    end_row,
    set_row,
)
from pingji.monitor.surveillance.actions.duplicates import find_in_file
from pingji.monitor.surveillance.actions.exports import (
    ask_export,
    delete_old_exports,
    fetch_export,
    write_export,
)
from pingji.monitor.surveillance.actions.imports import hand_in, read_file
from pingji.monitor.surveillance.actions.intake import replay, settle
from pingji.monitor.surveillance.actions.mapping import (
    change_mapping,
    forget_mapping,
    say_mapping,
)
from pingji.monitor.surveillance.actions.searches import forget_search, save_search
from pingji.monitor.surveillance.actions.senders import (
    add_sender,
    keep_connections,
    revoke_sender,
)
from pingji.monitor.surveillance.actions.sentinels import (
    add_sentinel,
    add_sentinels,
    announce_silences,
    close_sentinel,
    edit_sentinel,
    load_sentinel_types,
)
from pingji.monitor.surveillance.actions.symptoms import load_symptoms

__all__ = [
    "add_disease",
    "add_sender",
    "add_sentinel",
    "add_sentinels",
    "announce_silences",
    "answer",
    "ask_export",
    "change_mapping",
    "check_card",
    "close_sentinel",
    "correct_card",
    "delete_old_exports",
    "edit_disease",
    "edit_sentinel",
    "end_disease",
    "end_row",
    "fetch_export",
    "find_in_file",
    "forget_mapping",
    "forget_search",
    "hand_in",
    "keep_apart",
    "keep_connections",
    "load_diseases",
    "load_sentinel_types",
    "load_symptoms",
    "merge_cards",
    "read_file",
    "replay",
    "return_card",
    "review_card",
    "revoke_sender",
    "save_draft",
    "save_search",
    "say_mapping",
    "send_card",
    "set_row",
    "settle",
    "unmerge_cards",
    "withdraw_card",
    "write_export",
]
