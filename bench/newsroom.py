"""Invented archives of any size, for timing: seeded, so that the same number makes the same archive.

Words are made of syllables and drawn by Zipf's law. Two words stand in a known share of the articles: RARE in
one of a hundred, COMMON in two of five. Ids follow discovery, not publication: one article in five is older
than its neighbours, as archives are when old pages are found late.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlite_utils import Database

from pipelines.store.migrations import migrations

METADATA = Path(__file__).parent.parent / "metadata.yml"

RARE, COMMON = "zimtlaterne", "regenkai"
LANGUAGES = ("en", "en", "en", "de", "fr", "es")
SECTIONS = (
    "News",
    "Council",
    "Harbour",
    "Sport",
    "Culture",
    "Letters",
    "Business",
    "Weather",
    "Science",
    "Opinion",
)
FIRST_DAY = datetime(2006, 1, 1, tzinfo=UTC)
YEARS = 20
BATCH = 2_000
VOCABULARY = 40_000


def build(folder: Path, articles: int, *, sites: int = 20, words: int = 300, seed: int = 6) -> Path:
    """Make `folder` an archive of that many articles; archive.db's path. One that is there already is
    kept."""
    path = folder / "archive.db"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(METADATA, folder)
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    database = Database(unfinished)
    migrations.apply(database)
    connection: sqlite3.Connection = database.conn
    for setting in ("synchronous = off", "journal_mode = off", "cache_size = -1000000"):
        connection.execute(f"pragma {setting}")  # an unfinished file is made anew; its indexes stay in memory
    random = np.random.default_rng(seed)
    _frame(connection, sites, articles)
    for first in range(1, articles + 1, BATCH):
        _batch(connection, random, range(first, min(first + BATCH, articles + 1)), articles, sites, words)
        connection.commit()
    connection.execute("update sites set articles = (select count(*) from articles where site = sites.key)")
    connection.commit()
    database.close()
    unfinished.rename(path)
    return path


def _vocabulary() -> list[str]:
    syllables = [
        a + b
        for a in ("b", "d", "f", "gr", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v", "w")
        for b in ("a", "e", "i", "o", "u", "an", "en", "or", "il")
    ]
    pairs = itertools.chain(syllables, map("".join, itertools.product(syllables, repeat=2)),
                            map("".join, itertools.product(syllables, repeat=3)))  # fmt: skip
    return list(itertools.islice(pairs, VOCABULARY))


def _frame(connection: sqlite3.Connection, sites: int, articles: int) -> None:
    """The sites, the authors, and one crawl that found all."""
    connection.executemany(
        "insert into sites (key, name, url, language, articles, first_crawl, last_crawl) "
        "values (?, ?, ?, ?, 0, '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')",
        [(f"paper{n}", f"Paper {n}", f"https://paper{n}.example/", LANGUAGES[n % 6]) for n in range(sites)],
    )
    connection.executemany("insert into authors (id, name) values (?, ?)",
                           [(n, f"Writer {n}") for n in range(1, _authors(articles) + 1)])  # fmt: skip
    connection.execute(
        "insert into crawls (started, finished, state, sites, archived, software) values "
        "('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 'finished', '[]', ?, 'newsarchive')", (articles,)
    )  # fmt: skip


def _authors(articles: int) -> int:
    return max(articles // 400, 20)


def _texts(random: np.random.Generator, count: int, words: int) -> Iterator[tuple[str, str]]:
    """Title and text of `count` articles."""
    vocabulary = np.array(_vocabulary(), dtype=object)
    weights = 1.0 / np.arange(2.7, len(vocabulary) + 2.7)
    drawn = random.choice(len(vocabulary), size=(count, words + 8), p=weights / weights.sum())
    rare, common = random.random(count) < 0.01, random.random(count) < 0.4
    for row, has_rare, has_common in zip(drawn, rare, common, strict=True):
        said = vocabulary[row].tolist()
        if has_rare:
            said[40] = RARE
        if has_common:
            said[90] = COMMON
        text = "\n\n".join(
            " ".join(said[start : start + 50]).capitalize() + "." for start in range(8, words + 8, 50)
        )
        yield " ".join(said[:8]).capitalize(), text


def _batch(
    connection: sqlite3.Connection,
    random: np.random.Generator,
    ids: range,
    articles: int,
    sites: int,
    words: int,
) -> None:
    """Write the articles with these ids, with one revision, capture and address each, and index them."""
    for number, (title, text) in zip(ids, _texts(random, len(ids), words), strict=True):
        share = number / articles if random.random() < 0.8 else random.random() * number / articles
        moment = FIRST_DAY + timedelta(days=share * YEARS * 365, minutes=int(random.integers(1440)))
        site = int(min(random.zipf(1.6), sites)) - 1
        author = int(random.integers(1, _authors(articles) + 1))
        _article(connection, number, f"paper{site}", title, text, moment, author, LANGUAGES[site % 6],
                 SECTIONS[int(random.integers(len(SECTIONS)))])  # fmt: skip
    connection.execute(
        "insert into articles_fts (rowid, title, standfirst, byline, text) select id, title, standfirst, "
        "byline, text "
        "from articles_full where id between ? and ?",
        (ids[0], ids[-1]),
    )


def _article(
    connection: sqlite3.Connection,
    number: int,
    site: str,
    title: str,
    text: str,
    moment: datetime,
    author: int,
    language: str,
    section: str,
) -> None:
    """One article, in every table that it stands in."""
    url, byline = f"https://{site}.example/{section.lower()}/{number}", f"Writer {author}"
    published, digest = f"{moment:%Y-%m-%dT%H:%M:%SZ}", hashlib.sha256(text.encode()).hexdigest()
    headline = {"title": title, "standfirst": text[:110], "byline": byline}
    _insert(
        connection, "articles", **headline, id=number, key=url, site=site, url=url, published=published,
        utc_offset=0, day=published[:10], section=section, language=language, word_count=len(text.split()),
        kind="live blog" if number % 100 == 0 else "gallery" if number % 50 == 1 else "article",
        access="paywalled" if number % 25 == 0 else "metered" if number % 10 == 3 else "open",
        revisions=1, first_seen=published, last_seen=published, confidence=0.97,
    )  # fmt: skip
    html = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    _insert(connection, "article_text", id=number, text=text, html=html)
    _insert(connection, "article_authors", article=number, author=author, position=1)
    _insert(
        connection, "urls", url=url, site=site, outcome="article", reason="new", article=number,
        first_seen=published, last_seen=published, status=200,
    )  # fmt: skip
    _insert(
        connection, "captures", id=number, url=url, site=site, crawl=1, article=number, fetched=published,
        status=200, content_type="text/html", headers=json.dumps([["Content-Type", "text/html"]]),
        digest="sha1:" + digest[:32].upper(), length=40000, verdict="article", reason="",
        extractor="newsarchive", encoding="utf-8", warc_file="warc/1.warc.gz", warc_offset=number * 9000,
        warc_length=9000,
    )  # fmt: skip
    _insert(
        connection, "revisions", **headline, id=number, article=number, ordinal=1, capture=number,
        seen=published, change="first", text=text, hash=digest,
    )  # fmt: skip


def _insert(connection: sqlite3.Connection, table: str, **row: Any) -> None:
    places = ", ".join("?" * len(row))
    connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", tuple(row.values()))
