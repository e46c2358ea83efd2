"""archive.db: the one writer of it; `succession` and `withholding` are further rooms of the same writer.

Promises: one process writes at a time (archive.lock); what `commit` returned from is on disk; the full-text
index says what the tables say at every commit. Every SQLite error comes out as one of pipelines.errors. Never
decides what a page is or whether it changed: that is `intake` and below. Never reads the clock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from sqlite_utils import Database

from pipelines.durable import disk, sync_file, sync_folder
from pipelines.errors import (
    ArchiveBusy,
    ArchiveReadOnly,
    ArchiveTooNew,
    ArchiveUnusable,
    DiskFull,
    NotAnArchive,
)
from pipelines.health import HISTORY, Day
from pipelines.migrations import migrations
from pipelines.model import (
    Access,
    Capture,
    Change,
    Extraction,
    Known,
    Outcome,
    Position,
    Revision,
    Site,
)
from pipelines.reservation import Reservation
from pipelines.warc import Original

DATABASE = "archive.db"
NOTHING_RESERVED = Reservation()
LOCK = "archive.lock"
TAKEDOWN = "takedown"
"""The reason of what the archivist withholds."""
BEFORE = f"{DATABASE}.before-rebuild"
_SEARCHED = "title, standfirst, byline, text"
_KNOWN = """
    select a.id, a.key, a.url, a.access, a.gone, a.day, a.modified, a.language, r.seen,
           r.ordinal, r.change, r.title, r.standfirst, r.text, r.hash, r.words_added, r.words_removed
    from articles a join revisions r on r.article = a.id and r.change <> 'withdrawn'
    where {} order by r.ordinal desc limit 1"""
_NOTE = """
    insert into urls (url, site, outcome, reason, article, first_seen, last_seen, last_fetched, status,
                      found_on, leads_to, capture)
    values (:url, :site, :outcome, :reason, :article, :now, :now, :fetched, :status, :found_on, :leads_to,
            :capture)
    on conflict (url) do update set
        outcome = iif({stale}, outcome, excluded.outcome),
        reason = iif({stale}, reason, excluded.reason),
        site = coalesce(site, excluded.site),
        article = coalesce(excluded.article, article),
        first_seen = min(first_seen, excluded.first_seen),
        last_seen = max(last_seen, excluded.last_seen),
        last_fetched = iif({stale}, last_fetched, coalesce(excluded.last_fetched, last_fetched)),
        status = iif({stale}, status, coalesce(excluded.status, status)),
        found_on = coalesce(found_on, excluded.found_on),
        leads_to = iif({stale} or excluded.last_fetched is null, leads_to, excluded.leads_to),
        capture = iif({stale}, capture, excluded.capture)
    """.format(stale="(excluded.outcome = 'queued' or ifnull(excluded.last_fetched < last_fetched, 0))")
"""A URL that was merely seen, or fetched before the last time, changes nothing in how its story stands."""
_CAPTURE = """
    insert into captures (id, url, site, crawl, article, fetched, status, content_type, headers, digest,
                          length, chain, verdict, reason, extractor, encoding, warc_file, warc_offset,
                          warc_length, robots, rendered, certificate, asks, tdm_reservation, tdm_policy,
                          evidence)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_REVISION = """
    insert into revisions (article, ordinal, capture, seen, change, title, standfirst, byline, modified,
                           text, hash, words_added, words_removed, same_as)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_ARTICLE_COLUMNS = (
    "key", "site", "url", "title", "standfirst", "byline", "published", "modified", "utc_offset", "day",
    "section", "language", "kind", "access", "word_count", "revisions", "first_seen", "last_seen", "gone",
    "confidence",
)  # fmt: skip
_NEW_ARTICLE = (
    f"insert into articles (id, {', '.join(_ARTICLE_COLUMNS)}) "
    f"values (:id, {', '.join(':' + column for column in _ARTICLE_COLUMNS)})"
)
_CHANGED_ARTICLE = (
    "update articles set "
    + ", ".join(f"{column} = :{column}" for column in _ARTICLE_COLUMNS if not column.endswith("_seen"))
    + ", first_seen = min(first_seen, :first_seen), last_seen = max(last_seen, :last_seen) where id = :id"
)


@dataclass(frozen=True, slots=True)
class Note:
    """An entry of the ledger: how the story of a URL stands."""

    url: str
    outcome: Outcome
    reason: str = ""
    site: str | None = None
    status: int | None = None
    article: int | None = None
    found_on: str | None = None
    leads_to: str | None = None
    """The address that stands for this one: a redirect's target, or the spelling that is fetched."""
    fetched: bool = False
    """Whether this comes from fetching the URL, just now."""
    capture: int | None = None
    """Row id of the capture that says so; None when no answer does."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """An article that the archivist hides, and all by which it is known again."""

    article: int
    """The number that it had, and has again when it is shown again."""
    key: str
    url: str
    site: str | None
    reason: str
    since: str
    """As stored."""
    addresses: tuple[str, ...]
    hashes: tuple[str, ...]
    """identify.content_hash of its versions."""


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """One site, as `newsarchive status` shows it."""

    key: str
    name: str
    url: str
    articles: int
    last_crawl: str | None
    revisions: int
    outcomes: Mapping[str, int]
    """Outcome -> URLs of the ledger."""


@dataclass(frozen=True, slots=True)
class CrawlStatus:
    """One crawl, as `newsarchive status` shows it; times as they are stored."""

    id: int
    started: str
    finished: str | None
    state: str
    sites: tuple[str, ...]
    counts: Mapping[str, int]
    """The counting columns of `crawls` by name."""
    summary: str | None
    """The crawl's report as JSON."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is in an archive."""

    articles: int
    revisions: int
    captures: int
    urls: int
    sites: tuple[SiteStatus, ...]
    ledger: tuple[tuple[str, str, int], ...]
    """(outcome, reason, URLs), the most frequent first."""
    crawls: tuple[CrawlStatus, ...]
    """The last ones, newest first."""


