"""Takedown: an article that is hidden, and shown again. What `newsarchive withhold` does.

Promises: a withheld article, its text, its versions and what hangs on it are in no table of archive.db and
not in the search index, whatever is crawled or rebuilt afterwards; its captures stay in the WARC, and their
rows say that it is withheld. To show it again its captures are read again. What stays in archive.db are its
addresses and the hashes of its words, by which intake knows it; and in withheld.jsonl, for the day on which
archive.db is lost. Never changes a WARC file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines import identify
from pipelines.errors import NotKnown, WarcError
from pipelines.intake import Intake
from pipelines.model import Position, Site
from pipelines.rereading import Job, Reader, recall, unlisted
from pipelines.store import TAKEDOWN, Archive, Withheld, stored_moment
from pipelines.warc import inventory
from pipelines.warc.inventory import Entry


def withhold(archive: Archive, url: str, reason: str, now: datetime) -> Withheld:
    """Hide the article that lives, or lived, at an address. The caller commits, and then scrubs.

    From now on it is withheld even if that does not come to pass and archive.db is lost. Raises NotKnown when
    the archive has no article there, or withholds it already; ArchiveReadOnly, DiskFull.
    """
    article = _article_at(archive, url)
    withheld = _describe(archive, article, reason, stored_moment(now))
    archive.put_withheld(withheld)
    archive.keep_withheld()
    _relabel(archive, article)
    archive.remove_article(article)
    return withheld


def lift(archive: Archive, url: str, sites: Mapping[str, Site]) -> int:
    """Show the article of an address again; how many captures were read again. The caller commits, and
    then calls `keep_withheld`.

    Raises NotKnown when no article is withheld there, WarcError when a record of it cannot be read.
    """
    withheld = _withheld_at(archive, url)
    archive.drop_withheld(withheld.article)
    rows = _captures(archive, withheld)
    readings = _read_again(archive, rows, sites)
    archive.write(f"delete from captures where id in ({', '.join(str(row[0]) for row in rows) or 'null'})")
    archive.number_by(_Numbers(archive, withheld.article, {Position(*row[1:4]): row[0] for row in rows}))
    takes = Intake(archive, {reading[1].site: _site(reading[1].site, sites, url) for reading in readings})
    for capture, how, read in readings:
        takes.write(capture, read, site=how.site, crawl=how.crawl)
    archive.number_by(None)
    return len(rows)


class _Numbers:
    """The numbers that the captures and the article had."""

    def __init__(self, archive: Archive, article: int, captures: Mapping[Position, int]) -> None:
        self._archive = archive
        self._article: int | None = article
        self._captures = captures

    def capture(self, position: Position) -> int | None:
        return self._captures.get(position)

    def article(self, key: str, position: Position | None) -> int:
        number, self._article = self._article, None
        return number or self._archive.next_article()


def _article_at(archive: Archive, url: str) -> int:
    """The article of an address, however it is spelled."""
    key = identify.article_key(url, None, unlisted("", url))
    for question, value in (
        ("select article from urls where url = ? and article is not null", url),
        ("select id from articles where url = ?", url),
        ("select id from articles where key = ?", key),
    ):
        for (article,) in archive.read(question, (value,)):
            return int(article)
    if any(url in one.addresses or one.key == key for one in archive.withheld()):
        raise NotKnown(f"{url}: withheld already; `newsarchive withhold --list` says why")
    raise NotKnown(
        f"{url}: no article of the archive has this address; `newsarchive explain` tells its story"
    )


def _withheld_at(archive: Archive, url: str) -> Withheld:
    key = identify.article_key(url, None, unlisted("", url))
    for one in archive.withheld():
        if url in one.addresses or one.key == key:
            return one
    raise NotKnown(f"{url}: nothing is withheld there; `newsarchive withhold --list` lists what is")


def _describe(archive: Archive, article: int, reason: str, since: str) -> Withheld:
    """All by which the article is known again."""
    ((key, url, site),) = archive.read("select key, url, site from articles where id = ?", (article,))
    addresses = archive.read(
        "select url from urls where article = ?1 union select url from captures where article = ?1",
        (article,),
    )
    hashes = archive.read("select distinct hash from revisions where article = ? and text <> ''", (article,))
    return Withheld(
        article, key, url, site, reason, since, tuple(sorted({url, *(row[0] for row in addresses)})),
        tuple(sorted(row[0] for row in hashes)),
    )  # fmt: skip


def _relabel(archive: Archive, article: int) -> None:
    """Let captures and ledger say what intake says of them from now on."""
    archive.write(
        "delete from announcements where url in (select url from urls where article = ?1 "
        "union select url from captures where article = ?1)",
        (article,),
    )
    archive.write(
        "update captures set verdict = 'withheld', reason = ?2, evidence = null where article = ?1 "
        "and (extractor is not null or verdict = 'unchanged')",
        (article, TAKEDOWN),
    )
    archive.write(
        "update urls set outcome = 'withheld', reason = iif(reason = 'redirect', reason, ?2) "
        "where article = ?1 and outcome in ('article', 'unchanged', 'duplicate', 'withheld')",
        (article, TAKEDOWN),
    )
    for table in ("captures", "urls"):
        archive.write(f"update {table} set article = null where article = ?", (article,))


def _captures(archive: Archive, withheld: Withheld) -> list[tuple[Any, ...]]:
    """Number and place of the captures that tell of the article, or were left out since because of it."""
    return archive.read(
        "select id, warc_file, warc_offset, warc_length from captures c where warc_file is not null and ("
        "url in (select value from json_each(?)) or (verdict = 'withheld' and reason = ? and site = ?)) "
        "and not exists (select 1 from revisions r where r.capture = c.id) order by id",
        (json.dumps(withheld.addresses), TAKEDOWN, withheld.site),
    )


def _read_again(archive: Archive, rows: list[tuple[Any, ...]], sites: Mapping[str, Site]) -> list[Any]:
    entries = _entries(archive.folder, {row[1] for row in rows})
    reader = Reader(archive.folder, sites)
    readings = []
    for _, *place in rows:
        position = Position(*place)
        entry = entries.get(position) or Entry(position, "response", None)
        reading = reader.read(Job(entry, None if entry.how else recall(archive, position)))
        if isinstance(reading, str):
            raise WarcError(reading)
        readings.append(reading)
    return readings


def _entries(folder: Path, files: set[str]) -> dict[Position, Entry]:
    paths = (path for path in inventory.segments(folder) if f"warc/{path.name}" in files)
    return {entry.position: entry for path in paths for entry in inventory.entries(path)[0]}


def _site(key: str, sites: Mapping[str, Site], url: str) -> Site:
    return sites.get(key) or unlisted(key, url)
