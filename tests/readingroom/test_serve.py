"""Serving a folder: what it refuses in words, what it says when it is ready, how it ends."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest
from datasette.app import Datasette

import readingroom
from pipelines.errors import ArchiveError, ArchiveUnusable, NotAnArchive
from readingroom import serve as serving
from readingroom.compat import metadata
from readingroom.serve import datasette, serve
from tests.readingroom.archive import build
from tests.readingroom.conftest import asker

SERVE = """
import sys
from pathlib import Path
from readingroom.serve import serve
serve(Path(sys.argv[1]), port=0, on_ready=lambda address: print(address, flush=True))
print("ended", flush=True)
"""


def test_it_says_when_it_is_ready_prints_nothing_else_and_ends_at_ctrl_c(folder: Path) -> None:
    command = [sys.executable, "-c", SERVE, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:")
            with urlopen(address, timeout=20) as answer:
                assert answer.status == 200
                assert b"Newest articles" in answer.read()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (out, err, process.returncode) == ("ended\n", "", 0)


def test_a_taken_port_is_one_clear_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ArchiveError, match=f"Port {port} of 127.0.0.1 is taken"):
            serve(folder, port=port)


def test_an_address_that_is_not_ours(folder: Path) -> None:
    with pytest.raises(ArchiveError, match=r"Cannot listen on port 0 of 192\.0\.2\.1"):
        serve(folder, host="192.0.2.1", port=0)


def test_a_folder_without_an_archive(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive, match="holds no archive"):
        datasette(tmp_path)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_bytes(b"not a database, but long enough to look at" * 30)
    with pytest.raises(NotAnArchive, match="not a SQLite database"):
        datasette(tmp_path)


def test_a_database_that_is_no_archive(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        connection.execute("create table articles (id)")
    with pytest.raises(NotAnArchive, match="no table captures, revisions, sites"):
        datasette(tmp_path)


@pytest.mark.parametrize("text", ["title: [unclosed", "- a list", "\udce9"])
def test_a_broken_metadata_file_is_named(tmp_path: Path, text: str) -> None:
    build(tmp_path)
    (tmp_path / "metadata.yml").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ArchiveError, match=r"metadata\.yml"):
        datasette(tmp_path)


def test_metadata_may_be_absent(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "metadata.yml").unlink()
    assert metadata(datasette(tmp_path), "title") is None


def test_a_file_that_is_being_written_is_not_immutable(tmp_path: Path) -> None:
    path = build(tmp_path)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("update sites set articles = 1")
        writer.commit()
        with pytest.raises(ArchiveUnusable, match="being written"):
            datasette(tmp_path, immutable=True)


def test_a_sealed_file_is_served_immutable(tmp_path: Path) -> None:
    path = build(tmp_path / "live")
    sealed = tmp_path / "sealed"
    sealed.mkdir()
    shutil.copy(path, sealed / "archive.db")
    assert not datasette(sealed, immutable=True).get_database("archive").is_mutable


@pytest.mark.parametrize("column", ["plain", "odd ] column"])
def test_a_table_whose_name_datasette_cannot_quote(tmp_path: Path, column: str) -> None:
    with closing(sqlite3.connect(build(tmp_path))) as connection:
        connection.execute(f'create table "odd ] table" ("{column}" text)')
    if hasattr(Datasette, "metadata"):
        with pytest.raises(ArchiveUnusable, match=r"'odd \] table'.*rename it"):
            datasette(tmp_path)
    else:
        get = asker(datasette(tmp_path))
        assert get("/archive").status == get("/archive/odd+~5D+table").status == 200


def test_a_large_archive_counts_facets_only_when_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def facets(path: str) -> set[str]:
        return {str(facet["data-column"]) for facet in get(path).soup.select(".facet-info[data-column]")}

    get = asker(datasette(folder))
    assert facets("/archive/articles") == {"site", "language", "kind", "access"}
    monkeypatch.setattr(serving, "FACETED_AT_MOST", 3)
    get = asker(datasette(folder))
    assert facets("/archive/articles") == set()
    assert facets("/archive/articles?_facet=section") == {"section"}
    assert "stays the same as long as the archive lives" in get("/archive/articles").text


def test_facets_counted_at_once_are_those_counted_alone(folder: Path) -> None:
    get = asker(datasette(folder))

    def facets(*columns: str) -> dict[str, object]:
        asked = "&".join(f"_facet={column}" for column in columns)
        found = json.loads(get(f"/archive/articles.json?{asked}&_shape=objects&_extra=facet_results").text)[
            "facet_results"
        ]
        return {
            name: [(one["value"], one["count"]) for one in facet["results"]]
            for name, facet in found.get("results", found).items()
        }

    columns = ("site", "language", "kind", "access", "section")
    alone = {name: counts for column in columns for name, counts in facets(column).items()}
    assert facets(*columns) == alone
    assert alone["section"]


def test_the_plugin_is_whole_whichever_module_is_imported_first() -> None:
    asks = (
        "from datasette.plugins import pm; print(len(pm.get_hookcallers(sys.modules['readingroom']) or ()))"
    )
    for first in ("readingroom.serve", "datasette.app"):
        code = f"import sys, {first}, readingroom.serve; readingroom.serve.register(); {asks}"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(len(readingroom.__all__))
