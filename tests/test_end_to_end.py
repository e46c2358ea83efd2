"""The whole thread, with the real programs: a site, a crawl of it, the archive, and the day after."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from demo.site import Site
from demo.truth import Expected, Fact, expected
from scraper import browser
from tests.docs.test_notebooks import NOTEBOOKS
from tests.docs.test_notebooks import run as run_notebook

PROJECT = Path(__file__).parent.parent
OZARK = PROJECT.parent / "shared" / "sites" / "ozark-gazette"
TIMEOUT = 120


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command of newsarchive, as a person would type it."""
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=PROJECT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip


def ask(folder: Path, sql: str, *values: object) -> list[dict[str, Any]]:
    """Rows of an archive's database."""
    with closing(sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql, values)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Expected, Expected]:
    """`make demo SERVE=0` twice, in a folder of its own; what the first made is kept beside it."""
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    for day in (1, 2):
        done = run("demo", "--no-serve", "--archive", folder, "--port", str(port))
        assert done.returncode == 0, done.stdout + done.stderr
        if day == 1:
            before = folder / "first"
            before.mkdir()
            with (
                closing(sqlite3.connect(folder / "archive.db")) as db,
                closing(sqlite3.connect(before / "archive.db")) as copy,
            ):
                db.backup(copy)
    base = f"http://127.0.0.1:{port}"
    return folder, expected(1, base), expected(2, base)


def facts(truth: Expected) -> dict[str, Fact]:
    return {fact.url: fact for fact in (*truth.articles, *truth.teasers)}


def test_the_first_day_holds_every_article_and_nothing_else(days: tuple[Path, Expected, Expected]) -> None:
    folder, truth, _ = days
    rows = {row["url"]: row for row in ask(folder / "first", "select * from articles")}
    assert rows.keys() - truth.scripted.keys() == facts(truth).keys()
    for url, fact in facts(truth).items():
        row = rows[url]
        assert row["title"] == fact.title
        assert row["byline"].split(", ") == list(fact.authors)
        assert row["day"] == fact.published.isoformat()[:10]
        assert (row["language"], row["kind"], row["access"]) == (fact.language, fact.kind, fact.access)


def test_the_text_is_the_body_and_no_furniture(days: tuple[Path, Expected, Expected]) -> None:
    folder, truth, _ = days
    texts = {
        row["url"]: row["text"]
        for row in ask(folder / "first", "select url, text from articles join article_text using (id)")
    }
    for url, fact in facts(truth).items():
        words = texts[url].split()
        assert " ".join(words[:5]) == fact.first_words
        assert " ".join(words[-5:]) == fact.last_words
        for furniture in fact.absent:
            assert furniture not in texts[url]


def test_a_story_that_a_script_prints_needs_a_browser(days: tuple[Path, Expected, Expected]) -> None:
    folder, truth, _ = days
    [(url, title)] = truth.scripted.items()
    articles = ask(folder / "first", "select title, byline from articles where url = ?", url)
    if browser.missing() is None:
        assert articles == [{"title": title, "byline": "Ines Calloway"}]
        assert ask(folder / "first", "select 1 from captures where url = ? and rendered", url)
    else:
        assert articles == []
        [said] = ask(folder / "first", "select outcome, reason from urls where url = ?", url)
        assert said == {"outcome": "withheld", "reason": "script-only shell"}


def test_what_is_left_out_says_why(days: tuple[Path, Expected, Expected]) -> None:
    folder, truth, _ = days
    ledger = {row["url"]: row for row in ask(folder / "first", "select * from urls")}
    for page in truth.left_out:
        assert ledger[page.url]["outcome"] == page.outcome, page
        assert ledger[page.url]["reason"], page
    asked = [row["url"] for row in ask(folder, "select url from captures")]
    assert not [url for url in asked if url.startswith(truth.forbidden)]
    assert not [row for row in ledger.values() if row["outcome"] == "queued"]


