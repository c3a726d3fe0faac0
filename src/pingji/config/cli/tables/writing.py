"""Results out as CSV or Parquet."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from pingji.config.cli.language import say
from pingji.config.cli.tables.reading import PARQUET

if TYPE_CHECKING:
    import pyarrow as pa


def write_table(columns: dict[str, object], path: Path | None) -> None:
    """Write columns to a file, or to standard output where none is named.

    Args:
        columns: Arrays or lists of one length by column; NaN is written as an empty cell.
        path: File to write, Parquet by its ending, else CSV in UTF-8.

    Raises:
        click.ClickException: If the file cannot be written.
    """
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({name: _column(values) for name, values in columns.items()})
    try:
        if path is not None and path.suffix.lower() in PARQUET:
            parquet.write_table(table, path)
            return
        text = _csv(table)
        if path is None:
            sys.stdout.write(text.decode())
        else:
            path.write_bytes(text)
    except OSError as error:
        raise click.ClickException(
            say(f"{path}：无法写入（{error}）", f"{path}: cannot be written ({error})")
        ) from error


def _csv(table: "pa.Table") -> bytes:
    """Plain CSV: quotes only in a table with a text that needs them."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    texts = [column for column in table.columns if pa.types.is_string(column.type)]
    awkward = any(pc.any(pc.match_substring_regex(text, r'[",\r\n]')).as_py() for text in texts)
    sink = pa.BufferOutputStream()
    sink.write((",".join(table.column_names) + "\n").encode())
    options = csv.WriteOptions(include_header=False, quoting_style="needed" if awkward else "none")
    csv.write_csv(table, sink, options)
    return sink.getvalue().to_pybytes()


def _column(values: object):
    import pyarrow as pa

    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return pa.array(values.astype("datetime64[D]"), type=pa.date32())
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return pa.array(values, mask=np.isnan(values))
    return pa.array(values)
