"""Bytes as they came -> UTF-8 markup, and the name of the encoding that was used.

Promises: any bytes give some text, in time linear in their number. The order is the WHATWG's (byte order
mark, Content-Type, meta), but what the page says is checked against its bytes: UTF-8 that does not decode
is not UTF-8, and bytes that decode as multi-byte UTF-8 are UTF-8 whatever the page says. Never guesses when
the bytes themselves are proof.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from html import unescape

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:+-]{1,40})", re.I)
_META_CHARSET = re.compile(
    rb"<(?:meta\s[^>]{0,400}?charset|\?xml\s[^>]{0,200}?encoding)\s*=\s*[\"']?\s*([\w.:+-]{1,40})", re.I
)
_PRESCAN = 8192
"""Bytes looked at for a meta charset; the standard says 1024, real pages need more."""

_WHATWG = {
    "ascii": "windows-1252",
    "iso8859-1": "windows-1252",
    "cp1252": "windows-1252",
    "iso8859-9": "windows-1254",
    "cp1254": "windows-1254",
    "tis-620": "windows-874",
    "iso8859-11": "windows-874",
    "cp874": "windows-874",
    "gb2312": "gbk",
    "cp949": "euc-kr",
    "euc_kr": "euc-kr",
    "cp932": "shift_jis",
    "euc_jp": "euc-jp",
    "euc_jis_2004": "euc-jp",
    "big5hkscs": "big5",
    "utf-16": "utf-16le",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "koi8-r": "koi8-r",
}
"""Python's codec name -> WHATWG name, where they differ and it matters."""

_CODEC = {
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "windows-874": "cp874",
}
"""WHATWG name -> the Python codec that decodes as browsers do, where it is not the name itself."""

_NO_CHARSETS = frozenset(("utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"))
"""Text codecs of Python's that no page is to be decoded by."""

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))

_UTF8_PAIR = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{1,3}")
_ASCII, _HIGH = bytes(range(0x80)), bytes(range(0x80, 0x100))
_JUDGED = 2_000_000
"""Bytes of a page that is not valid UTF-8 that are looked at to tell whether it is damaged UTF-8."""
_SNIFFED = 200_000
"""Bytes of a page without a usable declaration that are looked at to tell its script."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's markup as valid UTF-8 without NULs, and the WHATWG name of the encoding it came in."""

    markup: bytes
    encoding: str


def decode(html: bytes, content_type: str | None = None) -> Decoded:
    """Decode a page by byte order mark, header, meta and, where these do not fit its bytes, by the bytes."""
    for mark, name in _MARKS:
        if html.startswith(mark):
            return _as(html[len(mark) :], name)
    declared = _declared(html, content_type)
    if not _is_utf8(html):
        return _as(html, _not_utf8(html, declared))
    if declared not in (None, "utf-8") and not _multibyte(html):
        return _as(html, str(declared))
    return Decoded(html.replace(b"\0", b""), "utf-8")


def _is_utf8(html: bytes) -> bool:
    """Whether bytes are valid UTF-8; in parts, for one wide character makes the whole of a text wide."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(html), _PART):
            decoder.decode(html[at : at + _PART])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


_PART = 1 << 15


def unescaped(text: str) -> str:
    """`text` with its character references undone; those of numbers without end name no character."""
    return unescape(_ENDLESS.sub("\ufffd", text) if "&#" in text else text)


_ENDLESS = re.compile(r"&#[xX]?[0-9a-fA-F]{12,};?")
"""Python refuses to read a number of some thousand digits."""


def is_binary(html: bytes) -> bool:
    """Whether bytes are no text at all: one in ten of the first is a control character, white space aside."""
    start = html[:2_000]
    marked = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    return not marked and len(start.translate(None, _CONTROLS)) < 0.9 * len(start)


def _declared(html: bytes, content_type: str | None) -> str | None:
    """The encoding that header or meta names, by its WHATWG name; None without a usable one."""
    found = _HEADER_CHARSET.search(content_type or "")
    name = whatwg_name(found[1]) if found else None
    if name:
        return name
    meta = _META_CHARSET.search(html, 0, _PRESCAN)
    name = whatwg_name(meta[1].decode("ascii")) if meta else None
    # The standard: a meta tag that could be read as ASCII cannot stand in UTF-16.
    return "utf-8" if name in ("utf-16le", "utf-16be") else name


def whatwg_name(label: str) -> str | None:
    """The WHATWG name of an encoding label, None when no text codec goes by it."""
    try:
        codec = codecs.lookup(label.strip())
    except (LookupError, ValueError):
        return None
    if not codec._is_text_encoding or codec.name in _NO_CHARSETS:
        return None
    name = _WHATWG.get(codec.name, codec.name)
    return re.sub(r"^cp(125\d)$", r"windows-\1", re.sub(r"^iso8859-", "iso-8859-", name))


def _multibyte(html: bytes) -> bool:
    """Whether valid UTF-8 holds a character beyond ASCII: then it is no accident."""
    return not html.isascii() and b"\x1b$" not in html[:_PRESCAN]


def _as(html: bytes, name: str) -> Decoded:
    """Decode as the encoding of this WHATWG name, replacing what does not fit."""
    text = html.decode(_CODEC.get(name, name), "replace")
    return Decoded(text.replace("\0", "").encode("utf-8", "replace"), name)


def _not_utf8(html: bytes, declared: str | None) -> str:
    """The encoding of bytes that are not valid UTF-8 throughout."""
    if declared not in (None, "utf-8"):
        return str(declared)
    judged = html[:_JUDGED]
    pairs = sum(map(len, _UTF8_PAIR.findall(judged)))
    high = len(judged) - len(judged.translate(None, _HIGH))
    if pairs > 0.75 * high:  # UTF-8 with some damage: a cut character, a foreign snippet
        return "utf-8"
    return _sniff(html[:_SNIFFED])


def _sniff(html: bytes) -> str:
    """A legacy encoding by its bytes: multi-byte if that decodes, Cyrillic by its letters, or Western."""
    high = html.translate(None, _ASCII)
    letters = len(re.findall(rb"[A-Za-z]", re.sub(rb"<[^>]*>", b"", html)))
    if len(high) > 0.3 * (letters + len(high)):
        for name in ("euc-jp", "shift_jis", "euc-kr", "gbk", "big5"):
            if _decodes(html[:-4] if len(html) == _SNIFFED else html, name):
                return name if not _cyrillic(high) else "windows-1251"
    return "windows-1251" if _cyrillic(high) and len(high) > letters else "windows-1252"


def _decodes(html: bytes, name: str) -> bool:
    try:
        html.decode(_CODEC.get(name, name))
    except UnicodeDecodeError:
        return False
    return True


def _cyrillic(high: bytes) -> bool:
    """Whether bytes above 0x7f are spread as the letters of windows-1251: nine in ten of them lower-case."""
    lower = sum(byte >= 0xE0 for byte in high)
    return lower > 0.8 * len(high)
