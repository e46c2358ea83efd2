"""CDXJ: where in WARC files each capture lies, by address and time, as pywb and WACZ read it.

    com,example)/2024/bridge 20240501120000 {"url": ..., "mime": ..., "status": ..., "digest": ..., ...}

Promises: one ASCII line a capture (response, revisit, resource), so that sorted text is sorted bytes. The key
is the address in SURT order, folded as the Internet Archive's tools fold it, so that a player finds what it
asks for. Never reads archive.db, never checks a digest: that is what `verify` is for.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from pipelines.errors import WarcError
from pipelines.warc import foreign
from pipelines.warc.records import Record

CAPTURES = ("response", "revisit", "resource")
_KEPT = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""What stays as it is in path and query; spaces, controls, #, % and everything beyond ASCII is escaped."""
_WWW = re.compile(r"^www\d*\.")
_SLASHES = re.compile(r"//+")
_PATH_SESSION = re.compile(r"\(([a-z]\([0-9a-z]{24}\))+\)/(?=[^?]+\.aspx)")
_QUERY_SESSION = re.compile(
    r"(?:^|(?<=&))(?:jsessionid=[0-9a-z]{32}|phpsessid=[0-9a-z]{32}|sid=[0-9a-z]{32}"
    r"|aspsessionid[a-z]{8}=[a-z]{24}|cfid=[^&]+&cftoken=[^&]+)(?:&|$)"
)
_PORTS = {"http": 80, "https": 443}


def key(url: str) -> str:
    """The address as a sort key: "https://www.example.com/a/?b=1" -> "com,example)/a?b=1"."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return _escaped(url)
    if parts.scheme not in _PORTS or not host:
        return _escaped(url)
    place = _reversed(host) + (f":{port}" if port and port != _PORTS[parts.scheme] else "")
    query = _query(parts.query)
    return f"{place}){_path(parts.path)}" + (f"?{query}" if query else "")


def timestamp(record: Record) -> str:
    """WARC-Date as 14 digits; raises WarcError without one."""
    return foreign.date(record).strftime("%Y%m%d%H%M%S")


def line(record: Record, name: str, length: int, offset: int | None = None) -> str:
    """The CDXJ line of a capture; raises WarcError when it has no date.

    name: what the line calls the file; length: of the record's gzip member; offset: where that lies, if not
    where it was read.
    """
    mime = foreign.content_type(record)
    fields = {
        "url": record.url,
        "mime": "warc/revisit" if record.kind == "revisit" else "unk" if mime == "unknown" else mime,
        "status": _status(record),
        "digest": record.fields.get("warc-payload-digest", "-"),
        "length": str(length),
        "offset": str(record.position if offset is None else offset),
        "filename": name,
    }
    return f"{key(record.url)} {timestamp(record)} {json.dumps(fields)}"


def _status(record: Record) -> str:
    """HTTP status; "200" for what never came over HTTP, as cdxj-indexer has it."""
    if record.kind == "resource":
        return "200"
    try:
        return str(foreign.status(record))
    except WarcError:
        return "-"


def _reversed(host: str) -> str:
    """ "www.example.com" -> "com,example"; an IPv4 address is reversed all the same, as pywb does it."""
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        host = _escaped(host)
    host = _WWW.sub("", host.lower())
    return host if ":" in host else ",".join(reversed(host.split(".")))


def _path(path: str) -> str:
    """Decoded as far as it goes, encoded once; no dot segments, lower case, no slash at the end."""
    kept: list[str] = []
    for segment in _SLASHES.sub("/", _escaped(path)).lstrip("/").split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + _PATH_SESSION.sub("", "/".join(kept).lower()).rstrip("/")


def _query(query: str) -> str:
    """In lower case and in order, without session numbers."""
    return "&".join(sorted(_QUERY_SESSION.sub("", _escaped(query).lower()).split("&")))


def _escaped(text: str) -> str:
    """Percent-encoding undone until there is none, then done once."""
    raw = text.encode("utf-8", "surrogatepass")
    while (plain := unquote_to_bytes(raw)) != raw:
        raw = plain
    return quote_from_bytes(raw, _KEPT).replace("%7F", "%7f") if raw else ""
