"""What SQL of strangers may not do, and what stays possible."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

import pytest

from readingroom.guards import LARGEST_RESULT, guard
from tests.readingroom.conftest import Get


@pytest.mark.parametrize(
    "sql",
    [
        "select * from pragma_database_list",
        "select count(*) from pragma_database_list()",
        "select a.file from articles join pragma_database_list a",
        "with x as (select 1) select load_extension('x')",
        "select hex(zeroblob(200000000))",
        "select zeroblob(30000000) from articles",
        "select fts3_tokenizer('simple')",
        "select " + ", ".join(["randomblob(30000000)"] * 20),
    ],
)
def test_sql_that_reaches_too_far_is_refused(get: Get, folder: Path, sql: str) -> None:
    told, page = get(f"/archive.json?sql={quote(sql)}"), get(f"/archive?sql={quote(sql)}")
    assert told.status == 400
    assert told.json()["ok"] is False
    # Datasette 1.0 shows the SQL again to be mended, with SQLite's words, as a page that was found.
    assert page.status == 400 or page.one(".message-error").get_text(strip=True)
    for answer in (told, page):
        assert not answer.soup.select("table.rows-and-columns")
        assert str(folder) not in answer.text
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "sql", ["attach ':memory:' as x", "pragma journal_mode", "pragma query_only = 0", "vacuum into 'x'"]
)
def test_the_authorizer_itself_refuses(sql: str) -> None:
    connection = sqlite3.connect(":memory:")
    guard(connection)
    with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|authorization"):
        connection.execute(sql)
    connection.close()


def test_many_long_values_are_too_many() -> None:
    connection = sqlite3.connect(":memory:")
    guard(connection)
    each = LARGEST_RESULT // 4
    some = "with n(i) as (values (1), (2), (3), (4), (5)) select zeroblob(:each) from n limit :most"
    assert len(connection.execute(some, {"each": each, "most": 4}).fetchall()) == 4
    with pytest.raises(sqlite3.OperationalError, match="larger than 64 MiB"):
        connection.execute(some, {"each": each, "most": 5}).fetchall()
    assert connection.execute("select 1 as one").fetchone()["one"] == 1
    connection.close()


def test_a_row_of_long_values_is_more_than_the_memory_of_all() -> None:
    connection = sqlite3.connect(":memory:")
    guard(connection)
    with pytest.raises(MemoryError):
        connection.execute("select " + ", ".join(["randomblob(30000000)"] * 20)).fetchall()
    assert connection.execute("select 1 as one").fetchone()["one"] == 1
    connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "/-/databases.json",
        "/-/databases",
        "/-/versions.json",
        "/-/plugins.json",
        "/-/metadata.json",
        "/-/settings.json",
        "/-/threads.json",
        "/archive.json",
        "/.json",
        "/archive/articles.json",
        "/archive/nowhere",
        "/archive.db",
        "/-/config.json",
        "/archive?sql=select",
        "/archive.json?sql=select+x",
    ],
)
def test_the_path_of_the_file_is_told_nowhere(get: Get, folder: Path, path: str) -> None:
    assert str(folder) not in get(path).text


def test_the_list_of_databases_is_there_without_paths(get: Get) -> None:
    [told] = get("/-/databases.json").json()
    assert told["name"] == "archive"
    assert told["size"] > 0
    assert "path" not in told


def test_what_datasette_needs_is_permitted(get: Get) -> None:
    for path in (
        "/archive",
        "/archive/articles",
        "/archive/articles/1",
        "/archive.json?sql=select+*+from+pragma_table_info('articles')",
    ):
        assert get(path).status == 200, path
