"""The language of the command line: `--lang`, then `PINGJI_LANG`, then Chinese."""

import os
import sys


def language() -> str:
    """ "zh" or "en"."""
    arguments = sys.argv[1:]
    for at, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            chosen = argument.removeprefix("--lang=")
            return "en" if chosen == "en" else "zh"
        if argument == "--lang" and at + 1 < len(arguments):
            return "en" if arguments[at + 1] == "en" else "zh"
    return "en" if os.environ.get("PINGJI_LANG", "zh").lower().startswith("en") else "zh"


def say(zh: str, en: str) -> str:
    """One sentence in the language asked for."""
    return en if language() == "en" else zh
