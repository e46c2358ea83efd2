"""All that is read off one answer: what it names, and what the cleaner makes of it. Pure, and never raises.

This is the slow part of a crawl. `readers` does it in processes of their own, so nothing here knows Scrapy.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pipelines import reading as pages
from pipelines.article import Parsed, parse
from pipelines.model import Capture, Site, SiteMemory
from pipelines.warc import decoded
from scraper.discovery.candidate import Candidate, Role, Unreadable
from scraper.discovery.feeds import read_feed
from scraper.discovery.links import read_links
from scraper.discovery.sitemaps import read_sitemap

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document names."""

    candidates: tuple[Candidate, ...] = ()
    lists: bool = False
    """A sitemap or feed that could be read: the candidates are all that it lists."""
    complete: bool = False
    """A sitemap that lists all there is of its part of the site: what is missing from it has vanished."""
    copies: tuple[str, ...] = ()
    """Addresses that a page calls copies of itself (rel=amphtml, and for phones)."""
    period: int | None = None
    """Seconds for which a feed says that it need not be asked again."""
    note: str | None = None
    """What could not be read, and why."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read off one answer."""

    reading: Reading
    page: pages.Read


def read(capture: Capture, role: Role, site: Site, memory: SiteMemory) -> Read:
    """What an answer names and holds; one that is no page names nothing."""
    capture = decoded(capture)
    page = _parsed(capture) if capture.status == 200 and role in _OF_PAGES else None
    return Read(read_names(capture, role, page), pages.read(capture, role, site, memory, page))


def read_names(capture: Capture, role: Role, page: Parsed | None = None) -> Reading:
    """What a document names, as far as it can be read, its codings undone; one that is no page names
    nothing. page: parsed, where it is already."""
    if capture.status != 200:
        return Reading()
    try:
        if role in _OF_PAGES:
            return _links(capture, page or parse(capture.body, capture.header("content-type")))
        return _READERS[role](capture)
    except Unreadable as reason:
        return Reading(note=f"{role} {capture.url}: {reason}")
    except Exception as error:
        log.warning("%s could not be read for links", capture.url, exc_info=True)
        return Reading(note=f"{role} {capture.url}: {type(error).__name__}: {error}")


def _sitemap(capture: Capture) -> Reading:
    sitemap = read_sitemap(capture.body, capture.url, capture.header("content-type"))
    whole = not (sitemap.cut or sitemap.is_news or sitemap.is_index or capture.truncated)
    note = f"sitemap {capture.url}: {sitemap.cut}" if sitemap.cut else None
    return Reading((*sitemap.children, *sitemap.candidates), lists=True, complete=whole, note=note)


def _feed(capture: Capture) -> Reading:
    feed = read_feed(capture.body, capture.url, capture.header("content-type"))
    note = f"feed {capture.url}: {feed.cut}" if feed.cut else None
    return Reading(tuple(feed.candidates), lists=True, period=feed.period, note=note)


def _parsed(capture: Capture) -> Parsed | None:
    """The page as links and the cleaner read it; None where it cannot be parsed, which they tell each."""
    try:
        return parse(capture.body, capture.header("content-type"))
    except Exception:
        log.warning("%s could not be parsed", capture.url, exc_info=True)
        return None


def _links(capture: Capture, page: Parsed | None) -> Reading:
    if page is None:
        return Reading()  # bytes that are no text link to nothing
    links = read_links(page.tree, capture.url)
    note = f"page {capture.url}: {links.cut}" if links.cut else None
    copies = tuple(filter(None, (links.amp, links.mobile)))
    return Reading(tuple(links.candidates), copies=copies, note=note)


_READERS = {Role.SITEMAP: _sitemap, Role.FEED: _feed}
_OF_PAGES = frozenset({Role.PAGE, Role.LISTING})
