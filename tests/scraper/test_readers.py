import asyncio
import gzip
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines import workers
from pipelines.errors import ArchiveError, WarcError
from pipelines.model import Capture, Drop, Exchange, Extraction, Outcome, Site
from pipelines.reading import DEADLY
from pipelines.warc import WarcWriter, to_capture
from scraper import readers
from scraper.discovery.candidate import Role
from scraper.readers import Readers
from scraper.reading import Read
from tests.scraper import deadly
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import LocalSite, article

SITE = Site("mill", "https://mill.example/")
LINKED = b'<main><a href="/next">The next story</a></main>'


def page(status: int = 200, url: str = "https://mill.example/story") -> Capture:
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return Capture(url, datetime(2026, 3, 1, tzinfo=UTC), status, headers, article("Mill") + LINKED, "sha1:x")


def read(most: int, *captures: Capture, folder: Path = Path()) -> list[Read]:
    async def all_of_them() -> list[Read]:
        reads = Readers(folder, {SITE.key: SITE}, most)
        try:
            return await asyncio.gather(*(reads.read(capture, Role.PAGE, SITE.key) for capture in captures))
        finally:
            reads.close()

    return asyncio.run(all_of_them())


def test_a_process_reads_what_this_one_reads() -> None:
    (there,) = read(2, page())
    (here,) = read(0, page())
    assert there == here
    assert isinstance(here.page.content, Extraction)
    assert [named.url for named in here.reading.candidates] == ["https://mill.example/next"]


def kept(folder: Path) -> Capture:
    """A page that came packed, as it lies in the WARC."""
    headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
    body = gzip.compress(article("Mill") + LINKED)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    sent = Exchange(SITE.url, at, "GET", (), 200, "OK", "HTTP/1.1", headers, body)
    with WarcWriter(folder, "test") as writer:
        return to_capture(sent, *writer.append(sent))


def test_a_process_takes_what_is_in_the_warc_from_there(tmp_path: Path) -> None:
    capture = kept(tmp_path)
    (there,) = read(1, replace(capture, body=b"not what was sent"), folder=tmp_path)
    assert [there] == read(0, capture)
    assert isinstance(there.page.content, Extraction)


def test_a_warc_that_does_not_give_back_what_it_got_is_no_pages_fault(tmp_path: Path) -> None:
    capture = kept(tmp_path)
    for segment in (tmp_path / "warc").iterdir():
        segment.unlink()
    with pytest.raises(WarcError, match="is missing"):
        read(1, capture, folder=tmp_path)


def test_what_is_no_page_names_nothing() -> None:
    (found,) = read(0, page(404))
    assert found.reading.candidates == ()


def test_pages_that_end_their_process_or_never_end_fail_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_read", deadly.read_or_die)
    monkeypatch.setattr(workers, "LIMIT", 1.5)
    names = ["0", "deadly", "2", "3", "endless", "5", "6"]
    found = read(2, *(page(url=f"https://mill.example/{name}") for name in names))
    failed = {name: one.page.content for name, one in zip(names, found, strict=True)}
    dead, stuck = failed.pop("deadly"), failed.pop("endless")
    assert all(isinstance(content, Extraction) for content in failed.values())
    assert dead == stuck == Drop(Outcome.FAILED, DEADLY)
    assert isinstance(dead, Drop)
    assert dead.evidence == "the process was ended by SIGSEGV"
    assert isinstance(stuck, Drop)
    assert stuck.evidence == "the process took more than 1.5 seconds of the processor's time"


def test_a_process_that_cannot_be_started_is_no_pages_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_prepare", deadly.refuse)
    with pytest.raises(ArchiveError, match="cannot be started: it ended with exit code 1"):
        read(1, page())


def test_a_crawl_goes_on_past_pages_that_end_their_reader(tmp_path: Path) -> None:
    paths = ("/news/bridge", "/news/deadly", "/news/endless", "/news/mill")
    with LocalSite() as site:
        for path in paths:
            site.article(path, path, f"What is told at {path}. ")
        site.front(*paths)
        make(tmp_path, {"mill": f"{site.url}/"})
        only(run(tmp_path, beside="yes"))
        asked = [path for path in site.paths() if path in paths]
    assert sorted(asked) == sorted(paths), "none is fetched again in the same crawl"
    told = ask(tmp_path, "select url, outcome, reason from urls where url like '%/news/%' order by url")
    assert [(outcome, reason) for _, outcome, reason in told] == [
        ("article", "first"), ("failed", DEADLY), ("failed", DEADLY), ("article", "first"),
    ]  # fmt: skip
    failed_rows = "select evidence from captures where verdict = 'failed' and status = 200 order by url"
    assert ask(tmp_path, failed_rows) == [
        ("the process was ended by SIGSEGV",),
        ("the process took more than 1.5 seconds of the processor's time",),
    ]


def test_a_host_is_asked_for_the_next_page_while_its_last_one_is_read(tmp_path: Path) -> None:
    with LocalSite() as site:
        for path in ("/news/first", "/news/second"):
            site.article(path, path, f"What is told at {path}. ")
        site.front("/news/first", "/news/second")
        make(tmp_path, {"mill": f"{site.url}/"})
        report = only(run(tmp_path, after="/news/second"))
        assert [path for path in site.paths() if "/news/" in path] == ["/news/first", "/news/second"]
    assert (report["archived"], report["failed"]) == (2, [])
