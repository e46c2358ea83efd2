"""Parquet, as pyarrow reads it: every value, every kind, in as many row groups as there must be."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.formats import Column, Kind, Parquet

pq = pytest.importorskip("pyarrow.parquet")

COLUMNS = (
    Column("id", Kind.INTEGER), Column("title"), Column("authors", Kind.NAMES), Column("day", Kind.DAY),
    Column("seen", Kind.MOMENT),
)  # fmt: skip


def row(number: int, **more: object) -> dict[str, Any]:
    return {
        "id": number, "title": f"Lamp {number}", "authors": ["Ines Harrow", "Tom Adeyemi"],
        "day": "2026-11-19", "seen": "2026-11-19T12:00:30Z", **more,
    }  # fmt: skip


def written(rows: list[dict[str, Any]], bite: int = 3, **bounds: int) -> bytes:
    writer = Parquet(COLUMNS, **bounds)
    body = [writer.rows(rows[first : first + bite]) for first in range(0, len(rows), bite)]
    return b"".join([writer.head(), *body, writer.end()])


def read(content: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(io.BytesIO(content)).to_pylist()
    return found


def test_each_kind_is_what_programs_expect() -> None:
    content = written([row(1)])
    assert [str(field.type) for field in pq.read_schema(io.BytesIO(content))] == [
        "int64", "string", "list<element: string not null>", "date32[day]", "timestamp[us, tz=UTC]",
    ]  # fmt: skip
    assert read(content) == [{
        "id": 1, "title": "Lamp 1", "authors": ["Ines Harrow", "Tom Adeyemi"], "day": date(2026, 11, 19),
        "seen": datetime(2026, 11, 19, 12, 0, 30, tzinfo=UTC),
    }]  # fmt: skip


def test_what_is_not_there_is_null_and_no_names_are_an_empty_list() -> None:
    nothing: dict[str, Any] = {"id": None, "title": None, "authors": [], "day": None, "seen": None}
    assert read(written([nothing, row(2), nothing])) == [nothing, *read(written([row(2)])), nothing]


def test_what_is_no_day_and_no_moment_is_null() -> None:
    told = read(written([row(1, day="spring", seen="noon")]))[0]
    assert (told["day"], told["seen"]) == (None, None)


def test_no_rows() -> None:
    table = pq.read_table(io.BytesIO(written([])))
    assert (table.num_rows, table.column_names) == (0, [column.name for column in COLUMNS])


def test_row_groups_are_bounded_by_rows_and_by_text() -> None:
    rows = [row(number) for number in range(10)]
    by_rows = pq.ParquetFile(io.BytesIO(written(rows, group_rows=4)))
    assert [by_rows.metadata.row_group(n).num_rows for n in range(by_rows.num_row_groups)] == [4, 4, 2]
    assert by_rows.read().column("id").to_pylist() == list(range(10))
    long = [row(number, title="x" * 100) for number in range(9)]
    by_text = pq.ParquetFile(io.BytesIO(written(long, group_bytes=300)))
    assert by_text.num_row_groups == 3


def test_a_writer_holds_one_row_group_at_most() -> None:
    writer = Parquet(COLUMNS, group_rows=2)
    assert writer.head() == b"PAR1"
    assert writer.rows([row(1)]) == b""
    assert writer.rows([row(2)])


def test_the_same_rows_are_the_same_bytes() -> None:
    rows = [row(number) for number in range(50)]
    assert written(rows, bite=7) == written(rows, bite=50)


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
MOMENTS = st.datetimes().map(lambda moment: f"{moment.replace(microsecond=0).isoformat()}Z")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({
            "id": st.none() | st.integers(-(2**63), 2**63 - 1), "title": st.none() | TEXT,
            "authors": st.lists(TEXT, max_size=20),
            "day": st.none() | st.dates().map(str),
            "seen": st.none() | MOMENTS,
        }),
        max_size=40,
    )
)  # fmt: skip
def test_whatever_the_rows(rows: list[dict[str, Any]]) -> None:
    told = read(written(rows, group_rows=6))
    for was, is_now in zip(rows, told, strict=True):
        assert {name: was[name] for name in ("id", "title", "authors")} == {
            name: is_now[name] for name in ("id", "title", "authors")
        }
        assert was["day"] == (is_now["day"] and str(is_now["day"]))
        assert was["seen"] == (is_now["seen"] and f"{is_now['seen'].replace(tzinfo=None).isoformat()}Z")
