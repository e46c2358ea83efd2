"""The words of discovery: a candidate URL, what it seems to be, and where it was seen.

Promises that a candidate's address is absolute http or https without a fragment. Never fetches, never judges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

LONGEST_URL = 8_192
"""Characters; a longer address is no address (scope refuses shorter ones already, and says so)."""

_PLAIN = re.compile(r"(https?://[A-Za-z0-9.-]+(?=/|$))?(?:/(?!/)[!-\[\]-~]*)?")
_BREAKS = re.compile(r"[\x00-\x1f\x7f]+")


class Role(StrEnum):
    """What the finder of a URL takes it for."""

    PAGE = "page"
    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"
    """The next page of a listing, or a section that the archivist named."""


class Place(StrEnum):
    """Where a URL was seen; the ledger and scope use it."""

    SITES_YML = "sites.yml"
    ROBOTS = "robots.txt"
    COMMON_PATH = "common path"
    """Guessed: an address where such a document often lies."""
    PAST = "past"
    """Guessed by a back-fill: the next page of a listing, or the archive page of an earlier day."""
    SITEMAP_INDEX = "sitemap index"
    SITEMAP = "sitemap"
    NEWS_SITEMAP = "news sitemap"
    FEED = "feed"
    HEAD = "link:head"
    """Announced by a <link> element."""
    REDIRECT = "redirect"
    NEXT = "link:next"
    MAIN = "link:main"
    NAV = "link:nav"
    HEADER = "link:header"
    FOOTER = "link:footer"
    ASIDE = "link:aside"
    BODY = "link:body"
    """On a page, in none of the landmarks above."""


LINKS = frozenset({Place.NEXT, Place.MAIN, Place.NAV, Place.HEADER, Place.FOOTER, Place.ASIDE, Place.BODY})
"""Places on a page where anything may be linked, the site's own or not."""

NAMED_BY_THE_SITE = frozenset({Place.SITES_YML, Place.ROBOTS})
"""Places whose feeds and sitemaps count as the site's own, whatever host they lie on."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One URL that a document mentions, with all that the document says of it."""

    url: str
    """Absolute, as found, without fragment."""
    role: Role
    found_on: str
    """The address of the document that mentions it."""
    place: Place
    title: str | None = None
    published: datetime | date | None = None
    """An aware datetime, or a date where no time is given."""
    lastmod: datetime | date | None = None
    """When the site says that the page last changed."""
    language: str | None = None
    text: str = ""
    """The anchor's text."""
    rel: frozenset[str] = frozenset()

    def __reduce__(self) -> tuple[type[Candidate], tuple[Any, ...]]:
        """Pickled as a call: half the time of what dataclasses with slots do, and a page has hundreds."""
        return Candidate, (
            self.url, self.role, self.found_on, self.place, self.title, self.published, self.lastmod,
            self.language, self.text, self.rel,
        )  # fmt: skip


class Unreadable(ValueError):  # noqa: N818 - reads as the sentence it is
    """The bytes are not the feed or sitemap they were fetched as; the message says why."""


def absolute(base: str, href: str) -> str | None:
    """`href` as found on `base`, absolute and without fragment; None when that is no other http(s) address.

    Blanks around it and control characters within it go, as in browsers (WHATWG URL); all else stays.
    """
    href = href[: LONGEST_URL + 1].partition("#")[0].strip()
    if not href or len(href) > LONGEST_URL:
        return None
    plain = _PLAIN.fullmatch(href)
    plain_parts = "/." not in href and ";?" not in href and not href.endswith(("?", ";"))
    if plain and plain_parts:  # Nearly all links; the general way takes ten times as long.
        return href if plain.group(1) else _origin(base) + href
    try:
        url = urljoin(base, _BREAKS.sub("", href).replace(" ", "%20"))
        parts = urlsplit(url)
        plausible = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return url if plausible else None


@lru_cache(maxsize=64)
def _origin(base: str) -> str:
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"
