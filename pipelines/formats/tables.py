"""CSV, JSON and JSON Lines, all in UTF-8.

CSV is made for spreadsheets, which run a cell that begins with = + - @ as a formula, and strangers must not
be able to write one: such a cell begins with an apostrophe here, and is text
(https://owasp.org/www-community/attacks/CSV_Injection). Programs that want each value exactly as it is take
JSON Lines or Parquet.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from pipelines.formats.columns import Column, Row

FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""What a formula begins with, in the wide characters of East Asian keyboards too."""


def harmless(value: object) -> object:
    """A cell that no spreadsheet runs as a formula."""
    if isinstance(value, str) and FORMULA.intersection((value[:1], value.lstrip()[:1])):
        return f"'{value}"
    return value


class Csv:
    """RFC 4180 with a head; a column of names holds them with semicolons between."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._names = [column.name for column in columns]

    def head(self) -> bytes:
        """The names of the columns."""
        return self._lines([self._names])

    def rows(self, rows: Sequence[Row]) -> bytes:
        """A line each; a text may hold line breaks, within quotes."""
        return self._lines([[_cell(row[name]) for name in self._names] for row in rows])

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def _lines(self, rows: Sequence[Sequence[object]]) -> bytes:
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        return out.getvalue().encode()


def _cell(value: object) -> object:
    return harmless("; ".join(value) if isinstance(value, (list, tuple)) else value)


class JsonLines:
    """One object a line. https://jsonlines.org/"""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._names = [column.name for column in columns]

    def head(self) -> bytes:
        """Nothing."""
        return b""

    def rows(self, rows: Sequence[Row]) -> bytes:
        """A line each."""
        return "".join(f"{line}\n" for line in self._objects(rows)).encode()

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def _objects(self, rows: Sequence[Row]) -> list[str]:
        return [json.dumps({name: row[name] for name in self._names}, ensure_ascii=False) for row in rows]


class Json(JsonLines):
    """One array of objects, each on a line of its own."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__(columns)
        self._begun = False

    def head(self) -> bytes:
        """The opening bracket."""
        return b"["

    def rows(self, rows: Sequence[Row]) -> bytes:
        """A line each, with a comma before all but the first."""
        out = []
        for line in self._objects(rows):
            out.append(",\n" if self._begun else "\n")
            out.append(line)
            self._begun = True
        return "".join(out).encode()

    def end(self) -> bytes:
        """The closing bracket."""
        return b"\n]\n"
