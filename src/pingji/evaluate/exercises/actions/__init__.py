"""What happens in an exercise."""

from pingji.evaluate.exercises.actions.beginning import begin
from pingji.evaluate.exercises.actions.control import (
    ask_checkpoint,
    ask_rewind,
    finish,
    give_role,
    pause,
    play_by_plan,
    resume,
    set_speed,
    step,
    stop_after_step,
    take_role,
    turned_back,
)

__all__ = [
    "ask_checkpoint",
    "ask_rewind",
    "begin",
    "finish",
    "give_role",
    "pause",
    "play_by_plan",
    "resume",
    "set_speed",
    "step",
    "stop_after_step",
    "take_role",
    "turned_back",
]
