"""Crawls that are killed, interrupted or find the archive taken; each in a process of its own."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.scraper.crawling import Crawl, ask, contents, make, only, run, wait_for
from tests.scraper.localsite import OLD, Answer, LocalSite


class TestDeath:
    STORIES = 40

    @pytest.fixture
    def large(self, site: LocalSite) -> LocalSite:
        """A site of some length, slow enough to be killed in the middle."""
        names = [f"/news/story-number-{number}-of-the-year" for number in range(self.STORIES)]
        for number, name in enumerate(names):
            site.article(name, f"Story number {number}", f"This is what happened the {number}th time. ")
        site.sitemap(dict.fromkeys(names[::2], OLD))
        site.front(*names[1::2])
        site.wait = 0.01
        return site

    @pytest.mark.parametrize("after", [1, 5, 23])
    def test_kill_and_run_again_comes_to_the_same(self, tmp_path: Path, large: LocalSite, after: int) -> None:
        undisturbed = make(tmp_path / "one", {"mill": large.url + "/"})
        run(undisturbed)
        large.asked.clear()
        folder = make(tmp_path / "two", {"mill": large.url + "/"})
        crawl = Crawl(folder)
        wait_for(lambda: len(large.asked) >= after)
        crawl.kill()
        report = run(folder)
        assert report["exit"] == 0
        assert contents(folder) == contents(undisturbed)
        assert max(contents(folder).values()) == 1
        assert (
            sum(count - 1 for path, count in Counter(large.paths()).items() if path.startswith("/news/")) <= 1
        )

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_interrupt_stops_in_order(self, tmp_path: Path, large: LocalSite, number: signal.Signals) -> None:
        folder = make(tmp_path, {"mill": large.url + "/"})
        crawl = Crawl(folder)
        wait_for(lambda: len(large.asked) >= 12)
        crawl.send_signal(number)
        report = crawl.finish()
        assert (report["exit"], report["state"]) == (0, "interrupted")
        taken = contents(folder).total()
        assert 0 < taken < self.STORIES
        assert report["sites"][0]["archived"] == taken
        assert ask(folder, "select state, archived from crawls") == [("interrupted", taken)]
        asked = Counter(large.paths())
        assert only(run(folder))["archived"] == self.STORIES - taken
        repeated = Counter(large.paths()) - asked
        assert all(repeated[path] + count == 1 for path, count in asked.items() if path.startswith("/news/"))

    def test_second_interrupt_is_fast(self, tmp_path: Path, large: LocalSite) -> None:
        large.pages["/news/story-number-8-of-the-year"] = Answer(b"slow", wait=20.0)
        folder = make(tmp_path, {"mill": large.url + "/"})
        crawl = Crawl(folder)
        wait_for(lambda: "/news/story-number-8-of-the-year" in large.paths())
        crawl.interrupt()
        time.sleep(0.3)
        begun = time.monotonic()
        crawl.interrupt()
        report = crawl.finish()
        assert (report["exit"], report["state"]) == (0, "interrupted")
        assert time.monotonic() - begun < 5
        large.article(
            "/news/story-number-8-of-the-year", "Story number 8", "This is what happened the 8th time. "
        )
        run(folder)
        assert contents(folder).total() == self.STORIES

    def test_second_crawl_of_an_archive_leaves(
        self, tmp_path: Path, large: LocalSite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gate, answer = threading.Event(), large.answer  # the first crawl is at work until the second has left
        monkeypatch.setattr(large, "answer", lambda path: gate.wait(60) and answer(path))
        folder = make(tmp_path, {"mill": large.url + "/"})
        crawl = Crawl(folder)
        wait_for(lambda: len(large.asked) >= 1)
        second = run(folder)
        gate.set()
        assert (second["error"], second["exit"]) == ("ArchiveBusy", 5)
        assert only(crawl.finish())["archived"] == self.STORIES

    def test_full_disk_ends_in_order_and_loses_nothing(self, tmp_path: Path, large: LocalSite) -> None:
        folder = make(tmp_path, {"mill": large.url + "/"})
        ended = run(folder, full=1)
        assert (ended["error"], ended["exit"]) == ("DiskFull", 4)
        assert contents(folder).total() < self.STORIES
        assert ask(folder, "select state from crawls") == [("failed",)]
        run(folder)
        assert contents(folder).total() == self.STORIES
        assert max(contents(folder).values()) == 1
