"""The words of newsarchive as frozen dataclasses: what flows from a site to the archive.

Standard library only. Nothing here fetches, parses, stores or reads the clock.

    Site -> Exchange -> Capture -> Extraction -> Revision
            (the wire)  (the WARC record)  (pure)     (what archive.db keeps)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a page is. Only the first three are archived as articles."""

    ARTICLE = "article"
    LIVE_BLOG = "live blog"
    GALLERY = "gallery"
    VIDEO = "video"
    LISTING = "listing"
    OTHER = "other"


ARCHIVED_KINDS = frozenset({Kind.ARTICLE, Kind.LIVE_BLOG, Kind.GALLERY})


class Access(StrEnum):
    """Who may read the page in full, as far as the page itself says."""

    OPEN = "open"
    METERED = "metered"
    PAYWALLED = "paywalled"
    """Only a teaser of the text was served."""


class Outcome(StrEnum):
    """How the story of a URL stands in the ledger; every URL ever seen has exactly one, and a reason."""

    QUEUED = "queued"
    ARTICLE = "article"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    NOT_ARTICLE = "not an article"
    REFUSED = "refused"
    FAILED = "failed"
    WITHHELD = "withheld"
    GONE = "gone"


class Change(StrEnum):
    """What a revision did to its article."""

    FIRST = "first"
    CORRECTION = "correction"
    REWRITE = "rewrite"
    HEADLINE = "headline"
    UPDATE = "update"
    """A live blog grew."""
    WITHDRAWN = "withdrawn"
    """A tombstone: the page is gone (404, 410); the last text stays in the revision before."""
    RETURNED = "returned"
    REVERTED = "reverted"
    """The words of an earlier version came back; `Revision.same_as` says which."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What an archivist wrote in sites.yml for one site's pages.

    remove: CSS selectors whose elements are dropped before cleaning.
    keep: CSS selectors whose elements are kept whatever the cleaner thinks.
    tidy: path of a Python file with `tidy(article: BeautifulSoup) -> BeautifulSoup`, run on the cleaned html.
    """

    remove: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    tidy: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One entry of sites.yml: the unit of politeness, of learning and of distribution."""

    key: str
    """Short name in lower case, digits and hyphens; the primary key of `sites`."""
    url: str
    """The front page; its host is the site's scope unless `hosts` adds more."""
    name: str = ""
    language: str | None = None
    hosts: tuple[str, ...] = ()
    """Further hosts that belong to the site, besides the host of `url`."""
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    """Sitemaps besides those that robots.txt names."""
    sections: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    """Regular expressions on the URL: when given, an article URL must match one."""
    deny: tuple[str, ...] = ()
    """Regular expressions on the URL that are never fetched."""
    delay: float = 1.0
    """Seconds between two requests to the site."""
    max_pages: int | None = None
    """Pages fetched in one crawl at most; by crawls of what is due (`run`), in one day (UTC) at most."""
    keep_params: tuple[str, ...] = ()
    """Names of query parameters that choose a page here, though elsewhere they only track."""
    allow_private: bool = False
    """Fetch from addresses that are not globally routable (a demo site, an intranet)."""
    browser: bool | None = None
    """Whether a browser fills its pages before they are read: every page, none, or (None) those that hold
    nothing without their scripts."""
    verify_certificates: bool = False
    """Keep nothing from a server whose certificate cannot be verified."""
    paused: bool = False
    respect: tuple[str, ...] = ()
    """What pages may ask and then get: "noarchive" and "tdm" are not kept, "nofollow" is not followed."""
    licence: str | None = None
    rules: Rules = Rules()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its response exactly as they crossed the wire; what a WARC record holds."""

    url: str
    fetched: datetime
    """Aware, UTC: when the response's first byte was asked for."""
    method: str
    request_headers: tuple[tuple[str, str], ...]
    status: int
    reason: str
    protocol: str
    """"HTTP/1.1" """
    headers: tuple[tuple[str, str], ...]
    """As received: order, case and repeats kept."""
    body: bytes
    """As received: Content-Encoding still applied, Transfer-Encoding undone."""
    ip: str | None = None
    truncated: str | None = None
    """WARC-Truncated's reason ("length", "time", "disconnect") when the body was cut."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a page came to be fetched: what its bytes do not say, and a metadata record in the WARC does."""

    site: str
    role: str = "page"
    """"page", or the name of the door that it is."""
    crawl: int | None = None
    robots: str | None = None
    chain: tuple[str, ...] = ()
    """Addresses that redirected here, the first one first."""
    found_on: str | None = None
    """The page, feed or sitemap that named it."""
    certificate: str | None = None
    """Whether the server's certificate was "verified", or why not; None without TLS."""
    signals: str | None = None
    """What its host declared of it to those who mine text: see pipelines.signals."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a WARC record lies: file (relative to the archive), byte offset and length of its gzip member."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Capture:
    """One fetched page, decoded from its Content-Encoding, and where its proof lies."""

    url: str
    """The address that was requested."""
    fetched: datetime
    """Aware, UTC."""
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """The payload with Content-Encoding undone, unless `coding` says otherwise."""
    digest: str
    """Payload digest as in the WARC record: "sha1:" and base32."""
    position: Position | None = None
    """None only for input that never came over HTTP (plain text) or in tests."""
    chain: tuple[str, ...] = ()
    """Addresses that redirected here, the first one first; empty when none did."""
    truncated: str | None = None
    robots: str | None = None
    """What robots.txt said when it was asked for this page; None when it was not asked."""
    certificate: str | None = None
    """Whether the server's certificate was "verified", or why not; None without TLS."""
    rendered: bool = False
    """Not what was received, but what a browser made of it: the body is the page's DOM as HTML."""
    signals: str | None = None
    """What its host declared of it to those who mine text: see pipelines.signals."""
    coding: str | None = None
    """The Content-Encoding that the body has still on (warc.decoded undoes it); None when it has none."""

    def header(self, name: str) -> str | None:
        """The first value of header `name` (any case), or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Image:
    """The lead image of an article, by its address."""

    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class RemovedBlock:
    """A block that the cleaner left out of the text, and why."""

    text: str
    reason: str
    """One of "share", "comments", "newsletter", "related", "teaser", "navigation", "advertisement",
    "caption", "byline", "title", "standfirst", "date", "promo", "consent", "author bio", "copyright",
    "paywall", "hidden", "rule", "repeated", "boilerplate"."""

    def __reduce__(self) -> tuple[type[RemovedBlock], tuple[str, str]]:
        """Pickled as a call: half the time of what dataclasses with slots do, and a page has dozens."""
        return RemovedBlock, (self.text, self.reason)


@dataclass(frozen=True, slots=True)
class Extraction:
    """What the cleaner read off one page: the public result of `pipelines.extract`."""

    title: str | None = None
    """The headline as printed, without the site's name."""
    standfirst: str | None = None
    authors: list[str] = field(default_factory=list)
    """Names of persons; an organisation only when no person is named. No roles, no "By"."""
    published: datetime | date | None = None
    """First publication: an aware datetime, or a date where the page gives no time or no offset."""
    modified: datetime | date | None = None
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    language: str | None = None
    """BCP 47, primary subtag first, as "en" or "pt-BR"."""
    image: Image | None = None
    canonical_url: str | None = None
    access: Access = Access.OPEN
    kind: Kind = Kind.OTHER
    text: str = ""
    """The body alone: paragraphs and headings, one blank line between. No title, standfirst, byline,
    captions, share, comment, newsletter or related blocks."""
    html: str = ""
    """The same body as sanitised HTML, safe to show."""
    blocks_removed: list[RemovedBlock] = field(default_factory=list)
    confidence: float = 0.0
    """0 to 1: how sure the cleaner is of `text`."""
    encoding: str = "utf-8"
    """The character encoding that was used to decode the page (WHATWG name)."""


