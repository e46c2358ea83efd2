"""Markup that a parser would choke on -> markup that it will not, and everything else unchanged.

Promises: linear time; a page that a person wrote comes back byte for byte. HTML's own algorithm takes time
that grows with the square of the nesting depth (each block-level tag looks up the stack of open elements
for a `p`) and of the attributes of one tag (each is compared with those before it), so both are bounded
here, and the size of the page too.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

Ints = npt.NDArray[np.int64]
Signs = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

MAX_BYTES = 6_000_000
"""A page is cut here: three times the largest news page known."""
MAX_TAGS = 120_000
"""And at this many tags: a parsed node takes some 200 bytes."""
MAX_DEPTH = 1_500
"""Start tags nested deeper than this are dropped; their text stays."""
MAX_ATTRIBUTES = 120
"""A tag with more attributes than this loses all of them."""

_SUSPECT_DEPTH = 3_000
_SUSPECT_VALUES = 16_000
_SUSPECT_ATTRIBUTES = 240
_SUSPECT_PAIRS = 30_000_000
"""Comparisons of attributes, over all tags with more than so many, from which a page is looked at closer."""
_MOST_PAIRS = 300_000_000
"""The same, if what seems to be scripts were tags: half a second's work."""

_TAG = re.compile(
    rb"<(?:(?:script|style)\b.*?</(?:script|style)|!--.*?-->)"
    rb"|<(/?)([a-zA-Z][^\s/>]*)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?)*+)>?",
    re.S | re.I,
)
"""A script, style or comment whole; or a tag: its slash, name and attributes."""
_ATTRIBUTE = re.compile(rb"[^\s\"'/=>]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++))?")
_SHALLOW = frozenset(
    b"area base br col embed hr img input link meta param source track wbr p li dt dd tr td th option".split()
)
"""Tags that have no end tag, or need none: they do not nest."""


def tame(markup: bytes) -> tuple[bytes, bool]:
    """Bound a page's size, depth and attributes; the second value tells whether its end was cut off."""
    bounded = markup[:MAX_BYTES]
    signs = np.frombuffer(bounded, np.uint8)
    opens = np.flatnonzero(signs == ord("<"))
    if len(opens) > MAX_TAGS:
        bounded = bounded[: int(opens[MAX_TAGS])]
        signs, opens = signs[: len(bounded)], opens[:MAX_TAGS]
    cut = len(bounded) < len(markup)
    return (_rewrite(bounded) if _deep(signs, opens) or _wide(bounded, signs, opens) else bounded), cut


def _deep(signs: Signs, opens: Ints) -> bool:
    """Whether tags may nest too deep: counts void tags too, so it errs only towards looking closer."""
    if len(opens) < _SUSPECT_DEPTH:
        return False
    after = _after(signs, opens, 1)
    step = np.where(after == ord("/"), -1, (after >= ord("a")) & (after <= ord("z"))).astype(np.int32)
    depth = np.cumsum(step)
    return bool((depth - np.minimum.accumulate(np.minimum(depth, 0))).max() > _SUSPECT_DEPTH)


def _after(signs: Signs, places: Ints, distance: int) -> Signs:
    """The signs at a distance behind places, letters in lower case; the last one where the page is over."""
    found = signs[np.minimum(places + distance, len(signs) - 1)]
    return np.where((found >= ord("A")) & (found <= ord("Z")), found | 0x20, found)


def _wide(markup: bytes, signs: Signs, opens: Ints) -> bool:
    """Whether tags may hold too many attributes: long runs without ">", or very many quoted values."""
    if markup.count(b"=") > _SUSPECT_VALUES:
        after = _after(signs, np.flatnonzero(signs == ord("=")), 1)
        quoted = (after == ord('"')) | (after == ord("'")) | (after <= ord(" "))
        if np.count_nonzero(quoted) > _SUSPECT_VALUES:
            return True
    ends = np.flatnonzero(signs == ord(">"))
    starts = np.concatenate(([0], ends + 1))
    lengths = np.concatenate((ends, [len(markup)])) - starts
    long = lengths > 2 * _SUSPECT_ATTRIBUTES
    starts, lengths = starts[long], lengths[long]
    if _comparisons(lengths // 2) <= _SUSPECT_PAIRS:
        return False
    spans = zip(starts.tolist(), lengths.tolist(), strict=True)
    counts = np.array([_separators(markup[at : at + length]) for at, length in spans], np.int64)
    counts[counts <= _SUSPECT_ATTRIBUTES] = 0
    if _comparisons(counts) <= _SUSPECT_PAIRS:
        return False
    raw = _in_raw_text(signs, opens, starts)
    if _comparisons(counts[~raw]) > _SUSPECT_PAIRS:
        return True
    raw &= counts > 0
    return _comparisons(counts[raw]) > _MOST_PAIRS and not _are_raw(markup, starts[raw], lengths[raw])


def _are_raw(markup: bytes, starts: Ints, lengths: Ints) -> bool:
    """Whether runs that seem to lie in scripts do so: what opens a script may stand in a tag's quoted value.

    Asks the parser, of the page with a mark in the place of each run.
    """
    mark = b"run"
    while mark in markup:
        mark += b"n"
    parts: list[bytes] = []
    at = 0
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        end = start + length
        closes = markup.find(b"</", start, end)
        after = end if closes < 0 else closes
        if end - after > 2 * _SUSPECT_ATTRIBUTES:
            return False
        parts += [markup[at:start], mark]
        at = after
    parts.append(markup[at:])
    scripts = LexborHTMLParser(b"".join(parts)).css("script, style")
    return sum(script.text().count(mark.decode()) for script in scripts) == len(starts)


def _comparisons(counts: Ints) -> int:
    """What a parser compares in tags of so many attributes, twice over."""
    return int((counts * counts).sum())


def _in_raw_text(signs: Signs, opens: Ints, places: Ints) -> Mask:
    """Of places in a page: whether they lie in a script or style, where no tag is."""
    closing = _after(signs, opens, 1) == ord("/")
    names = opens + closing
    likely = _after(signs, names, 1) == ord("s")
    names, closing = names[likely], closing[likely]
    inside = np.zeros(len(places) + 1, np.int64)
    for name in (b"script", b"style"):
        named = np.ones(len(names), np.bool_)
        for distance, letter in enumerate(name, 1):
            named &= _after(signs, names, distance) == letter
        begins, closes = names[named & ~closing], np.append(names[named & closing], len(signs))
        ends = closes[np.searchsorted(closes, begins)]
        np.add.at(inside, np.searchsorted(places, begins), 1)
        np.add.at(inside, np.searchsorted(places, ends), -1)
    return np.asarray(np.cumsum(inside[:-1]) > 0)


def _separators(run: bytes) -> int:
    """At most how many attributes a run of bytes may hold."""
    return len(run) - len(run.translate(None, b" \n\t\r\f/\"'"))


def _rewrite(markup: bytes) -> bytes:
    """The page with too deep start tags dropped and too wide ones bared."""
    depth = 0

    def bounded(tag: re.Match[bytes]) -> bytes:
        nonlocal depth
        end, name, attributes = tag.groups()
        if name is None:
            return tag[0]
        if name.lower() not in _SHALLOW:
            if end:
                depth = max(0, depth - 1)
                return tag[0] if depth < MAX_DEPTH else b""
            depth += 1
            if depth > MAX_DEPTH:
                return b""
        if len(attributes) > MAX_ATTRIBUTES and len(_ATTRIBUTE.findall(attributes)) > MAX_ATTRIBUTES:
            return b"<" + end + name + b">"
        return tag[0]

    return _TAG.sub(bounded, markup)
