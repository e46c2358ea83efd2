"""The whole story of one address, as archive.db has it: what `newsarchive explain` tells.

Promises: every event that archive.db knows of an address, in the order it happened, each with the proof it
rests on: the capture, and where its record lies in the WARC; of a phrase of an article, which captures
brought it, had it last, and had it no more. Never writes, never reads the WARC.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from pipelines import identify, observations
from pipelines.errors import NotKnown
from pipelines.rereading import unlisted
from pipelines.store import Archive, Withheld

_LEDGER = (
    "url", "site", "outcome", "reason", "article", "capture", "first_seen", "last_seen", "last_fetched",
    "status", "found_on", "leads_to",
)  # fmt: skip
_CAPTURE = (
    "id", "url", "site", "crawl", "article", "fetched", "status", "content_type", "digest", "length", "chain",
    "robots", "asks", "tdm_reservation", "tdm_policy", "rendered", "certificate", "verdict", "reason",
    "extractor", "encoding", "warc_file", "warc_offset", "warc_length", "headers", "evidence",
)  # fmt: skip
_REVISION = (
    "ordinal", "capture", "seen", "change", "same_as", "title", "hash", "words_added", "words_removed",
)  # fmt: skip
_AROUND = 60
"""Characters before and after a phrase that are shown."""
_ARTICLE = ("id", "key", "site", "url", "title", "revisions", "first_seen", "last_seen", "gone")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an address."""

    when: str
    """UTC, as stored."""
    what: str
    """"found", "announced", "fetched", "redirected", "tried" (no answer came of it, or it was refused),
    "version", "left" (the crawl gave it up), "withheld" """
    said: str
    """In a few words."""
    capture: int | None = None
    """Row id of the capture that it rests on."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Versions in a row that have a phrase."""

    where: str
    """"title", "standfirst" or "text", of the first of them."""
    said: str
    """The words around it, as the first of them has them, but for white space and typography."""
    first_version: int
    first_capture: int | None
    """Row id of the capture that brought it; it is in the story's captures, or has `proof` alone."""
    last_version: int
    last_capture: int | None
    """Row id of the last capture that still had it, whether it made a version or not."""
    taken_out_by: int | None
    """Row id of the capture that had it no more, or showed that the page is gone; None: it stands."""
    proof: list[dict[str, Any]]
    """The rows of these captures."""


@dataclass(frozen=True, slots=True)
class Story:
    """What became of one address. Rows are as the tables have them, JSON columns unpacked."""

    url: str
    ledger: dict[str, Any]
    article: dict[str, Any] | None
    """The article that the address leads to."""
    captures: list[dict[str, Any]]
    """Of the address, and of the one that it redirects to as far as this one led there."""
    revisions: list[dict[str, Any]]
    """Of the article."""
    withheld: Withheld | None
    stands: list[Stand] | None = None
    """Where a phrase stood; None when none was asked for."""
    events: list[Event] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def explain(archive: Archive, url: str, phrase: str | None = None) -> Story:
    """The story of an address; of another spelling of it, where the ledger has only that.

    phrase: words of the article, of which it is told when they came, stood and went; compared without regard
    to case, white space, and the forms of quotes and dashes. Raises NotKnown, also when no version has them.
    """
    ledger = _ledger(archive, url)
    captures = _captures(archive, ledger)
    number = ledger["article"]
    article = _rows(archive, "articles", _ARTICLE, "id = ?", (number,)) if number is not None else []
    revisions = _rows(archive, "revisions", _REVISION, "article = ? order by ordinal", (number,))
    key = identify.article_key(ledger["url"], None, unlisted("", ledger["url"]))
    withheld = next(
        (one for one in archive.withheld() if ledger["url"] in one.addresses or one.key == key), None
    )
    stands = None if phrase is None else _stands(archive, number, url, phrase)
    here = article[0] if article else None
    story = Story(ledger["url"], ledger, here, captures, revisions, withheld, stands)
    events = [*_events(story), *_asides(archive, story)]
    story.events.extend(sorted(events, key=lambda event: event.when))
    return story


def _ledger(archive: Archive, url: str) -> dict[str, Any]:
    """The line of an address, or of the spelling under which the ledger has it."""
    key = identify.article_key(url, None, unlisted("", url))
    at_home = archive.read("select url from articles where key = ?", (key,))
    for spelling in (
        url,
        identify.canonical_url(url),
        f"{url}/",
        url.rstrip("/"),
        *(row[0] for row in at_home),
    ):
        for line in _rows(archive, "urls", _LEDGER, "url = ?", (spelling,)):
            return line
    raise NotKnown(f"{url}: the ledger has no such address; it was never seen on any page, feed or sitemap")


def _captures(archive: Archive, ledger: dict[str, Any]) -> list[dict[str, Any]]:
    return _capture_rows(
        archive,
        "url = ?1 or (url = ?2 and exists (select 1 from json_each(chain) where value = ?1)) "
        "order by fetched, id",
        (ledger["url"], ledger["leads_to"]),
    )


