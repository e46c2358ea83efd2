"""A crawl whose process is killed, or whose disk fails, at any call that changes a file: run again, it comes to
the same end.

By default a sample of the calls; with NEWSARCHIVE_FAULTS=all in the environment, every one of them.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.store import Archive
from pipelines.verify import verify
from tests.faultydisk import (
    ANYWHERE,
    ARCHIVE,
    ERROR,
    ERRORS,
    FRONTIER,
    KILL,
    KILLED,
    TORN,
    WARC,
    Ended,
    Fault,
    FaultyDisk,
    have_compiler,
)
from tests.scraper.crawling import ask, contents, make
from tests.scraper.localsite import OLD, LocalSite

pytestmark = pytest.mark.skipif(not have_compiler(), reason="gcc is needed to make a disk that fails")
ALL = os.environ.get("NEWSARCHIVE_FAULTS") == "all"
STORIES = 12
NAMES = {"frontier": FRONTIER, "warc": WARC, "archive": ARCHIVE}


@pytest.fixture(scope="module")
def disk() -> Iterator[FaultyDisk]:
    with FaultyDisk() as disk:
        yield disk


@pytest.fixture(scope="module")
def site() -> Iterator[LocalSite]:
    """Linked from a front page, named by a sitemap, found behind a redirect, and gone."""
    with LocalSite() as site:
        names = [f"/news/story-number-{number}-of-the-year" for number in range(STORIES)]
        for number, name in enumerate(names):
            site.article(name, f"Story number {number}", f"This is what happened the {number}th time. ")
        site.moved("/news/story-by-its-old-name", names[0])
        site.sitemap(dict.fromkeys([*names[::2], "/news/story-that-is-gone"], OLD))
        site.front(*names[1::2], "/news/story-by-its-old-name")
        yield site


@pytest.fixture(scope="module")
def undisturbed(
    disk: FaultyDisk, site: LocalSite, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Counter[tuple[str, str]], dict[str, int]]:
    """What an undisturbed crawl comes to, and how many calls it makes where."""
    calls = {}
    for name, where in (*NAMES.items(), ("anywhere", ANYWHERE)):
        folder = archive(tmp_path_factory.mktemp(name), site)
        ended = disk.crawl(folder, Fault(where, 0, 0))
        assert ended.exit == 0
        calls[name] = ended.calls
    assert contents(folder).total() == STORIES
    return contents(folder), calls


def archive(folder: Path, site: LocalSite) -> Path:
    return make(folder, {"mill": f"{site.url}/"})


def chosen(calls: int, seed: str, few: int) -> list[int]:
    """Numbers of calls: all, or a sample with the first."""
    if ALL:
        return list(range(1, calls + 1))
    return [1, *sorted(random.Random(seed).sample(range(2, calls), few - 1))]


def check(folder: Path, site: LocalSite, same: Counter[tuple[str, str]], resumed: Ended) -> None:
    """The archive is as if nothing had happened, every file is right, and no page was fetched once more than
    what was under way: a host is asked one thing at a time."""
    assert (resumed.exit, resumed.report.get("state")) == (0, "finished"), resumed
    assert contents(folder) == same
    with Archive.open(folder, write=False) as opened:
        told = verify(opened)
        assert (told.findings, told.unfinished) == ([], [])
        assert opened.read("pragma integrity_check") == [("ok",)]
    frontier = sqlite3.connect(folder / "frontier.db")
    try:
        assert frontier.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert frontier.execute("select url from urls where state in ('queued', 'in flight')").fetchall() == []
    finally:
        frontier.close()
    ledger = ask(folder, "select url from urls where outcome = 'queued'")
    assert ledger == []
    assert fetched_twice(site) <= 1


def fetched_twice(site: LocalSite) -> int:
    """Requests for pages beyond the first; doors are asked by every crawl."""
    asked = Counter(path for path in site.paths() if path.startswith("/news/"))
    return asked.total() - len(asked)


@pytest.mark.parametrize("how", [KILL, TORN], ids=["before", "within"])
@pytest.mark.parametrize("name", NAMES)
def test_a_kill_at_the_nth_call_of_a_file(
    disk: FaultyDisk,
    site: LocalSite,
    undisturbed: tuple[Counter[tuple[str, str]], dict[str, int]],
    tmp_path: Path,
    name: str,
    how: int,
) -> None:
    same, calls = undisturbed
    for call in chosen(calls[name], f"{name} {how}", 3):
        folder = archive(tmp_path / str(call), site)
        site.asked.clear()
        killed = disk.crawl(folder, Fault(NAMES[name], call, how))
        assert killed.exit in (KILLED, 0), killed  # the number of calls differs a little from run to run
        check(folder, site, same, disk.crawl(folder))


@pytest.mark.parametrize("seed", range(50 if ALL else 12))
def test_a_kill_at_a_random_moment(
    disk: FaultyDisk,
    site: LocalSite,
    undisturbed: tuple[Counter[tuple[str, str]], dict[str, int]],
    tmp_path: Path,
    seed: int,
) -> None:
    same, calls = undisturbed
    chance = random.Random(seed)
    folder = archive(tmp_path, site)
    site.asked.clear()
    deaths = 0
    for _ in range(2):  # the second time, perhaps while it makes up for the first
        moment = Fault(ANYWHERE, chance.randint(1, calls["anywhere"]), chance.choice([KILL, TORN]))
        deaths += disk.crawl(folder, moment).exit == KILLED
    resumed = disk.crawl(folder)
    assert fetched_twice(site) <= deaths
    site.asked.clear()
    check(folder, site, same, resumed)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("name", NAMES)
def test_a_disk_that_fails_ends_the_crawl_by_its_name(
    disk: FaultyDisk,
    site: LocalSite,
    undisturbed: tuple[Counter[tuple[str, str]], dict[str, int]],
    tmp_path: Path,
    name: str,
    error: str,
) -> None:
    same, calls = undisturbed
    for call in chosen(calls[name], f"{name} {error}", 2):
        folder = archive(tmp_path / str(call), site)
        site.asked.clear()
        ended = disk.crawl(folder, Fault(NAMES[name], call, ERROR, ERRORS[error]))
        told = (ended.exit, ended.report.get("error"))
        assert told in ((4, "DiskFull"), (4, "ArchiveReadOnly"), (0, None)), (call, ended)
        if error == "EROFS" and name == "warc" and ended.exit:
            assert ended.report["error"] == "ArchiveReadOnly"
        check(folder, site, same, disk.crawl(folder))
