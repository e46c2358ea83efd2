"""archive.db: the one writer of it; `succession` and `withholding` are further rooms of the same writer.

Promises: one process writes at a time (archive.lock); what `commit` returned from is on disk; the full-text
index says what the tables say at every commit. Every SQLite error comes out as one of pipelines.errors. Never
decides what a page is or whether it changed: that is `intake` and below. Never reads the clock.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from pipelines.durable import disk, sync_file, sync_folder
from pipelines.errors import ArchiveBusy, ArchiveReadOnly, NotAnArchive
from pipelines.health import HISTORY, Day
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
from pipelines.store import takedowns
from pipelines.store.columns import article_row, byline, read_date, read_moment, stored_date, stored_moment
from pipelines.store.connection import DATABASE, connected, forget_log, locked, told, unusable
from pipelines.store.entries import Choice, Intaken, Note, Numbering, PageVersion, Withheld
from pipelines.warc import Original

_NOTHING_RESERVED = Reservation()
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
_INDEXES = "select name, sql from sqlite_master where type = 'index' and sql is not null order by rowid"
_ASKED_WHILE_WRITING = frozenset({
    "idx_articles_key", "idx_revisions_article_ordinal", "idx_revisions_hash", "idx_authors_name",
    "idx_tags_name", "idx_images_article", "idx_removed_blocks_article",
})  # fmt: skip
"""Indexes without which taking in a capture would read whole tables."""
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


CRAWL_COUNTS = ("found", "fetched", "archived", "new_revisions", "unchanged", "left_out", "failed", "bytes")


class Archive:
    """An archive that is open. Writes gather in one transaction until `commit`; leaving the `with` block
    without it undoes them."""

    def __init__(self, folder: Path, database: Database, lock: int | None) -> None:
        self.folder = folder
        self._connection = database.conn
        self._lock = lock
        self._unsearched: dict[int, tuple[Any, ...] | None] = {}
        """Articles to index at commit -> what the index has of them now, None for nothing."""
        self._new_articles: dict[str, int] = {}
        self._numbering: Numbering | None = None
        self._postponed: list[tuple[Any, ...]] = []
        """Name and SQL of the indexes that an archive in a hurry does without."""

    @classmethod
    def create(cls, folder: Path) -> Archive:
        """Make the folder and an archive.db in it, open for writing, empty but for what withheld.jsonl says
        is withheld; an archive that is there stays as it is.

        Raises ArchiveReadOnly, ArchiveBusy, DiskFull, and what `open` raises.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / DATABASE).touch(exist_ok=True)
        except OSError as error:
            raise ArchiveReadOnly(f"{folder}: cannot make an archive here: {error.strerror}") from error
        archive = cls.open(folder)
        try:
            archive._meet_takedowns()
        except BaseException:
            archive.close()
            raise
        return archive

    @classmethod
    def open(cls, folder: Path, write: bool = True) -> Archive:
        """Open the archive in `folder`: for writing with its lock, brought up to the newest schema; or to
        read.

        Raises NotAnArchive, ArchiveTooNew, ArchiveReadOnly, ArchiveBusy, DiskFull.
        """
        path = folder / DATABASE
        if not path.is_file():
            raise NotAnArchive(f"{folder}: no archive here; run `newsarchive init` to make one")
        lock = locked(folder) if write else None
        try:
            return cls(folder, connected(path, write), lock)
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

    def hurry(self) -> None:
        """From now on commits are not durable, and what nobody asks for meanwhile is left to `complete`: the
        full-text index, most others, and whether all that rows refer to is there. For an archive that is made
        anew, and thrown away if that fails, or if only its rows were wanted."""
        self._postponed = self.read(_INDEXES)
        for pragma in ("journal_mode = memory", "synchronous = off", "foreign_keys = off"):
            self._run(f"pragma {pragma}")
        self._drop_indexes(name for name, _ in self._postponed if name not in _ASKED_WHILE_WRITING)
        self.commit()

    def complete(self) -> None:
        """Make what `hurry` left, and the next commit durable."""
        # All of them, in their old order: the planner takes the last one made where two are as good.
        self._drop_indexes(name for name, _ in self._postponed)
        for _, sql in self._postponed:
            self.write(sql)
        self.write("insert into articles_fts (articles_fts) values ('rebuild')")
        self.commit()
        self._postponed = []
        if dangling := self.read("pragma main.foreign_key_check"):
            raise sqlite3.IntegrityError(f"rows refer to what is not there: {dangling[:5]}")
        for pragma in ("foreign_keys = on", "synchronous = full", "journal_mode = wal"):
            self._run(f"pragma {pragma}")

    def _drop_indexes(self, names: Iterable[str]) -> None:
        for name in names:
            self.write(f"drop index if exists main.{name}")

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
            forget_log(path)
            sync_file(built)
            built.replace(path)
            forget_log(path)
            sync_folder(self.folder)

    def commit(self) -> None:
        """Make all that was written durable, and searchable."""
        if not self._postponed:
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

    def sites(self) -> dict[str, Site]:
        """The sites that the archive has, whether sites.yml still names them or not."""
        rows = self.read("select key, url, name, language, licence from sites")
        return {
            key: Site(key, url, name=name, language=language, licence=licence)
            for key, url, name, language, licence in rows
        }

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
        rows = [
            {
                "url": note.url, "site": note.site, "outcome": note.outcome.value, "reason": note.reason,
                "article": note.article, "now": moment, "fetched": moment if note.fetched else None,
                "status": note.status, "found_on": note.found_on, "leads_to": note.leads_to,
                "capture": note.capture,
            }
            for note in notes
        ]  # fmt: skip
        self._run_all(_NOTE, rows)

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
        reservation: Reservation = _NOTHING_RESERVED,
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
        return Original(found[0], read_moment(found[1]), found[2], Position(*found[3:]))

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
                yield PageVersion(revision, url, read_moment(fetched), title, text)

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
        words: int,
        position: Position | None = None,
    ) -> int:
        """Write an article as its newest revision shows it, and all that hangs on it; its row id.

        words: how many its text has. position: of the capture that it was read from.
        """
        self._begin()
        row = article_row(revision, extraction, key, url, site, stored_moment(seen), words)
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
                revision.title, revision.standfirst, byline(extraction) if extraction else None,
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

    def _known(self, condition: str, parameters: tuple[object, ...]) -> Known | None:
        row = self._run(_KNOWN.format(condition), parameters).fetchone()
        if row is None:
            return None
        article, key, url, access, gone, day, modified, language, seen, ordinal, change, *rest = row
        return Known(
            article, key, url, Access(access), gone is not None, day, read_date(modified), read_moment(seen),
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

    def keep_withheld(self) -> None:
        """Write what is withheld beside archive.db too, durable when it returns. Raises ArchiveReadOnly,
        DiskFull."""
        sites = self.sites()
        takedowns.keep(self.folder, [(one, sites.get(one.site or "")) for one in self.withheld()])

    def _meet_takedowns(self) -> None:
        """Take over what is withheld where archive.db was lost, or write the file where it is not there."""
        withheld = self.withheld()
        if not withheld and not self.read("select 1 from captures limit 1"):
            for one, site in takedowns.kept(self.folder):
                self.put_sites([site] if site else [])
                self.put_withheld(one)
            self.commit()
        elif withheld and not (self.folder / takedowns.WITHHELD).exists():
            self.keep_withheld()

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
            raise unusable(error, self.folder / DATABASE) from error

    def _run_all(self, sql: str, rows: Sequence[tuple[Any, ...] | Mapping[str, Any]]) -> None:
        if not rows:
            return
        try:
            self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise unusable(error, self.folder / DATABASE) from error
