"""The command-line library's own words ("Usage", "Options", "Error") in the language asked for."""

import gettext
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pingji.config.cli.language import language

CATALOGUES = Path(__file__).with_name("locale")
# What the library writes into the usage line itself.
USAGE_WORDS = {"[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]..."}
KINDS = {
    click.types.StringParamType: "文本",
    click.types.IntParamType: "整数",
    click.types.IntRange: "整数",
    click.types.FloatParamType: "数值",
    click.types.FloatRange: "数值",
    click.types.BoolParamType: "真假值",
}


class Formatter(click.HelpFormatter):
    """Writes usage and headings in Chinese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line."""
        for word, chinese in USAGE_WORDS.items():
            args = args.replace(word, chinese)
        super().write_usage(prog, args, "用法：")

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        self.write(f"{'':>{self.current_indent}}{heading}：\n")


def speak() -> None:
    """Have the library speak the language that `language()` gives, in this process."""
    gettext.bindtextdomain("messages", str(CATALOGUES))
    chinese = language() == "zh"
    os.environ["LANGUAGE"] = "zh_CN" if chinese else "en"
    if chinese:
        from pingji.config.messages import compile_catalogue

        for path in CATALOGUES.glob("*/LC_MESSAGES/*.po"):
            compile_catalogue(path)
        click.Context.formatter_class = Formatter
        for kind, name in KINDS.items():
            kind.name = name


class Speaking(click.Group):
    """A group of commands that sets the language before anything is said."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **further: Any) -> Any:
        """Run the command."""
        speak()
        return super().main(args, *more, **further)
