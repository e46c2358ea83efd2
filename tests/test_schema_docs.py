"""The reference pages say what the code does, and metadata.yml has a word for every table and column."""

from __future__ import annotations

import pytest

from newsarchive import reference

DATABASE = reference.fresh_schema()
TABLES = {
    table.name: [column.name for column in table.columns] for table in reference.described_tables(DATABASE)
}
WORDS = reference.descriptions(reference.PROJECT / "metadata.yml")
PROMISED = {
    "sites", "crawls", "urls", "health", "captures", "articles", "article_text", "revisions", "authors",
    "article_authors", "tags", "article_tags", "images", "stories", "removed_blocks", "articles_full",
    "withheld", "imports", "doors", "probes", "attempts", "announcements",
}  # fmt: skip


def test_the_schema_page_is_current() -> None:
    page = (reference.PROJECT / "docs" / "schema.md").read_text(encoding="utf-8")
    assert page == reference.schema_page(DATABASE, WORDS), "run `make docs`"


def test_the_commands_page_is_current() -> None:
    group = reference.command_group()
    assert group is not None
    page = (reference.PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == reference.commands_page(group), "run `make docs`"


def test_the_promised_tables_are_there() -> None:
    assert set(TABLES) == PROMISED


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_and_column_is_described_and_nothing_else(table: str) -> None:
    words = WORDS[table]
    assert words["description"].strip()
    assert set(words["columns"]) == set(TABLES[table])
    assert all(str(text).strip() for text in words["columns"].values())


def test_search_is_declared_for_datasette() -> None:
    assert (WORDS["articles"]["fts_table"], WORDS["articles"]["fts_pk"]) == ("articles_fts", "id")
