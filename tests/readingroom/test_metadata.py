"""metadata.yml as it ships: what Datasette makes of it on a real archive."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from datasette.app import Datasette
from ruamel.yaml import YAML

from readingroom.serve import datasette
from tests.readingroom.archive import METADATA, Piece, add, build, only
from tests.readingroom.conftest import Get, asker

SHIPPED = YAML(typ="safe").load(METADATA)
TABLES: dict[str, Any] = SHIPPED["databases"]["archive"]["tables"]
QUERIES: dict[str, Any] = SHIPPED["databases"]["archive"]["queries"]
IS_OLD = hasattr(Datasette, "metadata")
"""Whether this is Datasette 0.65; 1.0 knows no units, and hides a query behind a table of its name."""


def rows(get: Get, path: str, **query: str) -> list[dict[str, Any]]:
    answer = get(f"/archive/{path}.json?" + urlencode({"_shape": "objects", **query}))
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def test_every_column_is_described_in_one_sentence(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        names = [
            row[0]
            for row in connection.execute("select name from sqlite_master where type in ('table', 'view')")
        ]
        columns = {
            name: [row[1] for row in connection.execute(f"pragma table_info([{name}])")] for name in names
        }
    assert {name: list(table["columns"]) for name, table in TABLES.items()} == columns
    for table in TABLES.values():
        for sentence in (table["description"], *table["columns"].values()):
            assert sentence[0].isupper()
            assert sentence.endswith(".")


def test_facets_and_sorts_name_columns() -> None:
    for name, table in TABLES.items():
        named = {
            *table.get("facets", ()),
            table.get("sort"),
            table.get("sort_desc"),
            table.get("label_column"),
        }
        assert named - {None} <= set(table["columns"]), name


@pytest.mark.parametrize("table", ["articles", "articles_full"])
def test_search_really_searches(get: Get, table: str) -> None:
    assert rows(get, table, _search="nowhereinthisarchive") == []
    assert [row["id"] for row in rows(get, table, _search="foundry")] == [1]
    assert [row["title"] for row in rows(get, table, _search="fussganger OR fußgänger")] == []
    assert len(rows(get, table, _search="Fußgänger")) == 1


def test_articles_come_newest_first(get: Get) -> None:
    published = [row["published"] for row in rows(get, "articles")]
    assert published == sorted(published, reverse=True)


def test_internals_are_hidden(get: Get) -> None:
    shown = {table["name"] for table in get("/archive.json").json()["tables"] if not table["hidden"]}
    assert shown == {name for name, table in TABLES.items() if not table.get("hidden")} - {"articles_full"}


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("given", ["", "lamp", '"', '""', "a-b' OR *", "13"])
def test_canned_queries_run(get: Get, name: str, given: str) -> None:
    rows(get, name, **dict.fromkeys(QUERIES[name].get("params", ()), given))
    assert QUERIES[name]["title"]
    assert QUERIES[name]["description"].endswith(".")


def test_search_ranked_puts_the_title_first(get: Get) -> None:
    found = rows(get, "search_ranked", q="brücke")
    assert found[0]["title"] == "Alte Brücke bleibt im Winter offen"
    assert "[Brücke]" in found[0]["passage"]
    assert rows(get, "search_ranked", q="nowhereinthisarchive") == []


def test_search_newest_orders_by_date(get: Get) -> None:
    published = [row["published"] for row in rows(get, "search_newest", q="the")]
    assert len(published) > 2
    assert published == sorted(published, reverse=True)


@pytest.mark.parametrize(
    "article",
    ["1", "https://courier.example/harbour/lighthouse-turns-again", "https://courier.example/h/4417"],
)
def test_versions_of_takes_a_number_or_any_address(get: Get, article: str) -> None:
    found = rows(get, "versions_of", article=article)
    assert [row["change"] for row in found] == ["first", "correction", "rewrite"]
    assert all(row["warc_file"] for row in found)


def test_recently_changed_shows_both_headlines(get: Get) -> None:
    newest = rows(get, "recently_changed")[0]
    assert newest["title_before"] == "Lighthouse turns again after eleven years of darkness"
    assert newest["title"] == "Lighthouse turns again after eleven dark winters"


def test_timeline_counts_by_month(get: Get) -> None:
    assert {row["month"]: row["found"] for row in rows(get, "timeline", q="lamp") if row["found"]} == {
        "2026-11": 1
    }
    assert all(row["found"] == row["articles"] for row in rows(get, "timeline", q=""))


def test_words_in_context(get: Get) -> None:
    assert "[foundry]" in rows(get, "kwic", q="foundry")[0]["line"]


def test_sites_are_compared(get: Get) -> None:
    found = {(row["site"], row["year"]): row for row in rows(get, "compare_sites", q="the")}
    assert found["courier", "2026"]["found"] == 7
    assert found["courier", "2026"]["per_thousand"] == 1000
    assert found["mosaic", "2026"]["found"] == 0


def test_gaps_are_between_the_first_and_the_last_article(tmp_path: Path) -> None:
    path = build(tmp_path, hostile=False)
    add(path, Piece("courier", "old", "", "2026-06-01", only("2026-06-01T00:00:00Z", "Old", "", "Old.")))
    live = datasette(tmp_path)
    asyncio.run(live.invoke_startup())
    gaps = rows(asker(live), "coverage_gaps")
    assert gaps == [{"site": "courier", "month": month} for month in ("2026-07", "2026-08")]
    live.get_database("archive").close()


def test_the_same_text_is_the_same_story(get: Get) -> None:
    assert [row["id"] for row in rows(get, "same_story", article="1")] == [1]


def test_sections_and_authors_are_counted(get: Get) -> None:
    assert {(row["site"], row["section"]): row["articles"] for row in rows(get, "sections")}[
        "courier", "Council"
    ] == 2
    assert rows(get, "authors" if IS_OLD else "authors_query")[0]["articles"] == 3


def test_ledger_summary_counts_every_address(get: Get, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        every = connection.execute("select count(*) from urls").fetchone()[0]
    assert sum(row["addresses"] for row in rows(get, "ledger_summary")) == every


@pytest.mark.skipif(not IS_OLD, reason="Datasette 1.0 knows no units")
def test_byte_counts_are_shown_with_their_unit(get: Get) -> None:
    assert (
        "48.211\u00a0kB" in get("/archive/captures").soup.get_text()
        or "48.211 kB" in get("/archive/captures").text
    )