def _stands(archive: Archive, article: int | None, url: str, phrase: str) -> list[Stand]:
    """Each time that the article's versions had the phrase, one after the other."""
    sought = _folded(phrase)
    if not sought:
        raise NotKnown(f"{phrase!r}: a phrase of at least one word is needed")
    versions = archive.read(
        "select ordinal, capture, title, standfirst, text, change from revisions where article = ? "
        "order by ordinal",
        (article,),
    )
    having: list[tuple[int, int | None, tuple[str, str] | None]] = [
        (ordinal, capture, None if change == "withdrawn" else _place(sought, *parts))
        for ordinal, capture, *parts, change in versions
    ]
    groups = [list(group) for _, group in groupby(having, key=lambda version: version[2] is not None)]
    stands = []
    for number, group in enumerate(groups):
        if group[0][2] is None:
            continue
        after = groups[number + 1][0][1] if number + 1 < len(groups) else None
        stands.append(_stand(archive, article, group, after))
    if not stands:
        raise NotKnown(f"{phrase!r}: no version of the article at {url} has these words in a row")
    return stands


def _stand(
    archive: Archive, article: int | None, group: list[tuple[int, Any, Any]], after: int | None
) -> Stand:
    """One of them; group: its versions, with their captures and the place of the phrase."""
    (first, begun, (where, said)), (last, _, _) = group[0], group[-1]
    still = archive.read(
        "select id from captures where article = ?1 and verdict in ('article', 'unchanged') "
        "and fetched >= (select fetched from captures where id = ?2) "
        "and (?3 is null or fetched < (select fetched from captures where id = ?3)) "
        "order by fetched desc, id desc limit 1",
        (article, group[-1][1], after),
    )
    ended = still[0][0] if still else group[-1][1]
    numbers = (begun, ended, after)
    proof = _capture_rows(archive, "id in (?, ?, ?) order by fetched, id", numbers)
    return Stand(where, said, first, begun, last, ended, after, proof)


def _place(sought: str, *parts: str | None) -> tuple[str, str] | None:
    """Which part of a version has the phrase, and the words around it."""
    for name, part in zip(("title", "standfirst", "text"), parts, strict=True):
        folded = _folded(part or "")
        at = folded.find(sought)
        if at >= 0:
            return name, folded[max(0, at - _AROUND) : at + len(sought) + _AROUND].strip()
    return None


def _folded(text: str) -> str:
    return identify.plain(text).casefold()


def _capture_rows(archive: Archive, condition: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Rows of captures, their JSON columns unpacked."""
    found = _rows(archive, "captures", _CAPTURE, condition, values)
    for row in found:
        row["chain"] = json.loads(row["chain"] or "[]")
        row["headers"] = json.loads(row["headers"] or "[]")
    return found


def _events(story: Story) -> list[Event]:
    ledger = story.ledger
    where = f"on {ledger['found_on']}" if ledger["found_on"] else "in sites.yml, or by a redirect"
    events = [Event(ledger["first_seen"], "found", where)]
    for row in story.captures:
        what = "redirected" if row["url"] != story.url else "fetched"
        outcome = f"{row['verdict']}: {row['reason']}" if row["reason"] else row["verdict"]
        outcome += f" ({row['evidence']})" if row["evidence"] else ""
        to = f"to {row['url']}, " if what == "redirected" else ""
        events.append(Event(row["fetched"], what, f"{to}HTTP {row['status']}, {outcome}", row["id"]))
    events += [Event(row["seen"], "version", _version(row), row["capture"]) for row in story.revisions]
    if ledger["capture"] is None and ledger["outcome"] != "queued":
        events.append(Event(ledger["last_seen"], "left", f"{ledger['outcome']}: {ledger['reason']}"))
    if story.withheld:
        events.append(Event(story.withheld.since, "withheld", story.withheld.reason))
    return events


def _asides(archive: Archive, story: Story) -> list[Event]:
    """What happened without a capture: how it was announced, and attempts that came to nothing."""
    events = [
        Event(at, "tried", f"{outcome}: {reason}" + (f" (crawl {crawl})" if crawl else ""))
        for at, crawl, outcome, reason in observations.attempts(archive, story.url)
    ]
    if said := observations.announced(archive, story.url):
        where, *words = said
        told = ", ".join(word for word in words if word)
        events.append(Event(story.ledger["first_seen"], "announced", f"by {where}: {told}"))
    return events


def _version(row: dict[str, Any]) -> str:
    said = f"{row['ordinal']}, {row['change']}"
    if row["same_as"]:
        said += f", the words of version {row['same_as']}"
    return f"{said}, +{row['words_added']} -{row['words_removed']} words: {row['title'] or 'no title'}"


def _rows(
    archive: Archive, table: str, columns: Sequence[str], condition: str, values: tuple[Any, ...]
) -> list[dict[str, Any]]:
    rows = archive.read(f"select {', '.join(columns)} from {table} where {condition}", values)
    return [dict(zip(columns, row, strict=True)) for row in rows]