@dataclass(frozen=True, slots=True)
class SiteMemory:
    """What is known of a site when one of its pages is cleaned: its rules, and what its pages have taught."""

    rules: Rules = Rules()
    repeated: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    """Hash of a block's text -> on how many different pages of the site it stood."""
    pages: int = 0
    """Pages the counts were made from."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of an article, as the archive keeps it."""

    ordinal: int
    """1 is the first."""
    change: Change
    title: str | None
    standfirst: str | None
    text: str
    hash: str
    """identify.content_hash of title, standfirst and text."""
    words_added: int = 0
    words_removed: int = 0
    same_as: int | None = None
    """Ordinal of an earlier version with the same words."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the archive has of an article when another capture of it arrives."""

    article: int
    """Row id in `articles`."""
    key: str
    url: str
    """The address at which the article was last known to live."""
    access: Access
    gone: bool
    """A tombstone is its newest revision."""
    day: str | None
    modified: datetime | date | None
    seen: datetime
    """When `latest` was captured."""
    latest: Revision
    """The newest revision that has a text."""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The capture says what the archive already has."""

    hash: str


@dataclass(frozen=True, slots=True)
class Drop:
    """A capture that never becomes a revision: its outcome in the ledger, and why."""

    outcome: Outcome
    reason: str
    evidence: str | None = field(default=None, compare=False)
    """What on the page says so, in words for a person; None where status or type say all."""


@dataclass(frozen=True, slots=True)
class Probe:
    """How a host answers where there is nothing: what came back for an address that was made up."""

    host: str
    url: str
    """The made-up address."""
    probed: datetime
    status: int
    leads_to: str | None = None
    """Where every address without a page is sent, when that is what the host does."""
    text: str = ""
    """The cleaned words of the answer, under status 200."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one capture: the answer of `pipelines.intake`."""

    outcome: Outcome
    reason: str = ""
    article: int | None = None
    """Row id in `articles`."""
    change: Change | None = None
    """Set when a revision was written."""
    kind: Kind = Kind.OTHER
    published: datetime | date | None = None
    modified: datetime | date | None = None
