"""The file: older ones are brought up to date, newer and broken ones are refused, a failing disk is named."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pipelines import errors
from scraper.frontier import FRONTIER, Due, Frontier
from scraper.frontier.connection import Connection
from scraper.frontier.schema import STEPS
from tests.scraper.frontier.mill import NOW, take


class FullDisk(Connection):
    """Has no room for a commit."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if sql == "commit":
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *parameters)


def test_a_disk_that_fails_at_the_end_has_a_name_and_hides_no_other_error(tmp_path: Path) -> None:
    Frontier.open(tmp_path).close()

    def opened() -> Frontier:
        path = tmp_path / "frontier.db"
        frontier = Frontier(sqlite3.connect(path, factory=FullDisk, isolation_level=None))
        frontier.hosts.keep_rest("slow.example", NOW, "HTTP 503")
        return frontier

    with pytest.raises(errors.ArchiveUnusable, match="disk I/O error"), opened():
        pass
    with pytest.raises(KeyError), opened():
        raise KeyError


def test_a_frontier_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / FRONTIER)
    db.executescript(STEPS[0] + "pragma user_version = 1;")
    db.execute(
        """insert into urls (key, url, site, host, role, state, priority, depth, due, found_at)
        values ('k', 'https://news.example/', 'mill', 'news.example', 'listing', 'in flight', 80, 0, ?, 1)""",
        (Due.DOOR,),
    )
    db.commit()
    db.close()
    with pytest.raises(errors.ArchiveUnusable, match="older"):
        Frontier.open(tmp_path, write=False)
    with Frontier.open(tmp_path) as frontier:
        assert take(frontier).unmodified == 0


def test_newer_and_broken_files_are_named(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "frontier.db")
    db.execute("pragma user_version = 99")
    db.close()
    with pytest.raises(errors.ArchiveTooNew, match=r"frontier\.db"):
        Frontier.open(tmp_path)
    (tmp_path / "frontier.db").write_bytes(b"this is no database, whatever its name may say" * 40)
    with pytest.raises(errors.ArchiveUnusable, match=r"frontier\.db"):
        Frontier.open(tmp_path)
