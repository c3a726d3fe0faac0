"""Take files in, answer every row, keep the catalogue."""

from pingji.monitor.surveillance.actions.catalogue import load_diseases
from pingji.monitor.surveillance.actions.imports import hand_in, read_file

__all__ = ["hand_in", "load_diseases", "read_file"]
