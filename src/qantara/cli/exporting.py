"""Rows into a file or to standard output, as CSV or JSON, one by one."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TextIO

from qantara.runtime.hub import Unconfigured

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run by a spreadsheet, whoever wrote it."""

Put = Callable[[Mapping[str, Any]], None]
Writer = Callable[[TextIO, Sequence[str]], tuple[Put, Callable[[], None]]]


@contextmanager
def exporting(output: Path | None, form: str, columns: Sequence[str]) -> Iterator[Put]:
    """A function that writes one row after the other; `form` is csv or json."""
    with _opened(output) as file:
        put, close = WRITERS[form](file, columns)
        yield put
        close()


def _opened(output: Path | None) -> AbstractContextManager[TextIO]:
    """A file that only its owner may read: it tells of customers."""
    if output is None:
        return nullcontext(sys.stdout)
    try:
        output.touch(mode=0o600)
        return output.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise Unconfigured(
            f"{output} cannot be written: {error.strerror}.", remedy="Choose another file."
        ) from error


def _csv(file: TextIO, columns: Sequence[str]) -> tuple[Put, Callable[[], None]]:
    writer = csv.writer(file)
    writer.writerow(columns)
    return lambda row: writer.writerow([_cell(row[name]) for name in columns]), lambda: None


def _cell(value: object) -> object:
    text = " ".join(map(str, value)) if isinstance(value, list) else value
    if isinstance(text, str) and text.startswith(FORMULA):
        return f"'{text}"
    return text


def _json(file: TextIO, columns: Sequence[str]) -> tuple[Put, Callable[[], None]]:
    between = iter(["["])

    def put(row: Mapping[str, Any]) -> None:
        kept = {name: row[name] for name in columns}
        file.write(next(between, ",") + "\n" + json.dumps(kept, ensure_ascii=False))

    def close() -> None:
        file.write(next(between, "") + "]\n")

    return put, close


WRITERS: Mapping[str, Writer] = {"csv": _csv, "json": _json}
