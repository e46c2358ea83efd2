"""Rows of the archive -> files of other programs: CSV, JSON, JSON Lines, Parquet, TEI. Pure, and a stream.

A writer is asked for its head, for the bytes of some rows at a time, and for its end; it holds a group of
rows at most, never the file. The command `export` and the reading room write by it.

Promises: the same rows give the same bytes; every value comes out as the archive has it, but for CSV, where
no cell is a formula (see `tables`), and for characters that XML cannot hold.
"""

from __future__ import annotations

from pipelines.formats.columns import ARTICLE, TEXT, VERSION, Column, Kind, Row, Writer
from pipelines.formats.parquet import Parquet
from pipelines.formats.tables import Csv, Json, JsonLines, harmless
from pipelines.formats.tei import Tei

__all__ = [
    "ARTICLE", "TEXT", "VERSION", "Column", "Csv", "Json", "JsonLines", "Kind", "Parquet", "Row", "Tei",
    "Writer", "harmless",
]  # fmt: skip
