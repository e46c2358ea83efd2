"""The schema of frontier.db, and how a file of an older version is brought up to it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pipelines import errors

_SCHEMA = """
create table urls (
  key text primary key, url text not null, site text not null, host text not null,
  role text not null, state text not null, priority integer not null, depth integer not null,
  attempts integer not null default 0, not_before real not null default 0, due text not null,
  reason text not null default '', status integer, found_on text, found_at real not null,
  last_fetched real, etag text, last_modified text, next_visit real, chain text not null default '[]'
) without rowid;
create index urls_queue on urls (site, host, priority desc, depth, found_at) where state = 'queued';
create index urls_state on urls (state, site);
create index urls_visits on urls (site, next_visit) where state = 'done';
create table listings (
  door text not null, key text not null, lastmod text, primary key (door, key)
) without rowid;
create table robots (
  origin text primary key, url text not null, fetched real not null, status integer not null,
  body blob not null, etag text, last_modified text
);
create table hosts (host text primary key, rest_until real not null, reason text not null);
"""
_VISITS = """
alter table urls add column unmodified integer not null default 0;
alter table urls add column last_full real;
alter table urls add column born real;
create table looks (
  site text not null, section text not null, age integer not null, looks integer not null,
  changes integer not null, seconds real not null, primary key (site, section, age)
) without rowid;
"""
_YIELDS = """
alter table urls add column pattern text not null default '';
create index urls_pattern on urls (site, pattern) where state in ('queued', 'dropped');
create table patterns (
  site text not null, pattern text not null, fetched integer not null, articles integer not null,
  finds integer not null, dry integer not null, primary key (site, pattern)
) without rowid;
"""
_BACKFILLS = """
create table backfills (site text primary key, since text not null, begun real not null, ended real);
create table guesses (site text primary key, asked real not null);
"""
_PARAMETERS = """
create table parameters (
  site text not null, name text not null, copies integer not null, idle integer not null,
  primary key (site, name)
) without rowid;
"""
STEPS = (_SCHEMA, _VISITS, _YIELDS, _BACKFILLS, _PARAMETERS)
"""How the schema came about; the number of those that a file has had is its version."""


def prepare(db: sqlite3.Connection, path: Path, write: bool) -> None:
    """Settings, schema at the first time, and the return of whatever was in flight."""
    version = int(db.execute("pragma user_version").fetchone()[0])
    if version > len(STEPS):
        raise errors.ArchiveTooNew(f"{path} was made by a newer newsarchive: use that one")
    if not write:
        if version < len(STEPS):
            raise errors.ArchiveUnusable(
                f"{path} is of an older newsarchive: a `newsarchive crawl` brings it up to date"
            )
        return
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = normal")
    for number, step in enumerate(STEPS[version:], start=version + 1):
        db.executescript(f"begin; {step} pragma user_version = {number}; commit;")
    db.execute("update urls set state = 'queued' where state = 'in flight'")
