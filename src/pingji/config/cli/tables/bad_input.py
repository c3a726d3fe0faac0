"""A refusal of a file that names the place and says what to do."""

import click

from pingji.config.cli.language import say


class BadInput(click.ClickException):
    """The input cannot be used; the command ends with status 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Print the refusal on standard error."""
        click.echo(say("错误：", "Error: ") + self.format_message(), err=True)


def at(
    zh: str,
    en: str,
    *,
    file: str,
    line: int | None = None,
    series: str | None = None,
    date: str | None = None,
) -> BadInput:
    """A refusal that names file, line, series and date as far as they are known.

    Args:
        zh: What is wrong and what to do, in Chinese.
        en: The same in English.
        file: Name of the file.
        line: Line of the file, from 1 (row of the table for Parquet).
        series: Name of the series.
        date: Date as written.

    Returns:
        The refusal, to be raised.
    """
    zh_parts, en_parts = [file], [file]
    if line is not None:
        zh_parts.append(f"第 {line} 行")
        en_parts.append(f"line {line}")
    if series is not None:
        zh_parts.append(f"序列 {series}")
        en_parts.append(f"series {series}")
    if date is not None:
        zh_parts.append(f"日期 {date}")
        en_parts.append(f"date {date}")
    return BadInput(say("，".join(zh_parts) + "：" + zh, ", ".join(en_parts) + ": " + en))