@dataclass(frozen=True, slots=True)
class Intaken:
    """How far a file of captures that others made has been taken in."""

    fingerprint: str
    file: str
    size: int
    position: int
    """What lies before is in the archive."""
    started: str
    finished: str | None = None
    pages: int = 0
    articles: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """Which captures: all, or those of a site, from a moment on, up to another (not included)."""

    site: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def where(self) -> tuple[str, dict[str, str | None]]:
        """The condition on `captures c` that says so, and its parameters."""
        return (
            "c.warc_file is not null and (:site is null or c.site = :site) "
            "and (:since is null or c.fetched >= :since) and (:until is null or c.fetched < :until)",
            {
                "site": self.site,
                "since": stored_moment(self.since) if self.since else None,
                "until": stored_moment(self.until) if self.until else None,
            },
        )


@dataclass(frozen=True, slots=True)
class PageVersion:
    """A capture that made a version of an article, and what it says."""

    revision: int
    url: str
    fetched: datetime
    title: str | None
    text: str


CRAWL_COUNTS = ("found", "fetched", "archived", "new_revisions", "unchanged", "left_out", "failed", "bytes")


class Numbering(Protocol):
    """Which numbers rows get that were there before, and are made anew."""

    def capture(self, position: Position) -> int | None:
        """The number of the capture whose record lies there; None for the next one."""

    def article(self, key: str, position: Position | None) -> int:
        """The number of the article with this key, first read from the capture whose record lies there."""


