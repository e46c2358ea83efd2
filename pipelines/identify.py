"""Which article is this? Canonical URL, article key and content hash: pure functions of what they are given.

Promises: each is idempotent or insensitive to what it folds away, and never raises on a malformed URL.
Never folds a parameter that could change the page: only names that are known to track are dropped.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import unescape
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from pipelines.model import Site

AGREEMENT = 0.5
"""A copy shares at least this part of the shorter text's words with the article that it claims to be."""
_TRACKING_PREFIXES = (
    "utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "__hs", "at_", "ns_", "guce_referrer",
)  # fmt: skip
_TRACKING = frozenset({
    "fbclid", "gclid", "gclsrc", "gbraid", "wbraid", "gad_source", "gad_campaignid", "dclid", "msclkid",
    "yclid", "twclid", "ttclid", "srsltid", "epik", "igsh", "igshid", "li_fat_id", "mc_cid", "mc_eid",
    "mc_tc", "mkt_tok", "_hsenc", "_hsmi", "hsctatracking", "vero_id", "vero_conv", "oly_enc_id",
    "oly_anon_id", "wt_mc", "s_cid", "cmpid", "cmp", "icid", "ocid", "xtor", "smid", "smtyp", "guccounter",
    "ref_src", "ref_url", "__twitter_impression", "_ga", "_gl", "fb_ref", "fb_source", "fb_action_ids",
    "fb_action_types", "soc_src", "soc_trk",
})  # fmt: skip
"""Query parameters that tell a site where its reader came from, in lower case; none chooses a page."""
_SESSIONS = frozenset({
    "phpsessid", "jsessionid", "sessionid", "session_id", "sessid", "cfid", "cftoken", "asp.net_sessionid",
})  # fmt: skip
_PATH_SESSION = re.compile(r";(jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
_INDEX = re.compile(r"/(index|default)\.(html?|php|aspx?|jsp|cfm)$", re.IGNORECASE)
_COPY_SEGMENTS = frozenset({
    "amp", "print", "printer-friendly", "print-view", "imprimir", "drucken", "druckansicht", "imprimer",
})  # fmt: skip
_COPY_PARAMETERS = frozenset({"print", "printable", "printview", "amp", "outputtype"})
_COPY_HOST = re.compile(r"^(?:amp|print|m|mobile|touch)\.")
_LINK = re.compile(rb"<link\b([^<>]{1,2000})>", re.IGNORECASE)
_LONGEST_REMEMBERED = 2000
_HEAD_BYTES = 200_000
"""Of a page, that are looked at for its editions in other languages."""
_PORTS = {"http": 80, "https": 443}
_SAFE = "!$&'()*+,;=:@~-._"
"""What RFC 3986 lets stand in a path segment; everything else is percent-encoded."""
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_LONE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def canonical_url(url: str, keep_params: Iterable[str] = ()) -> str:
    """One spelling for all the addresses of a page; `keep_params` names parameters that this site needs.

    Scheme and host in lower case, no default port, no fragment, no tracking or session parameter, parameters
    in order of name (those of one name in the order they came), percent-encoding as RFC 3986 (6.2.2)
    normalises it, no dot segments, no index.html at the end. A URL that cannot be parsed comes back stripped
    of white space.
    """
    spell = _remembered if len(url) <= _LONGEST_REMEMBERED else _canonical
    return spell(url, tuple(keep_params))


def _canonical(url: str, keep_params: tuple[str, ...]) -> str:
    url = re.sub(r"[\t\r\n]", "", url).strip()
    try:
        parts = urlsplit(url)
        host = _host(parts)
    except ValueError:
        return url
    if not host or parts.scheme.lower() not in _PORTS:
        return url
    path = _PATH_SESSION.sub("", parts.path)
    path = _INDEX.sub("/", _without_dots(_encoded(path, _SAFE + "/"))) or "/"
    return urlunsplit((parts.scheme.lower(), host, path, _query(parts.query, frozenset(keep_params)), ""))


_remembered = lru_cache(maxsize=1024)(_canonical)
"""A capture is asked for the spelling of its address half a dozen times."""


def article_key(url: str, canonical: str | None, site: Site) -> str:
    """The identity of an article in the archive: host and path, and the query that is left.

    http and https, www and none are one. The page's own rel=canonical is believed when it is on one of the
    site's hosts and names a page rather than the front page; AMP, print and mobile copies meet there.
    """
    if canonical and names_page(canonical) and same_site(canonical, site, url):
        url = canonical
    url = canonical_url(url, site.keep_params)
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    path = parts.path.rstrip("/") or "/"
    return f"{_bare_host(parts.netloc)}{path}" + (f"?{parts.query}" if parts.query else "")


def original_of(url: str) -> str | None:
    """The address of the page of which `url` is a copy for print, AMP or phones, by what its path, parameters
    or host add; None when it does not look like one."""
    try:
        parts = urlsplit(url)
        host = _host(parts)
    except ValueError:
        return None
    segments = parts.path.split("/")
    kept = [segment for segment in segments if segment.lower() not in _COPY_SEGMENTS]
    pairs = [pair for pair in parts.query.split("&") if pair]
    query = [pair for pair in pairs if pair.partition("=")[0].lower() not in _COPY_PARAMETERS]
    plain_host = _COPY_HOST.sub("", host) if host.count(".") else host
    if (kept, query, plain_host) == (segments, pairs, host):
        return None
    path = "/".join(kept)
    path = path.rstrip("/") if kept[-1:] == [""] and not parts.path.endswith("/") else path
    return urlunsplit((parts.scheme, plain_host, path or "/", "&".join(query), ""))


def is_variant(url: str, other: str) -> bool:
    """Whether two addresses differ in no more than scheme, www, parameters, and what copies for print, AMP or
    phones add."""
    try:
        one, two = (urlsplit(canonical_url(original_of(address) or address)) for address in (url, other))
    except ValueError:
        return False
    return _family(one.netloc) == _family(two.netloc) and one.path.rstrip("/") == two.path.rstrip("/")


def same_site(candidate: str, site: Site, url: str) -> bool:
    """Whether `candidate` is on the host of `url` or on one of the site's (www, m and amp hosts aside)."""
    try:
        wanted = _family(_host(urlsplit(candidate)))
        own = {_family(_host(urlsplit(address))) for address in (url, site.url)}
    except ValueError:
        return False
    return bool(wanted) and wanted in own | {_family(host.lower()) for host in site.hosts}


def editions(html: bytes, url: str) -> dict[str, str]:
    """Canonical address -> language tag, in lower case, of the editions that a page says it has in other
    languages, itself included (link rel=alternate hreflang; HTML, 4.6.7.1)."""
    if b"hreflang" not in html[:_HEAD_BYTES]:
        return {}
    said: dict[str, str] = {}
    for found in _LINK.finditer(html[:_HEAD_BYTES]):
        link = dict(_attributes(found[1].decode("utf-8", "replace")))
        language, href = link.get("hreflang", "").strip().lower(), link.get("href", "").strip()
        if language and language != "x-default" and href and "alternate" in link.get("rel", "").lower():
            try:
                said[canonical_url(urljoin(url, unescape(href)))] = language
            except ValueError:
                continue
    return said


def is_translation(url: str, canonical: str, html: bytes) -> bool:
    """Whether a page says itself that what it calls its canonical address is its edition in another language.

    A canonical address should be that of the same language, but many templates name the main edition's."""
    here, there = canonical_url(url), canonical_url(canonical)
    if here == there or not there:
        return False
    said = editions(html, url)
    own, other = (said.get(address, "").partition("-")[0] for address in (here, there))
    return bool(own and other) and own != other


def _attributes(tag: str) -> Iterator[tuple[str, str]]:
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        yield name.lower(), double or single or bare


_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,20})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


