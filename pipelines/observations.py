"""What crawls observe of a site beyond its pages, kept in archive.db: a further room of its one writer.

How each door (feed, sitemap) answered and when it last listed something that it had not listed before; what a
host says to an address that was made up; attempts that brought no answer; what feeds and news sitemaps say of
their articles; how each site stands, and what of that has been told. Writes in the archive's open
transaction; decides nothing, and never reads the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pipelines.health import Door
from pipelines.model import Outcome, Probe
from pipelines.store import Archive, stored_date, stored_moment

_DOOR = """
    insert into doors (url, site, role, first_asked, last_asked, last_good, last_new, entries, fresh, misses,
                       problem)
    values (:url, :site, :role, :now, :now, :good, :good, :entries, 0, :missed, :problem)
    on conflict (url) do update set
        site = excluded.site, role = excluded.role, last_asked = excluded.last_asked,
        last_new = iif(:fresh and last_good is not null, excluded.last_asked,
                       coalesce(last_new, excluded.last_new)),
        fresh = fresh + iif(last_good is null, 0, :fresh),
        last_good = coalesce(excluded.last_good, last_good),
        entries = iif(:same or excluded.problem is not null, entries, excluded.entries),
        misses = iif(excluded.problem is null, 0, misses + 1), problem = excluded.problem"""
"""What a door lists at first is the past; only what comes later tells its rate."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How a door answered just now."""

    url: str
    site: str
    role: str
    entries: int | None = None
    """Addresses that it lists; None when it says that nothing changed (304)."""
    fresh: int = 0
    """Of these, those that it did not list the last time."""
    problem: str | None = None
    """Why it is no door now; None when it is one."""


def put_door(archive: Archive, answered: Answered, now: datetime) -> None:
    """Write how a door answered."""
    moment = stored_moment(now)
    archive.write(
        _DOOR,
        {
            "url": answered.url, "site": answered.site, "role": answered.role, "now": moment,
            "good": None if answered.problem else moment, "entries": answered.entries or 0,
            "same": answered.entries is None, "fresh": answered.fresh, "problem": answered.problem,
            "missed": int(answered.problem is not None),
        },
    )  # fmt: skip


def doors(archive: Archive, site: str) -> list[Door]:
    """The doors of a site that were ever good: what never was one is no loss."""
    rows = archive.read(
        "select url, role, first_asked, last_asked, last_good, last_new, entries, fresh, misses, problem "
        "from doors where site = ? and last_good is not null order by role, url",
        (site,),
    )
    read = datetime.fromisoformat
    return [
        Door(url, role, read(first), read(last), read(good), read(new), entries, fresh, misses, problem)
        for url, role, first, last, good, new, entries, fresh, misses, problem in rows
    ]


def put_probe(archive: Archive, probe: Probe) -> None:
    """Write what a host says to an address that was made up."""
    archive.write(
        "insert or replace into probes (host, url, probed, status, leads_to, text) values (?, ?, ?, ?, ?, ?)",
        (probe.host, probe.url, stored_moment(probe.probed), probe.status, probe.leads_to, probe.text),
    )


def probe(archive: Archive, host: str) -> Probe | None:
    """What a host says to an address that was made up; None when it was never asked."""
    for url, probed, *rest in archive.read(
        "select url, probed, status, leads_to, text from probes where host = ?", (host,)
    ):
        return Probe(host, url, datetime.fromisoformat(probed), *rest)
    return None


def put_attempt(
    archive: Archive, url: str, now: datetime, crawl: int | None, outcome: Outcome, reason: str
) -> None:
    """Write that an attempt at an address came to nothing, and why."""
    archive.write(
        "insert into attempts (url, at, crawl, outcome, reason) values (?, ?, ?, ?, ?)",
        (url, stored_moment(now), crawl, outcome.value, reason),
    )


def attempts(archive: Archive, url: str) -> list[tuple[str, int | None, str, str]]:
    """(when, crawl, outcome, reason) of the attempts at an address that came to nothing."""
    return archive.read("select at, crawl, outcome, reason from attempts where url = ? order by id", (url,))


def announce(
    archive: Archive,
    url: str,
    found_on: str,
    title: str | None,
    published: datetime | date | None,
    language: str | None,
) -> None:
    """Keep what a feed or news sitemap says of an address; a later word replaces an earlier one."""
    archive.write(
        "insert into announcements (url, found_on, title, published, language) values (?, ?, ?, ?, ?) "
        "on conflict (url) do update set found_on = excluded.found_on, "
        "title = coalesce(excluded.title, title), published = coalesce(excluded.published, published), "
        "language = coalesce(excluded.language, language)",
        (url, found_on, title, stored_date(published), language),
    )


def announced(archive: Archive, url: str) -> tuple[str, str | None, str | None, str | None] | None:
    """(where, title, published, language): what a feed or news sitemap said of an address, or None."""
    rows = archive.read(
        "select found_on, title, published, language from announcements where url = ?", (url,)
    )
    return rows[0] if rows else None


# How a site stands.


@dataclass(frozen=True, slots=True)
class Standing:
    """How a site stands, as its last crawl left it."""

    site: str
    name: str
    word: str
    why: str
    since: str
    """When it came to that, as stored."""
    told: str | None
    """The word of which the archivist was told last; None when there was nothing to tell yet."""


def put_standing(archive: Archive, site: str, word: str, why: str, now: datetime) -> None:
    """Write how a site stands; since when, stays while the word stays."""
    archive.write(
        "update sites set why = ?, health_since = iif(health is ?, health_since, ?), health = ? "
        "where key = ?",
        (why, word, stored_moment(now), word, site),
    )


def standings(archive: Archive, sites: Sequence[str]) -> list[Standing]:
    """How these sites stand; those of which that was never written are left out."""
    marks = ", ".join("?" * len(sites))
    rows = archive.read(
        f"select key, name, health, why, health_since, told from sites "
        f"where health is not null and key in ({marks}) order by key",
        tuple(sites),
    )
    return [Standing(*row) for row in rows]


def put_told(archive: Archive, standings: Iterable[Standing]) -> None:
    """Write that the archivist was told of these."""
    for one in standings:
        archive.write("update sites set told = ? where key = ?", (one.word, one.site))
