import asyncio
import os
from datetime import UTC, datetime
from typing import Any

import pytest

from pipelines.model import Capture, Extraction, Site
from scraper import readers, reading
from scraper.discovery.candidate import Role
from scraper.readers import DEADLY, Readers
from scraper.reading import Read
from tests.scraper.localsite import article

SITE = Site("mill", "https://mill.example/")
LINKED = b'<main><a href="/next">The next story</a></main>'


def page(status: int = 200, url: str = "https://mill.example/story") -> Capture:
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return Capture(url, datetime(2026, 3, 1, tzinfo=UTC), status, headers, article("Mill") + LINKED, "sha1:x")


def read(reads: Readers, *captures: Capture) -> list[Read]:
    async def all_of_them() -> list[Read]:
        return await asyncio.gather(*(reads.read(capture, Role.PAGE, SITE.key) for capture in captures))

    return asyncio.run(all_of_them())


def at_work() -> Readers:
    """Readers whose process is there."""
    reads = Readers({SITE.key: SITE}, 2)
    reads._begin()
    assert reads._ready is not None
    reads._ready.result(timeout=60)
    return reads


def die(capture: Capture, *_: Any) -> Read:
    """What a page would do that ends the process: one in ten of those below."""
    if capture.url.endswith("deadly"):
        os._exit(1)
    return reading.read(capture, Role.PAGE, *readers._sites[SITE.key])


def test_a_process_reads_what_this_one_reads() -> None:
    reads = at_work()
    try:
        (there,) = read(reads, page())
    finally:
        reads.close()
    (here,) = read(Readers({SITE.key: SITE}, 1), page())
    assert there == here
    assert isinstance(here.content, Extraction)
    assert [named.url for named in here.reading.candidates] == ["https://mill.example/next"]


def test_what_is_no_page_names_nothing() -> None:
    (found,) = read(Readers({SITE.key: SITE}, 1), page(404))
    assert found.reading.candidates == ()


def test_processes_are_begun_only_by_a_crawl_that_cannot_keep_up(monkeypatch: pytest.MonkeyPatch) -> None:
    calm = Readers({SITE.key: SITE}, 2)
    read(calm, page())
    assert calm._pool is None
    monkeypatch.setattr(readers, "ENOUGH", 0.0)
    monkeypatch.setattr(readers, "BUSY", 0.0)
    busy = Readers({SITE.key: SITE}, 2)
    read(busy, page())
    read(busy, page())
    assert busy._pool is not None
    busy.close()


def test_a_page_that_ends_its_process_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_read", die)
    reads = at_work()
    urls = [f"https://mill.example/{n}" for n in range(6)] + ["https://mill.example/deadly"]
    try:
        found = read(reads, *(page(url=url) for url in urls))
    finally:
        reads.close()
    assert [one.content == DEADLY for one in found] == [False] * 6 + [True]