def test_the_second_day_brings_exactly_its_four_changes(days: tuple[Path, Expected, Expected]) -> None:
    folder, before, after = days
    [(new)] = facts(after).keys() - facts(before).keys() - set(after.moved.values())
    [(old, moved)] = after.moved.items()
    [gone] = after.gone
    added = ask(
        folder,
        "select a.url, r.change, r.words_added from revisions r join articles a on a.id = r.article "
        "where r.id > (select max(id) from revisions where change = 'first' and seen <= ?) order by r.id",
        ask(folder / "first", "select max(seen) seen from revisions")[0]["seen"],
    )
    changes = {row["url"]: row["change"] for row in added}
    corrected = next(url for url, change in changes.items() if change == "correction")
    assert changes == {new: "first", corrected: "correction", gone: "withdrawn"}
    assert facts(before)[corrected].text != facts(after)[corrected].text
    kept = {row["url"]: row for row in ask(folder, "select * from articles")}
    assert kept.keys() - after.scripted.keys() == facts(after).keys() | {gone}
    assert kept[gone]["gone"]
    assert ask(folder, "select text from article_text where id = ?", kept[gone]["id"])[0]["text"]
    [ledger] = ask(folder, "select * from urls where url = ?", old)
    assert (ledger["leads_to"], ledger["article"]) == (moved, kept[moved]["id"])


def test_a_third_run_finds_nothing_to_do(days: tuple[Path, Expected, Expected]) -> None:
    folder, _, after = days
    before = ask(folder, "select count(*) n, max(id) newest from revisions")
    port = next(iter(facts(after))).split("/")[2].rpartition(":")[2]
    with Site(2, int(port)):
        done = run("newsarchive", "crawl", "--archive", folder, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [site["archived"] for site in report["sites"]] == [0]
    assert ask(folder, "select count(*) n, max(id) newest from revisions") == before


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebooks_run_on_it(
    days: tuple[Path, Expected, Expected],
    notebook: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("pandas")
    monkeypatch.setenv("NEWSARCHIVE", str(days[0]))
    run_notebook(notebook)
    assert re.search(r"Council votes|An otter", capsys.readouterr().out)


def test_serve_shows_the_archive(days: tuple[Path, Expected, Expected]) -> None:
    folder, truth, _ = days
    port = free_port()
    serving = subprocess.Popen(
        [sys.executable, "-m", "newsarchive", "serve", "--archive", str(folder), "--port", str(port)],
        cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert serving.stdout is not None
        assert f"127.0.0.1:{port}" in serving.stdout.readline()
        with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            assert truth.articles[0].title in answer.read().decode().replace("&#39;", "'")
        nowhere = f"http://127.0.0.1:{port}/archive/articles.json?_search=wordnowhere"
        with urlopen(nowhere, timeout=30) as answer:
            assert json.load(answer)["rows"] == []
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=30)
    assert serving.returncode == 0


@pytest.mark.golden
@pytest.mark.skipif(not OZARK.is_dir(), reason="the real site lies beside the project, and is absent here")
def test_a_real_site_with_five_commands(tmp_path: Path) -> None:
    port, folder, log = free_port(), tmp_path / "my-archive", tmp_path / "requests"
    with log.open("w") as said:
        served = subprocess.Popen(
            [sys.executable, OZARK.parent / "serve.py", OZARK, "--origin", "https://ozarks.cgnnews.net",
             "--port", str(port)], stdout=said, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        for command in (
            ("init", folder, "--contact", "archive@example.org"),
            ("add", f"http://127.0.0.1:{port}/", "--allow-private", "--delay", "0", "--archive", folder),
            ("crawl", "--archive", folder),
        ):
            done = run("newsarchive", *command)
            assert done.returncode == 0, done.stdout + done.stderr
        first = log.read_text().splitlines()
        again = run("newsarchive", "crawl", "--archive", folder)
        assert again.returncode == 0, again.stderr
        second = [json.loads(line)["path"] for line in log.read_text().splitlines()[len(first) :]]
    finally:
        served.terminate()
        served.wait(timeout=10)
    rows = ask(folder, "select * from articles join article_text using (id)")
    dated = {row["url"] for row in rows if "/2026/" in row["url"]}
    assert len(rows) == len(dated) == 116
    for row in rows:
        assert row["title"], row["url"]
        assert row["byline"], row["url"]
        assert row["published"], row["url"]
        assert row["word_count"] > 50, row["url"]
        assert row["revisions"] == 1, row["url"]
    assert not [path for path in second if "/2026/" in path]