class Archive:
    """An archive that is open. Writes gather in one transaction until `commit`; leaving the `with` block
    without it undoes them."""

    def __init__(self, folder: Path, database: Database, lock: int | None) -> None:
        self.folder = folder
        self._db = database
        self._connection = database.conn
        self._lock = lock
        self._unsearched: dict[int, tuple[Any, ...] | None] = {}
        """Articles to index at commit -> what the index has of them now, None for nothing."""
        self._new_articles: dict[str, int] = {}
        self._numbering: Numbering | None = None

    @classmethod
    def create(cls, folder: Path) -> Archive:
        """Make the folder and an empty archive.db in it, open for writing; an archive that is there stays as
        it is.

        Raises ArchiveReadOnly, ArchiveBusy, DiskFull, and what `open` raises.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / DATABASE).touch(exist_ok=True)
        except OSError as error:
            raise ArchiveReadOnly(f"{folder}: cannot make an archive here: {error.strerror}") from error
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path, write: bool = True) -> Archive:
        """Open the archive in `folder`: for writing with its lock, brought up to the newest schema; or to
        read.

        Raises NotAnArchive, ArchiveTooNew, ArchiveReadOnly, ArchiveBusy, DiskFull.
        """
        path = folder / DATABASE
        if not path.is_file():
            raise NotAnArchive(f"{folder}: no archive here; run `newsarchive init` to make one")
        lock = _locked(folder) if write else None
        try:
            return cls(folder, _connected(path, write), lock)
        except BaseException:
            if lock is not None:
                os.close(lock)
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database and the lock; what was not committed is undone."""
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextlib.contextmanager
    def hurried(self) -> Iterator[None]:
        """Until the block ends, commits are not durable, and cost little: for an archive that is made anew,
        and thrown away if that fails."""
        for pragma in ("journal_mode = memory", "synchronous = off"):
            self._run(f"pragma {pragma}")
        yield
        for pragma in ("synchronous = full", "journal_mode = wal"):
            self._run(f"pragma {pragma}")

    def replace_by(self, built: Path) -> None:
        """Put the database file `built` in the place of archive.db, which stays as archive.db.before-rebuild.

        Whoever reads sees the old one or the new one, whole; a program that has the old one open goes on
        reading that. Afterwards this archive is closed but for its lock. Raises ArchiveBusy while a reader
        holds on to a part of the old one that is still in its write-ahead log.
        """
        path = self.folder / DATABASE
        ((busy, *_),) = self.read("pragma wal_checkpoint(truncate)")
        if busy:
            raise ArchiveBusy(f"{path} is being read by another program; close it and run again")
        self._connection.close()
        with disk(path):
            spare = path.with_name(f"{BEFORE}.new")
            spare.unlink(missing_ok=True)
            os.link(path, spare)
            spare.replace(path.with_name(BEFORE))
            # A log of the old file, even an empty one, must not be taken for one of the new file: not by who
            # opens it afterwards, nor by who opened the old one just before it was replaced.
            _forget_log(path)
            sync_file(built)
            built.replace(path)
            _forget_log(path)
            sync_folder(self.folder)

    def commit(self) -> None:
        """Make all that was written durable, and searchable."""
        self._index_search()
        for site, count in self._new_articles.items():
            self._run("update sites set articles = articles + ? where key = ?", (count, site))
        with told(self.folder / DATABASE):
            self._connection.commit()
        self._unsearched.clear()
        self._new_articles.clear()

    def rollback(self) -> None:
        """Undo all that was written since the last commit."""
        self._connection.rollback()
        self._unsearched.clear()
        self._new_articles.clear()

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block wrote, and no more, when it raises."""
        self._begin()
        new_articles = dict(self._new_articles)
        self._run("savepoint one")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # SQLite itself undoes all when the disk is full
                self._run("rollback to one")
                self._run("release one")
            self._new_articles = new_articles
            raise
        self._run("release one")

    # For the rooms that this one is made of.

    def read(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """The rows that answer a question."""
        return self._run(sql, parameters).fetchall()

    def write(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> int:
        """Change rows in the open transaction; how many."""
        self._begin()
        return self._run(sql, parameters).rowcount

    def attach(self, folder: Path) -> None:
        """Let questions ask the archive in `folder` too, as the schema `old`."""
        self._run("attach ? as old", (f"{(folder / DATABASE).absolute().as_uri()}?mode=ro",))

    def number_by(self, numbering: Numbering | None) -> None:
        """Let `numbering` say which numbers new captures and articles get."""
        self._numbering = numbering

    def next_article(self) -> int:
        """A number that no article has, nor one that is withheld."""
        ((article,),) = self.read("select max(id) from articles")
        ((withheld,),) = self.read("select max(article) from withheld")
        return 1 + max(article or 0, withheld or 0)

    # Sites and crawls.

    def put_sites(self, sites: Iterable[Site]) -> None:
        """Write what sites.yml says of the sites; counts and crawl times stay."""
        self._begin()
        for site in sites:
            self._run(
                "insert into sites (key, name, url, language, licence) values (?, ?, ?, ?, ?) "
                "on conflict (key) do update set name = excluded.name, url = excluded.url, "
                "language = excluded.language, licence = excluded.licence",
                (site.key, site.name or site.key, site.url, site.language, site.licence),
            )

    def begin_crawl(self, sites: Sequence[str], now: datetime, software: str) -> int:
        """Write that a crawl of these sites starts; its id. One that never ended is marked interrupted."""
        self._begin()
        self._run("update crawls set state = 'interrupted' where state = 'running'")
        started = stored_moment(now)
        for site in sites:
            self._run(
                "update sites set first_crawl = coalesce(first_crawl, ?), last_crawl = ? where key = ?",
                (started, started, site),
            )
        added = self._run(
            "insert into crawls (started, state, sites, software) values (?, 'running', ?, ?)",
            (started, json.dumps(list(sites)), software),
        )
        return int(added.lastrowid or 0)

    def end_crawl(
        self, crawl: int, now: datetime, state: str, counts: Mapping[str, int], summary: str = ""
    ) -> None:
        """Write how a crawl ended: "finished", "stopped" or "failed"; `counts` by names of CRAWL_COUNTS."""
        self._begin()
        values = {**dict.fromkeys(CRAWL_COUNTS, 0), **counts}
        self._run(
            "update crawls set finished = :finished, state = :state, summary = :summary, "
            + ", ".join(f"{name} = :{name}" for name in CRAWL_COUNTS)
            + " where id = :id",
            {"finished": stored_moment(now), "state": state, "summary": summary, "id": crawl, **values},
        )

    def add_to_day(self, site: str, day: Day) -> None:
        """Add what a crawl did at a site to its day; what its new articles are like is measured anew."""
        self._begin()
        known = next((one for one in self.days(site) if one.day == day.day), Day(day.day))
        reasons = Counter(known.reasons or {}) + Counter(day.reasons or {})
        names = ("seen", "fetched", "new", "changed", "refused", "failed", "walls", "pages")
        sums = [getattr(known, name) + getattr(day, name) for name in names]
        like = self._run(
            "select avg(word_count), count(published), count(byline) from articles "
            "where site = ? and first_seen >= ? and first_seen < ?",
            (site, day.day.isoformat(), (day.day + timedelta(1)).isoformat()),
        ).fetchone()
        told = json.dumps(reasons, sort_keys=True)
        self._run(
            f"insert or replace into health (site, day, {', '.join(names)}, words, dated, signed, reasons, "
            f"listed, covered) values ({', '.join('?' * 16)})",
            (site, day.day.isoformat(), *sums, *like, told, day.listed, day.covered),
        )

    def days(self, site: str, most: int = HISTORY) -> list[Day]:
        """What the site's last `most` days with crawls did, the newest first."""
        columns = [part.name for part in fields(Day)]
        rows = self._run(
            f"select {', '.join(columns)} from health where site = ? order by day desc limit ?", (site, most)
        )
        found: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in rows.fetchall()]
        return [
            Day(**{**row, "day": date.fromisoformat(row["day"]), "reasons": json.loads(row["reasons"])})
            for row in found
        ]

    def articles_of(self, site: str) -> int:
        """How many articles of the site there are, as of the last commit."""
        rows = self._run("select articles from sites where key = ?", (site,)).fetchall()
        return int(rows[0][0]) if rows else 0

    # The ledger and captures.

    def note(self, note: Note, now: datetime) -> None:
        """Write how the story of one URL stands; "queued", or an older fetch, overwrites no outcome."""
        self.note_all((note,), now)

    def in_ledger(self, url: str) -> bool:
        """Whether the ledger has a line for this address; captures rest on one."""
        return self._run("select 1 from urls where url = ?", (url,)).fetchone() is not None

    def note_all(self, notes: Iterable[Note], now: datetime) -> None:
        """`note`, for many."""
        self._begin()
        moment = stored_moment(now)
        rows = (
            {
                "url": note.url, "site": note.site, "outcome": note.outcome.value, "reason": note.reason,
                "article": note.article, "now": moment, "fetched": moment if note.fetched else None,
                "status": note.status, "found_on": note.found_on, "leads_to": note.leads_to,
                "capture": note.capture,
            }
            for note in notes
        )  # fmt: skip
        with told(self.folder / DATABASE):
            self._connection.executemany(_NOTE, rows)

    def put_capture(
        self,
        capture: Capture,
        verdict: Outcome,
        reason: str,
        *,
        site: str | None,
        crawl: int | None,
        article: int | None,
        extractor: str | None,
        encoding: str | None,
        length: int,
        reservation: Reservation = NOTHING_RESERVED,
        evidence: str | None = None,
    ) -> int:
        """Write that a page was fetched and what became of it, and on what that rests; its row id.

        length: bytes of the body, its codings undone.
        """
        self._begin()
        position = capture.position
        added = self._run(
            _CAPTURE,
            (
                self._numbering.capture(position) if self._numbering and position else None,
                capture.url, site, crawl, article, stored_moment(capture.fetched), capture.status,
                capture.header("content-type"), json.dumps(capture.headers), capture.digest,
                length, json.dumps(capture.chain) if capture.chain else None, verdict.value,
                reason, extractor, encoding,
                position and position.file, position and position.offset, position and position.length,
                capture.robots, capture.rendered or None, capture.certificate,
                ", ".join(reservation.robots) or None, reservation.tdm, reservation.tdm_policy, evidence,
            ),
        )  # fmt: skip
        return int(added.lastrowid or 0)

    def original(self, url: str, digest: str | None) -> Original | None:
        """The first record of a payload by its digest; digest None: of the one last fetched from `url`."""
        found = self._run(
            "select url, fetched, digest, warc_file, warc_offset, warc_length from captures where digest = "
            "coalesce(?, (select digest from captures where url = ? and status = 200 "
            "and rendered is null order by fetched desc, id desc limit 1)) "
            "and warc_file is not null and status <> 304 and rendered is null order by id limit 1",
            (digest, url),
        ).fetchone()
        if found is None:
            return None
        return Original(found[0], _moment(found[1]), found[2], Position(*found[3:]))

    def lose(self, file: str, kept: int) -> list[tuple[str, str]]:
        """Write that a WARC file ends at byte `kept`, where rows name records beyond it; their addresses,
        each with its site.

        The rows stay, without a pointer, for `verify` to report, and no new record may refer to theirs.
        """
        lost = self._run(
            "select url, site from captures where warc_file = ? and warc_offset >= ?", (file, kept)
        ).fetchall()
        if lost:
            self.write(
                "update captures set warc_file = null, warc_offset = null, warc_length = null "
                "where warc_file = ? and warc_offset >= ?",
                (file, kept),
            )
        return [(url, site) for url, site in lost]

    def has_capture(self, url: str, fetched: datetime, digest: str) -> bool:
        """Whether this very capture is in the archive."""
        found = self._run(
            "select 1 from captures where url = ? and fetched = ? and digest = ?",
            (url, stored_moment(fetched), digest),
        )
        return found.fetchone() is not None

    # Files of others.

    def intaken(self, fingerprint: str) -> Intaken | None:
        """How far the file with this fingerprint has been taken in; None when it is new."""
        columns = ", ".join(part.name for part in fields(Intaken))
        found = self._run(f"select {columns} from imports where fingerprint = ?", (fingerprint,)).fetchone()
        return None if found is None else Intaken(*found)

    def put_intaken(self, intaken: Intaken) -> None:
        """Write how far a file has been taken in."""
        self._begin()
        row = asdict(intaken)
        self._run(
            f"insert or replace into imports ({', '.join(row)}) values ({', '.join(':' + n for n in row)})",
            row,
        )

    def site_urls(self) -> dict[str, str]:
        """Site -> its front page, of all sites that the archive knows."""
        return dict(self._run("select key, url from sites").fetchall())

    # What leaves the archive.

    def kept_back(self) -> frozenset[str]:
        """Every address at which something that is withheld was seen: none of them leaves the archive."""
        named = (address for one in self.withheld() for address in (one.url, *one.addresses))
        met = self._run(
            "select url from urls where outcome = 'withheld' and reason = ?1 "
            "union select url from captures where verdict = 'withheld' and reason = ?1",
            (TAKEDOWN,),
        )
        return frozenset(named).union(url for (url,) in met)

    def chosen(self, choice: Choice) -> Iterator[tuple[str, Position]]:
        """Address and record of each chosen capture that is not withheld, in the order of the WARC files."""
        kept, (where, parameters) = self.kept_back(), choice.where()
        rows = self._run(
            "select c.url, c.warc_file, c.warc_offset, c.warc_length from captures c "
            f"where {where} order by c.warc_file, c.warc_offset",
            parameters,
        )
        for url, *place in rows:
            if url not in kept:
                yield url, Position(*place)

    def chosen_versions(self, choice: Choice) -> Iterator[PageVersion]:
        """The versions that the chosen captures made, in the order of their time, without withheld ones."""
        kept, (where, parameters) = self.kept_back(), choice.where()
        rows = self._run(
            "select r.id, c.url, c.fetched, r.title, r.text from revisions r "
            f"join captures c on c.id = r.capture where r.change <> 'withdrawn' and {where} "
            "order by c.fetched, r.id",
            parameters,
        )
        for revision, url, fetched, title, text in rows:
            if url not in kept:
                yield PageVersion(revision, url, _moment(fetched), title, text)

    # Articles.

    def article_by_key(self, key: str) -> Known | None:
        """The article with this identify.article_key."""
        return self._known("a.key = ?", (key,))

    def article_by_url(self, url: str) -> Known | None:
        """The article that a URL of the ledger belongs to."""
        return self._known("a.id = (select article from urls where url = ?)", (url,))

    def article_by_hash(self, site: str, content_hash: str) -> Known | None:
        """The oldest article of the site whose newest text has these words."""
        # cross join: the few revisions first; the planner, left alone, goes through all articles of the site
        return self._known(
            "a.id = (select min(b.id) from revisions c cross join articles b on b.id = c.article "
            "where c.hash = ? and b.site = ? and c.ordinal = (select max(d.ordinal) from revisions d "
            "where d.article = b.id and d.change <> 'withdrawn'))",
            (content_hash, site),
        )

    def version_with(self, article: int, content_hash: str) -> int | None:
        """The ordinal of the last version of the article that has these words."""
        ((ordinal,),) = self.read(
            "select max(ordinal) from revisions where article = ? and hash = ? and change <> 'withdrawn'",
            (article, content_hash),
        )
        return None if ordinal is None else int(ordinal)

    def put_article(
        self,
        known: Known | None,
        revision: Revision,
        extraction: Extraction,
        *,
        key: str,
        url: str,
        site: str,
        seen: datetime,
        position: Position | None = None,
    ) -> int:
        """Write an article as its newest revision shows it, and all that hangs on it; its row id.

        position: of the capture that it was read from.
        """
        self._begin()
        row = _article_row(revision, extraction, key, url, site, stored_moment(seen))
        if known is None:
            number = self._numbering.article(key, position) if self._numbering else self.next_article()
            article = int(self._run(_NEW_ARTICLE, {**row, "id": number}).lastrowid or 0)
            self._unsearched[article] = None
            self._new_articles[site] = self._new_articles.get(site, 0) + 1
        else:
            article = known.article
            self._reindex(article)
            self._run(_CHANGED_ARTICLE, {**row, "id": article})
            for table in ("article_authors", "article_tags", "images", "removed_blocks"):
                self._run(f"delete from {table} where article = ?", (article,))
        self._put_belongings(article, extraction)
        return article

    def put_revision(
        self,
        article: int,
        revision: Revision,
        capture: int | None,
        seen: datetime,
        extraction: Extraction | None,
    ) -> None:
        """Write one version of an article; `extraction` is None for a tombstone."""
        self._begin()
        self._run(
            _REVISION,
            (
                article, revision.ordinal, capture, stored_moment(seen), revision.change.value,
                revision.title, revision.standfirst, _byline(extraction) if extraction else None,
                stored_date(extraction.modified) if extraction else None, revision.text, revision.hash,
                revision.words_added, revision.words_removed, revision.same_as,
            ),
        )  # fmt: skip

    def rename(self, article: int, key: str) -> None:
        """File an article under another identify.article_key, which none has."""
        self._begin()
        self._run("update articles set key = ? where id = ?", (key, article))

    def seen_again(self, known: Known, url: str, seen: datetime) -> None:
        """Write that an article stands as the archive has it, at this address."""
        self._begin()
        self._run(
            "update articles set url = ?, first_seen = min(first_seen, ?), last_seen = max(last_seen, ?) "
            "where id = ?",
            (url, stored_moment(seen), stored_moment(seen), known.article),
        )

    def mark_gone(self, known: Known, ordinal: int, seen: datetime) -> None:
        """Write that an article's page is gone since `seen`; its text stays."""
        self._begin()
        self._run(
            "update articles set gone = ?, revisions = ? where id = ?",
            (stored_moment(seen), ordinal, known.article),
        )

    # Reading.

    def status(self, crawls: int = 5, *, site: str | None = None) -> Status:
        """What is in the archive, and the last `crawls` crawls; the ledger of `site` alone, if given."""
        ledger = self._run(
            "select outcome, reason, count(*) from urls where ? is null or site = ? "
            "group by 1, 2 order by 3 desc, 1, 2",
            (site, site),
        ).fetchall()
        return Status(
            articles=self._count("articles"),
            revisions=self._count("revisions"),
            captures=self._count("captures"),
            urls=self._count("urls"),
            sites=tuple(self._site_statuses()),
            ledger=tuple(ledger),
            crawls=tuple(self._last_crawls(crawls)),
        )

    def _site_statuses(self) -> Iterator[SiteStatus]:
        outcomes: dict[str, dict[str, int]] = {}
        for site, outcome, count in self._run("select site, outcome, count(*) from urls group by 1, 2"):
            outcomes.setdefault(site, {})[outcome] = count
        revisions = dict(self._run("select site, sum(revisions) from articles group by 1").fetchall())
        rows = self._run("select key, name, url, articles, last_crawl from sites order by key")
        for key, name, url, articles, last_crawl in rows.fetchall():
            found = MappingProxyType(outcomes.get(key, {}))
            yield SiteStatus(key, name, url, articles, last_crawl, revisions.get(key, 0), found)

    def _count(self, table: str) -> int:
        return int(self._run(f"select count(*) from {table}").fetchone()[0])

    def _last_crawls(self, limit: int) -> Iterator[CrawlStatus]:
        rows = self._run(
            f"select id, started, finished, state, sites, summary, {', '.join(CRAWL_COUNTS)} from crawls "
            "order by id desc limit ?",
            (limit,),
        )
        for crawl, started, finished, state, sites, summary, *numbers in rows.fetchall():
            counts = MappingProxyType(dict(zip(CRAWL_COUNTS, numbers, strict=True)))
            keys = tuple(json.loads(sites or "[]"))
            yield CrawlStatus(crawl, started, finished, state, keys, counts, summary)

    def _known(self, condition: str, parameters: tuple[object, ...]) -> Known | None:
        row = self._run(_KNOWN.format(condition), parameters).fetchone()
        if row is None:
            return None
        article, key, url, access, gone, day, modified, language, seen, ordinal, change, *rest = row
        return Known(
            article, key, url, Access(access), gone is not None, day, read_date(modified), _moment(seen),
            Revision(ordinal, Change(change), *rest), language,
        )  # fmt: skip

    # What hangs on an article.

    def _put_belongings(self, article: int, extraction: Extraction) -> None:
        self._run(
            "insert into article_text (id, text, html) values (?, ?, ?) on conflict (id) do update set "
            "text = excluded.text, html = excluded.html",
            (article, extraction.text, extraction.html),
        )
        names = list(dict.fromkeys(extraction.authors))
        self._run_all("insert or ignore into authors (name) values (?)", [(name,) for name in names])
        self._run_all(
            "insert into article_authors (article, author, position) "
            "select ?, id, ? from authors where name = ?",
            [(article, position, name) for position, name in enumerate(names, 1)],
        )
        tags = list(dict.fromkeys(extraction.tags))
        self._run_all("insert or ignore into tags (name) values (?)", [(tag,) for tag in tags])
        self._run_all(
            "insert into article_tags (article, tag) select ?, id from tags where name = ?",
            [(article, tag) for tag in tags],
        )
        if extraction.image:
            image = extraction.image
            self._run(
                "insert into images (article, url, caption, credit) values (?, ?, ?, ?)",
                (article, image.url, image.caption, image.credit),
            )
        self._run_all(
            "insert into removed_blocks (article, position, reason, text) values (?, ?, ?, ?)",
            [(article, n, block.reason, block.text) for n, block in enumerate(extraction.blocks_removed, 1)],
        )

    # What is withheld.

    def withheld(self) -> list[Withheld]:
        """What the archivist hides, the last one first."""
        rows = self.read(
            "select article, key, url, site, reason, since, addresses, hashes from withheld "
            "order by since desc, article desc"
        )
        return [
            Withheld(article, key, url, site, reason, since, *(tuple(json.loads(text)) for text in texts))
            for article, key, url, site, reason, since, *texts in rows
        ]

    def put_withheld(self, one: Withheld) -> None:
        """Write that an article is withheld."""
        self.write(
            "insert into withheld (article, key, url, site, reason, since, addresses, hashes) "
            "values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                one.article, one.key, one.url, one.site, one.reason, one.since, json.dumps(one.addresses),
                json.dumps(one.hashes),
            ),
        )  # fmt: skip

    def drop_withheld(self, article: int) -> None:
        """Write that an article is withheld no longer."""
        self.write("delete from withheld where article = ?", (article,))

    def remove_article(self, article: int) -> None:
        """Take an article and all that hangs on it out of every table and, at commit, the search index.

        Nothing may refer to it any more from captures and ledger. The places where it stood in the file are
        written over.
        """
        self._run("pragma secure_delete = on")
        self._begin()
        self._reindex(article)
        ((site,),) = self.read("select site from articles where id = ?", (article,))
        for table in ("revisions", "removed_blocks", "images", "article_authors", "article_tags"):
            self._run(f"delete from {table} where article = ?", (article,))
        for table in ("article_text", "articles"):
            self._run(f"delete from {table} where id = ?", (article,))
        for table, link, column in (
            ("authors", "article_authors", "author"),
            ("tags", "article_tags", "tag"),
        ):
            self._run(f"delete from {table} where id not in (select {column} from {link})")
        self._new_articles[site] = self._new_articles.get(site, 0) - 1

    def scrub(self) -> None:
        """Leave nothing of what was removed and committed in the search index or the write-ahead log."""
        self._run("insert into articles_fts (articles_fts) values ('optimize')")
        self._run("pragma wal_checkpoint(truncate)")

    # Full-text search: the index keeps no text of its own, what it forgets must be told word for word.

    def _reindex(self, article: int) -> None:
        """Remember what the index has of an article that is about to change."""
        if article not in self._unsearched:
            self._unsearched[article] = self._run(
                f"select {_SEARCHED} from articles_full where id = ?", (article,)
            ).fetchone()

    def _index_search(self) -> None:
        self._run_all(
            f"insert into articles_fts (articles_fts, rowid, {_SEARCHED}) values ('delete', ?, ?, ?, ?, ?)",
            [(article, *old) for article, old in self._unsearched.items() if old is not None],
        )
        self._run_all(
            f"insert into articles_fts (rowid, {_SEARCHED}) "
            f"select id, {_SEARCHED} from articles_full where id = ?",
            [(article,) for article in sorted(self._unsearched)],
        )

    # The connection.

    def _begin(self) -> None:
        """Open the transaction; rows may come in any order, foreign keys are checked at its end."""
        if not self._connection.in_transaction:
            self._run("begin immediate")
            self._run("pragma defer_foreign_keys = on")

    def _run(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, parameters)
        except sqlite3.Error as error:
            raise _unusable(error, self.folder / DATABASE) from error

    def _run_all(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            with told(self.folder / DATABASE):
                self._connection.executemany(sql, rows)


def stored_moment(moment: datetime) -> str:
    """An aware datetime as the archive stores it: UTC, to the second, with a Z."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def stored_date(value: datetime | date | None) -> str | None:
    """A moment in UTC with a Z; a bare date for a date, and for a datetime that has no offset or no UTC."""
    if not isinstance(value, datetime) or not value.tzinfo:
        return stored_day(value)
    try:
        return stored_moment(value)
    except OverflowError:  # the first and the last day of the calendar, which some sites mean by "none"
        return stored_day(value)


def stored_day(value: datetime | date | None) -> str | None:
    """The calendar day where it was published, YYYY-MM-DD."""
    if isinstance(value, datetime):
        value = value.date()
    return value.isoformat() if value else None


def read_date(text: str | None) -> datetime | date | None:
    """What `stored_date` wrote."""
    if text is None:
        return None
    return _moment(text) if "T" in text else date.fromisoformat(text)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _article_row(
    revision: Revision, extraction: Extraction, key: str, url: str, site: str, seen: str
) -> dict[str, Any]:
    """The columns of `articles`. `gone` is empty: whatever has a new text is there."""
    published = extraction.published
    offset = published.utcoffset() if isinstance(published, datetime) else None
    return {
        "key": key, "site": site, "url": url, "title": extraction.title, "standfirst": extraction.standfirst,
        "byline": _byline(extraction), "published": stored_date(published),
        "modified": stored_date(extraction.modified),
        "utc_offset": None if offset is None else round(offset.total_seconds() / 60),
        "day": stored_day(published), "section": extraction.section,
        "language": extraction.language, "kind": extraction.kind.value, "access": extraction.access.value,
        "word_count": len(extraction.text.split()), "revisions": revision.ordinal, "first_seen": seen,
        "last_seen": seen, "gone": None, "confidence": extraction.confidence,
    }  # fmt: skip


def _byline(extraction: Extraction) -> str | None:
    return ", ".join(extraction.authors) or None


def _locked(folder: Path) -> int:
    """The descriptor that holds the archive's lock; ArchiveBusy names the process that has it."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ArchiveReadOnly(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise ArchiveBusy(
            f"{folder}: another newsarchive (process {holder}) is writing to this archive; "
            "wait until it ends, or stop it"
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _connected(path: Path, write: bool) -> Database:
    """The database, checked to be an archive, and migrated when it may be written."""
    # SQLite opens a file that may not be written all the same, and says so only at the first change.
    if write and not os.access(path, os.W_OK, effective_ids=True):
        raise ArchiveReadOnly(f"{path} cannot be written; check the permissions of file and folder")
    with told(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={'rw' if write else 'ro'}",
            uri=True,
            isolation_level=None,  # no transaction begins unless _begin says so
            cached_statements=256,
        )
        try:
            database = Database(connection, execute_plugins=False)
            _check_migrations(database, path, write)
            database.execute("pragma foreign_keys = on")
            if write:
                database.execute("pragma journal_mode = wal")
                database.execute("pragma synchronous = full")
                database.execute("pragma cache_size = -65536")
                database.execute("pragma wal_autocheckpoint = 8000")  # 32 MB: each page is moved less often
                migrations.apply(database)
        except BaseException:
            connection.close()
            raise
    return database


def _check_migrations(database: Database, path: Path, write: bool) -> None:
    ours = {migration.name for migration in migrations.pending(Database(memory=True))}
    applied = {migration.name for migration in migrations.applied(database)}
    if unknown := ", ".join(sorted(applied - ours)):
        raise ArchiveTooNew(
            f"{path} was made by a newer newsarchive (it has {unknown}); upgrade newsarchive to use it"
        )
    if not applied and database.table_names():
        raise NotAnArchive(
            f"{path} is a database, but not one of newsarchive; run `newsarchive init` elsewhere"
        )
    if not write and ours - applied:
        raise ArchiveUnusable(
            f"{path} is of an older newsarchive; a `newsarchive crawl` brings it up to date"
        )


def _forget_log(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """A SQLite error -> the error of the archive that says what it means."""
    try:
        yield
    except sqlite3.Error as error:
        raise _unusable(error, path) from error


def _unusable(error: sqlite3.Error, path: Path) -> Exception:
    """What a SQLite error means for the archive; an error of our own SQL stays what it is."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return NotAnArchive(f"{path} is not a database, or is damaged ({error}); put it back from a copy")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return ArchiveReadOnly(
            f"{path} cannot be written ({error}); check the permissions of file and folder"
        )
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return DiskFull(f"{path}: {error}; make room and run again, what was committed is safe")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ArchiveBusy(f"{path} is locked by another program; close it and run again")
    return error
