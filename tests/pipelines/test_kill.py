"""Done means durable: whatever a killed process had acknowledged is there, whole, and once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.intake import Intake
from pipelines.model import Exchange
from pipelines.store import Archive, overview
from pipelines.warc import WarcWriter, read_capture, to_capture
from tests.pipelines.pages import BODY, SITE, START, page, plain_extract

PAGES = 42
GROUP = 3
CHILD = f"""
import sys
from pathlib import Path
import pipelines.reading
from {__name__} import crawl, plain_extract
pipelines.reading.extract = plain_extract
crawl(Path(sys.argv[1]))
"""


def exchange(number: int) -> Exchange:
    body = page(f"Bridge {number}", f"{BODY} Number {number}. " + f"word{number} " * 300)
    return Exchange(
        f"https://www.example.com/{number}", START + timedelta(minutes=number), "GET",
        (("Host", "www.example.com"),), 200, "OK", "HTTP/1.1", (("Content-Type", "text/html"),), body,
    )  # fmt: skip


def crawl(folder: Path) -> None:
    """Take all pages in; print the number of each that is done."""
    with Archive.create(folder) as archive, WarcWriter(folder, "test", originals=archive.original) as warc:
        archive.put_sites([SITE])
        takes = Intake(archive, {SITE.key: SITE})
        for number in range(PAGES):
            sent = exchange(number)
            position, digest = warc.append(sent)
            takes.take(to_capture(sent, position, digest), site=SITE.key)
            if number % GROUP == GROUP - 1:
                warc.sync()
                archive.commit()
                print(number, flush=True)


@pytest.mark.parametrize("seed", range(6))
def test_a_kill_at_any_moment_loses_nothing_that_was_done(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        said = [int(child.stdout.readline())]
        time.sleep(random.Random(seed).uniform(0, 0.06))
        child.kill()
        said += [int(line) for line in child.stdout if line.endswith("\n")]
    check(tmp_path, at_least=said[-1] + 1)
    monkeypatch.setattr("pipelines.reading.extract", plain_extract)
    crawl(tmp_path)
    check(tmp_path, at_least=PAGES)


def check(folder: Path, at_least: int) -> None:
    with Archive.open(folder) as archive, WarcWriter(folder, "test") as warc:
        assert all(repair.damaged_at is None for repair in warc.repairs)
        status = overview(archive)
        assert PAGES >= status.articles == status.revisions >= at_least
        assert status.sites[0].articles == status.articles
        archive._run("insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)")
        urls = {url for (url,) in archive._run("select url from captures where verdict = 'article'")}
        for url in urls:
            found = archive.original(url, None)
            assert found is not None
            assert read_capture(folder, found.position).body == exchange(int(url.rpartition("/")[2])).body
