"""Markup that a parser would choke on -> markup that it will not, and everything else unchanged.

Promises: linear time; a page that a person wrote comes back byte for byte. HTML's own algorithm takes time that grows with
the square of the nesting depth (each block-level tag looks up the stack of open elements for a `p`) and of the attributes
of one tag (each is compared with those before it), so both are bounded here, and the size of the page too.
"""

from __future__ import annotations

import re

import numpy as np

MAX_BYTES = 8_000_000
"""A page is cut here: thirty times a large news page."""
MAX_TAGS = 250_000
"""And at this many tags: a parsed node takes some 200 bytes."""
MAX_DEPTH = 1_500
"""Start tags nested deeper than this are dropped; their text stays."""
MAX_ATTRIBUTES = 500
"""A tag with more attributes than this loses all of them."""

_SUSPECT_DEPTH = 3_000
_SUSPECT_QUOTES = 60_000
_SUSPECT_RUN = 40_000
"""Bytes without a ">"."""

_TAG = re.compile(
    rb"<(?:(?:script|style)\b.*?</(?:script|style)|!--.*?-->)|<(/?)([a-zA-Z][^\s/>]*)((?:[^>\"']++|\"[^\"]*+\"|'[^']*+'|[\"'])*+)>?", re.S | re.I
)
"""A script, style or comment whole; or a tag: its slash, name and attributes."""
_ATTRIBUTE = re.compile(rb"[^\s\"'/=>]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++))?")
_SHALLOW = frozenset(
    b"area base br col embed hr img input link meta param source track wbr p li dt dd tr td th option".split()
)
"""Tags that have no end tag, or need none: they do not nest."""


def tame(markup: bytes) -> tuple[bytes, bool]:
    """Bound a page's size, depth and attributes; the second value tells whether something was cut off its end."""
    bounded = markup[:MAX_BYTES]
    opens = np.flatnonzero(np.frombuffer(bounded, np.uint8) == ord("<"))
    if len(opens) > MAX_TAGS:
        bounded = bounded[: int(opens[MAX_TAGS])]
        opens = opens[:MAX_TAGS]
    if _deep(bounded, opens) or _wide(bounded):
        bounded = _rewrite(bounded)
    return bounded, len(bounded) < len(markup) and len(markup) > min(MAX_BYTES, len(bounded) + 1)


def _deep(markup: bytes, opens: np.ndarray) -> bool:
    """Whether tags may nest too deep: counts void tags too, so it errs only towards looking closer."""
    if len(opens) < _SUSPECT_DEPTH:
        return False
    after = np.frombuffer(markup + b" ", np.uint8)[opens + 1]
    step = np.where(after == ord("/"), -1, ((after | 0x20) >= ord("a")) & ((after | 0x20) <= ord("z"))).astype(np.int32)
    depth = np.cumsum(step)
    return bool((depth - np.minimum.accumulate(np.minimum(depth, 0))).max() > _SUSPECT_DEPTH)


def _wide(markup: bytes) -> bool:
    """Whether a tag may hold too many attributes."""
    if len(markup) < _SUSPECT_RUN:
        return len(markup) > 4 * MAX_ATTRIBUTES and _has_wide_tag(markup) if markup.count(b">") < 8 else False
    ends = np.flatnonzero(np.frombuffer(markup, np.uint8) == ord(">"))
    runs = np.diff(ends, append=len(markup))
    return any(
        not markup[end - 8 : end].startswith((b"</script", b"/script"))
        for end in (ends[np.flatnonzero(runs > _SUSPECT_RUN)] + runs[runs > _SUSPECT_RUN]).tolist()
    ) or markup.count(b'"') + markup.count(b"'") > _SUSPECT_QUOTES


def _has_wide_tag(markup: bytes) -> bool:
    return any(len(_ATTRIBUTE.findall(tag[3])) > MAX_ATTRIBUTES for tag in _TAG.finditer(markup))


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