def names_page(canonical: str) -> bool:
    """Whether a canonical address names one page, not a site's root (the mark of a broken template)."""
    try:
        parts = urlsplit(canonical_url(canonical))
    except ValueError:
        return False
    return parts.scheme in _PORTS and (parts.path != "/" or bool(parts.query))


def content_hash(title: str | None, standfirst: str | None, text: str) -> str:
    """The fingerprint of an article's words: 32 hex digits; typography and space are no difference."""
    parts = "\x1f".join(plain(part or "") for part in (title, standfirst, text))
    return hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def agree(one: str, other: str) -> bool:
    """Whether two texts share enough of the shorter one's words to be the same article."""
    first, second = (Counter(plain(text).split()) for text in (one, other))
    return (first & second).total() >= AGREEMENT * min(first.total(), second.total())


def plain(text: str) -> str:
    """The words of a text, one space between: NFKC, straight quotes, plain hyphens, nothing invisible."""
    if not text.isascii():
        text = _straight(text)
        if not unicodedata.is_normalized("NFKC", text):
            text = _straight(unicodedata.normalize("NFKC", text))
    return " ".join(text.split())


def _straight(text: str) -> str:
    return _TYPOGRAPHIC.sub(lambda found: _TYPOGRAPHY[found[0]], text)


_TYPOGRAPHY = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a\u00b4\u02bc", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63", "-"),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e", ""),
    "\u2026": "...",
}
"""Quotes, dashes, ellipsis, and what nobody sees: soft hyphens, joiners, marks of direction."""
_TYPOGRAPHIC = re.compile(f"[{''.join(_TYPOGRAPHY)}]")


def _host(parts: SplitResult) -> str:
    """Host in lower case, ASCII if it can be, with the port unless it is the scheme's; no user name."""
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            host = host.lower()
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    return f"{host}:{port}" if port and port != _PORTS.get(parts.scheme.lower()) else host


def _bare_host(host: str) -> str:
    return host.removeprefix("www.")


def _family(host: str) -> str:
    """The host that a site's www, mobile and AMP hosts have in common."""
    return re.sub(r"^(www|m|mobile|touch|amp|print)\.", "", host)


def _query(query: str, keep: frozenset[str]) -> str:
    """The parameters that may change the page, in order of name."""
    pairs = []
    for pair in query.split("&"):
        name = pair.partition("=")[0]
        if pair and (name in keep or not _dropped(name.lower())):
            pairs.append(_encoded(pair, _SAFE + "/?"))
    return "&".join(sorted(pairs, key=lambda pair: pair.partition("=")[0]))


def _dropped(name: str) -> bool:
    return name in _TRACKING or name in _SESSIONS or name.startswith(_TRACKING_PREFIXES)


def _encoded(part: str, safe: str) -> str:
    """Percent-encode what must be, undo it where it need not be, and keep other escapes in upper case."""
    escaped = _ESCAPE.sub(_normal_escape, _LONE_PERCENT.sub("%25", part))
    return quote(escaped, safe=safe + "%", errors="surrogatepass")


def _normal_escape(found: re.Match[str]) -> str:
    byte = unquote_to_bytes(found[0])
    return byte.decode() if byte[0] in _UNRESERVED else found[0].upper()


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4: no "." and ".." segments."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
