"""All that is read off the bytes of one capture, for intake to judge and write: the slow half of taking it
in.

Promises: pure, and never raises: a page that cannot be read is an outcome of that page. Crawls and rebuilds
do this in processes of their own (`pipelines.workers`); who has a `Read` needs the capture's body no more.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, fields, replace
from typing import Any

from pipelines import extract, identify, reservation, verdict
from pipelines.article import Parsed, model, read_parsed
from pipelines.errors import ArchiveError
from pipelines.model import Capture, Drop, Extraction, Image, Outcome, RemovedBlock, Site, SiteMemory
from pipelines.reservation import Reservation
from pipelines.verdict import Source
from pipelines.warc import decoded
from pipelines.workers import Ended

log = logging.getLogger(__name__)

PAGE = "page"
PROBE = "probe"
"""The role of the answer to an address that was made up, to see what a host says where there is nothing."""
UNRENDERED = "unrendered"
"""The role of a page as it was received, where what a browser made of it is read in its place."""
SUBRESOURCE = "subresource"
"""The role of what a browser asked for to fill a page: a script, the answer of an interface."""
DECLARATION = "declaration"
"""The role of tdmrep.json and ai.txt, in which a host speaks to those who mine text."""
DEADLY = "error: the page ended the process that read it"
"""The reason in the ledger of a page that no process could read to its end."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read off one capture."""

    content: Extraction | Drop
    asks: Reservation = field(default_factory=Reservation)
    length: int = 0
    """Bytes of the body, its codings undone."""
    words: str = ""
    """The fingerprint of what the cleaner read (identify.content_hash)."""
    source: Source = field(default_factory=Source)
    """What the page's source says, beside what the cleaner made of it."""
    is_translation: bool = False
    """What the page calls its canonical address is, by its own word, its edition in another language."""
    is_shell: bool = False
    """The page holds nothing before its scripts have run: a browser may be asked to fill it."""


def read(capture: Capture, role: str, site: Site, memory: SiteMemory, parsed: Parsed | None = None) -> Read:
    """What a capture says of itself, and what the cleaner reads off it, or why that is not read.

    parsed: its page, where it is parsed already; the cleaner changes it.
    """
    capture = decoded(capture)
    try:
        return describe(capture, _content(capture, role, site, memory, parsed), role)
    except Exception as error:
        log.exception("%s: failed while it was read", capture.url)
        drop = Drop(Outcome.FAILED, f"error: {type(error).__name__}")
        return Read(drop, reservation.read(capture), len(capture.body))


def describe(capture: Capture, content: Extraction | Drop, role: str = PAGE) -> Read:
    """What a capture says of itself, beside `content`, which the cleaner or another reader made of it."""
    capture = decoded(capture)
    asks, length = reservation.read(capture), len(capture.body)
    if isinstance(content, Drop):
        is_shell = role == "listing" and verdict.needs_scripts(capture)
        return Read(content, asks, length, is_shell=is_shell)
    content = _storable(content)
    words = identify.content_hash(content.title, content.standfirst, content.text)
    source = verdict.source(capture, content)
    is_shell = role == PAGE and verdict.is_shell(capture, content, source)
    is_translation = identify.is_translation(capture.url, content.canonical_url or "", capture.body)
    return Read(content, asks, length, words, source, is_translation, is_shell)


def unreadable(capture: Capture, how: Ended) -> Read:
    """What there is to say of a page that ended the process that read it: how is its evidence.

    Raises ArchiveError when the page was never begun, because no process could be started.
    """
    if how.at_start:
        raise ArchiveError(f"a process that reads pages cannot be started: it {how}; see the log")
    capture = decoded(capture)
    drop = Drop(Outcome.FAILED, DEADLY, f"the process {how}")
    return Read(drop, reservation.read(capture), len(capture.body))


def _content(
    capture: Capture, role: str, site: Site, memory: SiteMemory, parsed: Parsed | None
) -> Extraction | Drop:
    if role == PROBE:
        drop = verdict.judge_response(capture)
        return drop or extract(capture.body, capture.url, content_type=capture.header("content-type"))
    if role in (SUBRESOURCE, DECLARATION):
        return Drop(Outcome.NOT_ARTICLE, role)
    if role != PAGE:
        return verdict.judge_arrival(capture) or Drop(Outcome.NOT_ARTICLE, role)
    drop = verdict.judge_response(capture) or _judge_reservation(capture, site)
    if drop is None and parsed is not None:
        return read_parsed(model.shipped(), parsed, capture.url, site=memory)[0]
    return drop or extract(
        capture.body, capture.url, content_type=capture.header("content-type"), site=memory
    )


def _judge_reservation(capture: Capture, site: Site) -> Drop | None:
    """Not kept because the page asks for it, and the site's policy respects that."""
    refusal = reservation.refusal(reservation.read(capture), site) if site.respect else None
    return Drop(Outcome.REFUSED, refusal) if refusal else None


def _storable(extraction: Extraction) -> Extraction:
    """The extraction without lone surrogates, which no database takes; nearly always the very same object."""
    if _is_plain(extraction):
        return extraction
    changed: dict[str, Any] = {}
    for name in _PARTS:
        value = getattr(extraction, name)
        encodable = _encodable(value)
        if encodable is not value:
            changed[name] = encodable
    return replace(extraction, **changed) if changed else extraction


_PARTS = tuple(part.name for part in fields(Extraction))


def _is_plain(extraction: Extraction) -> bool:
    """Whether all its words, taken together, can be stored as they are."""
    texts: list[str] = []
    for name in _PARTS:
        value = getattr(extraction, name)
        if type(value) is str:
            texts.append(value)
        elif isinstance(value, list):
            texts += [item.text if isinstance(item, RemovedBlock) else item for item in value]
        elif isinstance(value, Image):
            texts += [value.url, value.caption or "", value.credit or ""]
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return True


def _encodable(value: Any) -> Any:
    """A string, a list of them, or a dataclass of them, with U+FFFD in place of lone surrogates."""
    if type(value) is str:
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    elif isinstance(value, list):
        items = [_encodable(item) for item in value]
        return items if any(one is not other for one, other in zip(items, value, strict=True)) else value
    elif isinstance(value, Image | RemovedBlock):
        parts = {part.name: getattr(value, part.name) for part in fields(value)}
        changed = {name: _encodable(part) for name, part in parts.items()}
        return replace(value, **changed) if changed != parts else value
    return value
