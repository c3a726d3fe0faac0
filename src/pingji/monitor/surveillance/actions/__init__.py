"""Take files in, answer every row, keep the catalogue."""

from pingji.monitor.surveillance.actions.card_flow import (
    check_card,
    keep_apart,
    merge_cards,
    return_card,
    review_card,
    withdraw_card,
)
from pingji.monitor.surveillance.actions.cards import correct_card, save_draft, send_card
from pingji.monitor.surveillance.actions.catalogue import load_diseases
from pingji.monitor.surveillance.actions.duplicates import find_in_file
from pingji.monitor.surveillance.actions.imports import hand_in, read_file
from pingji.monitor.surveillance.actions.symptoms import load_symptoms

__all__ = [
    "check_card",
    "correct_card",
    "find_in_file",
    "hand_in",
    "keep_apart",
    "load_diseases",
    "load_symptoms",
    "merge_cards",
    "read_file",
    "return_card",
    "review_card",
    "save_draft",
    "send_card",
    "withdraw_card",
]
