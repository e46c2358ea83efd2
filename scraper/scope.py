"""Scope: is this URL worth fetching, as far as its address and its place on the page tell? Pure decisions.

Judges by shape alone, with no word that belongs to one site: what sites call their endpoints, and what the
addresses of articles have in common (a date, an id, a slug of several words). Never fetches, never reads the
clock; robots.txt and private addresses are judged elsewhere (robots, netguard).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines.errors import SiteListError
from pipelines.identify import canonical_url
from pipelines.model import Site
from scraper import dated
from scraper.discovery.candidate import NAMED_BY_THE_SITE, Place, Role

LONGEST_URL = 2_000
"""Characters."""
MOST_PARAMETERS = 5
MOST_SEGMENTS = 15
DEEPEST_PAGINATION = 1_000
FIRST_YEAR = 1990
"""Before it, a calendar page of a web site is a trap; an article may well be older."""


class Verdict(StrEnum):
    """What to do with a URL."""

    ARTICLE = "article-like"
    """Fetch: its address looks like an article's."""
    LISTING = "listing-like"
    """Fetch for its links."""
    UNLIKELY = "unlikely"
    """Fetch last, and few: it may be either, or neither."""
    REFUSED = "refused"
    """Never fetch; the ledger says why."""


class Reason(StrEnum):
    """Why; the words of the ledger."""

    LISTED = "listed in a feed or news sitemap"
    ALLOWED = "matches a pattern under allow"
    DATED = "a date and more in its path"
    NUMBERED = "an id in its address"
    SLUG = "a slug of several words"
    HEADLINE = "linked by a headline"

    FRONT_PAGE = "the front page"
    DOCUMENT_OF_LINKS = "a feed or sitemap"
    NAMED_LISTING = "a section, or the next page of a listing"
    PAGINATION = "a page number in its address, or as its link's words"
    DATE_ARCHIVE = "the archive page of a date"
    SECTION = "short words in its path, like a section"

    TOPIC = "a page of one tag, topic or author"
    ABOUT = "about the site, not its news"
    SHAPELESS = "nothing in its address tells what it is"
    FURNITURE = "a slug in the navigation or footer"

    MALFORMED = "scope: not an address"
    SCHEME = "scope: neither http nor https"
    OTHER_HOST = "scope: another site's host"
    DENIED = "scope: matches a pattern under deny"
    NOT_ALLOWED = "scope: matches no pattern under allow"
    FILE = "scope: a file, not a page"
    ACCOUNT = "scope: login or account"
    SEARCH = "scope: a search"
    SHOP = "scope: shop or payment"
    SHARE = "scope: share, send or comment"
    COPY = "scope: a copy of a page for print, AMP or phones"
    MACHINE = "scope: an address for machines"
    COMMENT_FEED = "scope: a feed of comments"
    TOO_LONG = "trap: an address longer than 2,000 characters"
    TOO_DEEP = "trap: a path of more than 15 segments"
    REPEATED = "trap: repeating path segments"
    PARAMETERS = "trap: too many parameters"
    SESSION = "trap: a session id"
    CALENDAR = "trap: a calendar beyond the site's time"
    ENDLESS = "trap: endless pagination"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and its reason."""

    verdict: Verdict
    reason: Reason


_VERDICTS = (
    (Verdict.ARTICLE, {Reason.LISTED, Reason.ALLOWED, Reason.DATED, Reason.NUMBERED, Reason.SLUG,
                       Reason.HEADLINE}),
    (Verdict.LISTING, {Reason.FRONT_PAGE, Reason.DOCUMENT_OF_LINKS, Reason.NAMED_LISTING, Reason.PAGINATION,
                       Reason.DATE_ARCHIVE, Reason.SECTION}),
    (Verdict.UNLIKELY, {Reason.TOPIC, Reason.ABOUT, Reason.SHAPELESS, Reason.FURNITURE}),
)  # fmt: skip
_VERDICT_OF = {reason: verdict for verdict, reasons in _VERDICTS for reason in reasons}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILES = _words(
    """jpg jpeg png gif webp avif svg ico bmp tif tiff heic pdf doc docx xls xlsx ppt pptx odt ods odp rtf csv
    epub mp3 m4a ogg oga wav flac aac opus mp4 m4v webm mov avi wmv flv mkv mpg mpeg m3u m3u8 ts zip rar 7z gz
    bz2 xz tar tgz exe dmg apk msi iso bin css js mjs json xml rss atom rdf txt ics woff woff2 ttf otf eot swf
    map"""
)
_ENDPOINTS = {
    Reason.ACCOUNT: _words(
        """login log-in signin sign-in signup sign-up logout signout sign-out account accounts my-account
        myaccount lost-password reset-password auth oauth sso anmelden konto connexion inscription
        iniciar-sesion user users wp-login.php wp-admin"""
    ),
    Reason.SEARCH: _words("search suche recherche rechercher buscar busca busqueda ricerca zoeken szukaj"),
    Reason.SHOP: _words(
        "cart basket checkout warenkorb panier carrito donate payment subscribe abonnement suscripcion"
    ),
    Reason.SHARE: _words("share sharer email-article send-to-friend comments respond trackback report-abuse"),
    Reason.MACHINE: _words("wp-json wp-content wp-includes xmlrpc.php oembed api graphql ajax cdn-cgi _next"),
    Reason.COPY: _words("amp print printer-friendly print-view imprimir drucken druckansicht imprimer"),
}
"""Reason -> words that make an endpoint when they are a path's last segment, or its first (shops aside)."""
_PARAMETERS = {
    Reason.SEARCH: _words("q s query search keyword keywords searchtext search_query suche"),
    Reason.SHARE: _words("share shared replytocom add-to-cart"),
    Reason.COPY: _words("print printable printview amp outputtype"),
    Reason.ACCOUNT: _words("login logout redirect_to returnurl return_to"),
}
"""Reason -> names of parameters that make an endpoint."""
_TOPICS = _words(
    """tag tags topic topics author authors autor autoren auteur writer writers by people person profile
    profiles contributor contributors staff reporter reporters journalist journalists keyword hashtag thema
    themen sujet tema temas etiqueta schlagwort stichwort"""
)
_SECTIONS = _words(
    "category categories categoria kategorie categorie section sections rubrik rubrique seccion"
)
_ABOUT = _words(
    """about about-us contact contact-us kontakt privacy privacy-policy terms terms-of-use terms-of-service
    terms-and-conditions cookies cookie-policy imprint impressum datenschutz agb advertise advertising jobs
    careers newsletter newsletters sitemap faq help accessibility copyright legal disclaimer mentions-legales
    rss app apps register subscriptions shop store classifieds horoscopes crosswords sudoku puzzles"""
)
PAGE_WORDS = _words("page pagina seite pag p")
PAGE_PARAMETERS = _words("page paged pagina seite pg")
_ID_PARAMETERS = _words(
    "id p artid article articleid article_id story storyid story_id nid aid newsid news_id item post postid"
)
_LANDMARKS_OF_FURNITURE = frozenset({Place.NAV, Place.HEADER, Place.FOOTER})
_HEADLINE_WORDS = 5
_COPY_HOST = re.compile(r"^(?:m|mobile|touch|amp)\.")
_SESSION_NAME = re.compile(r".*sess.*|sid|s|token", re.IGNORECASE)
_SESSION_VALUE = re.compile(r"[0-9a-f-]{16,}", re.IGNORECASE)
_ID = re.compile(r"\d{5,}|^(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{10,}$|[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
_EXTENSION = re.compile(r"\.([a-z0-9]{1,5})$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}|\d+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ORIGIN = re.compile(r"https?://[^/?#\\]+", re.IGNORECASE)


class Scope:
    """The scope of one site. Raises errors.SiteListError for a pattern that is no regular expression."""

    def __init__(self, site: Site, today: date | None = None) -> None:
        self._hosts = frozenset(_bare(host.lower()) for host in (_host(site.url), *site.hosts))
        self._keep = frozenset(site.keep_params)
        self._front = canonical_url(site.url, self._keep)
        self._allow = _patterns(site, "allow", site.allow)
        self._deny = _patterns(site, "deny", site.deny)
        self._today = today
        """The day of the crawl, against which calendars are judged; None leaves the future open."""

    def judge(self, url: str, *, role: str = Role.PAGE, place: str = Place.BODY, text: str = "") -> Judgement:
        """What to do with `url`, found as `role` at `place` under the words `text`, and why. Never raises."""
        reason = self._reason(url, role, place, text)
        return Judgement(_VERDICT_OF.get(reason, Verdict.REFUSED), reason)

    def is_elsewhere(self, url: str) -> bool:
        """Whether `url` is on none of the site's hosts, as far as a look at its beginning tells."""
        found = _ORIGIN.match(url)
        try:
            return found is not None and not self._is_own(_host_of_origin(found[0]))
        except ValueError:
            return False

    def _is_own(self, host: str) -> bool:
        return _bare(host) in self._hosts or self._is_copy_host(host)

    def _is_copy_host(self, host: str) -> bool:
        """Whether the site's pages stand on `host` once more, for phones or as AMP."""
        bare = _COPY_HOST.sub("", host)
        return bare != host and _bare(bare) in self._hosts and _bare(host) not in self._hosts

    def _reason(self, url: str, role: str, place: str, text: str) -> Reason:
        if len(url) > LONGEST_URL:
            return Reason.TOO_LONG
        try:
            address = _Address(url, self._keep)
        except ValueError:
            return Reason.MALFORMED
        refusal = self._refusal(address, role, place) or self._trap(address)
        if refusal:
            return refusal
        if role in (Role.FEED, Role.SITEMAP):
            return Reason.DOCUMENT_OF_LINKS
        if address.url == self._front or (not address.segments and not address.parameters):
            return Reason.FRONT_PAGE
        if role == Role.LISTING:
            return Reason.NAMED_LISTING
        return self._page(address, place, text)

    def _refusal(self, address: _Address, role: str, place: str) -> Reason | None:
        """Why a URL is out of scope, traps aside."""
        own = place in NAMED_BY_THE_SITE and role != Role.PAGE
        if address.scheme not in ("http", "https"):
            return Reason.SCHEME
        if not own and _bare(address.host) not in self._hosts:
            is_copy = role not in (Role.FEED, Role.SITEMAP) and self._is_copy_host(address.host)
            return Reason.COPY if is_copy else Reason.OTHER_HOST
        if any(pattern.search(address.found) for pattern in self._deny):
            return Reason.DENIED
        if role == Role.FEED and not own and address.names & {"comments", "comment"}:
            return Reason.COMMENT_FEED
        return None if role in (Role.FEED, Role.SITEMAP) or own else _endpoint(address)

    def _trap(self, address: _Address) -> Reason | None:
        if len(address.segments) > MOST_SEGMENTS:
            return Reason.TOO_DEEP
        if _repeats(address.segments):
            return Reason.REPEATED
        if len(address.parameters) > MOST_PARAMETERS:
            return Reason.PARAMETERS
        if any(_is_session(k, v) and k not in self._keep for k, v in address.parameters):
            return Reason.SESSION
        if address.page > DEEPEST_PAGINATION:
            return Reason.ENDLESS
        return Reason.CALENDAR if self._beyond_time(address) else None

    def _beyond_time(self, address: _Address) -> bool:
        """Whether the date that the address carries lies where the site has no news."""
        if address.date is None:
            return False
        margin = timedelta(days=366 if address.names_article_of_date else 31)
        early = address.date.year < FIRST_YEAR and not address.names_article_of_date
        return early or (self._today is not None and address.date > self._today + margin)

    def _page(self, address: _Address, place: str, text: str) -> Reason:
        """What a page in scope seems to be, by its address, and else by the words of the link to it."""
        listing = _listing(address)
        if self._allow and any(pattern.search(address.found) for pattern in self._allow):
            return Reason.ALLOWED
        article = None
        if listing is None:
            listed = place in (Place.FEED, Place.NEWS_SITEMAP)
            article = Reason.LISTED if listed else _article(address, place)
        if article and self._allow:
            return Reason.NOT_ALLOWED
        return article or listing or self._by_words(address, place, text) or _remainder(address)

    def _by_words(self, address: _Address, place: str, text: str) -> Reason | None:
        """What the words of a link make of an address that tells nothing: a number is a page of a listing, as
        many words as a headline has lead to an article. Names of parameters that sort and filter do not."""
        if text.isascii() and text.isdigit() and len(text) < 5:
            return Reason.PAGINATION
        if self._allow or address.parameters or place in _LANDMARKS_OF_FURNITURE:
            return None
        return Reason.HEADLINE if is_headline(text) else None


class _Address:
    """The parts of a URL that scope looks at. Raises ValueError when it cannot be parsed."""

    def __init__(self, found: str, keep: frozenset[str]) -> None:
        self.found = found
        self.url = canonical_url(found, keep)
        parts = urlsplit(self.url)
        self.scheme = parts.scheme.lower()
        self.host = _host(self.url)
        self.path = unquote(parts.path)
        self.segments = [segment.lower() for segment in self.path.split("/") if segment]
        self.parameters = parse_qsl(parts.query, keep_blank_values=True)
        self.last, self.extension = _split_extension(self.segments[-1] if self.segments else "")
        self.name = self.segments[-2] if len(self.segments) > 1 and len(self.last) < 4 else self.last
        """What an article would be called: the last segment, or the one before a mere page or language."""
        self.words = _count_words(self.name)
        self.keys = frozenset(name.lower() for name, _ in self.parameters if name not in keep)
        """Names of parameters, save those of which the archivist says that they choose a page."""
        self.names = frozenset(self.segments)
        self.page = self._page()
        self.date, self.names_article_of_date = self._date()

    def _page(self) -> int:
        """The number of a page of a listing, or 0."""
        numbers = [v for k, v in self.parameters if k.lower() in PAGE_PARAMETERS]
        if len(self.segments) > 1 and self.segments[-2] in PAGE_WORDS:
            numbers.append(self.last)
        return max((int(n) for n in numbers if n.isascii() and n.isdigit()), default=0)

    def _date(self) -> tuple[date | None, bool]:
        """The date in the address, and whether something that may be an article's name stands beside it."""
        found = dated.PATH_DATE.search(self.path)
        if found:
            named = bool(self.path[found.end() :].strip("/")) or _is_slug(self.path[: found.start()])
            return dated.day(*found.groups()), named
        found = dated.WRITTEN_DATE.search(self.path)
        if found:
            before, after = self.path[: found.start()].rpartition("/")[2], self.path[found.end() :]
            named = len(_LETTERS.findall(before)) > 1 or len(_EXTENSION.sub("", after).strip("/")) > 3
            return _written_date(found), named
        for name, value in self.parameters:
            found = dated.WRITTEN_DATE.search(value) if name.lower() in dated.DATE_PARAMETERS else None
            if found:
                return _written_date(found), False
        return None, False


def is_headline(text: str) -> bool:
    """Whether the words of a link may be a headline, by their number."""
    return _count_words(text) >= _HEADLINE_WORDS and len(text) > 20


def without_session(url: str, keep: Iterable[str] = ()) -> str:
    """The address without the parameters that look like a session id; those in `keep` stay."""
    parts = urlsplit(url)
    pairs = [pair for pair in parts.query.split("&") if pair]
    named = [(pair, *pair.partition("=")[::2]) for pair in pairs]
    kept = [pair for pair, name, value in named if name in keep or not _is_session(name, value)]
    return parts._replace(query="&".join(kept)).geturl()


def _is_session(name: str, value: str) -> bool:
    return _SESSION_NAME.fullmatch(name) is not None and _SESSION_VALUE.fullmatch(value) is not None


def _endpoint(address: _Address) -> Reason | None:
    """Why no article and no listing of a news site has such an address."""
    if address.extension in _FILES:
        return Reason.FILE
    first, last = (address.segments[0], address.segments[-1]) if address.segments else ("", "")
    for reason, words in _ENDPOINTS.items():
        if last in words or (first in words and reason is not Reason.SHOP):
            return reason
    return next((reason for reason, words in _PARAMETERS.items() if address.keys & words), None)


def _listing(address: _Address) -> Reason | None:
    """What kind of list a page surely is, or None."""
    if address.page:
        return Reason.PAGINATION
    if address.date and not address.names_article_of_date:
        return Reason.DATE_ARCHIVE
    before = address.names - {address.segments[-1]} if address.segments else address.names
    numbered = bool(_ID.search(address.name))
    surely_article = address.names_article_of_date or (numbered and address.words > 2)
    if address.last in _TOPICS or (before & _TOPICS and not surely_article):
        return Reason.TOPIC
    if before & _SECTIONS and not numbered:
        return Reason.SECTION
    if address.last in _ABOUT and len(address.segments) <= 2:
        return Reason.ABOUT
    return None


def _article(address: _Address, place: str) -> Reason | None:
    """What about the address looks like an article's, or None."""
    if address.names_article_of_date:
        return Reason.DATED
    if _ID.search(address.name) or any(
        key.lower() in _ID_PARAMETERS and len(value) > 1 and value.isdigit()
        for key, value in address.parameters
    ):
        return Reason.NUMBERED
    if address.words >= (3 if len(address.segments) > 1 else 4):
        return Reason.FURNITURE if place in _LANDMARKS_OF_FURNITURE else Reason.SLUG
    return None


def _remainder(address: _Address) -> Reason:
    """What an address is that looks neither like an article nor surely like a list."""
    short = len(address.segments) <= 3 and all(len(segment) <= 30 for segment in address.segments)
    return Reason.SECTION if short and not address.parameters and address.words < 4 else Reason.SHAPELESS


def _repeats(segments: list[str]) -> bool:
    """Whether a segment stands three times, or a run of several follows itself: the mark of a broken link."""
    if any(count > 2 for count in Counter(segments).values()):
        return True
    return any(
        segments[i : i + size] == segments[i + size : i + 2 * size]
        for size in range(2, len(segments) // 2 + 1)
        for i in range(len(segments) - 2 * size + 1)
    )


def _written_date(found: re.Match[str]) -> date | None:
    year, _, month, day, compact_month, compact_day = found.groups()
    return dated.day(year, month or compact_month, day or compact_day)


def _count_words(text: str) -> int:
    """Words in a segment; a long one without spaces (Chinese, Japanese, Thai) counts by its length."""
    words = _WORD.findall(text)
    return max(len(words), max((len(word) for word in words if not word.isascii()), default=0) // 5)


def _is_slug(path: str) -> bool:
    return _count_words(path.rpartition("/")[2]) > 3


def _split_extension(segment: str) -> tuple[str, str]:
    found = _EXTENSION.search(segment)
    return (segment[: found.start()], found.group(1).lower()) if found else (segment, "")


def _host(url: str) -> str:
    """Host with its port where that is not the scheme's own, in lower case."""
    return urlsplit(canonical_url(url)).netloc


@lru_cache(maxsize=4096)
def _host_of_origin(origin: str) -> str:
    return _host(origin)


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _patterns(site: Site, key: str, patterns: Iterable[str]) -> list[re.Pattern[str]]:
    try:
        return [re.compile(pattern) for pattern in patterns]
    except re.error as error:
        raise SiteListError(
            f"site {site.key}, {key}: {error.pattern!r} is no regular expression ({error.msg})"
        ) from error
