"""Parsed markup -> flat arrays: elements and text blocks in document order.

Promises: one parse, one pass over what the parser writes out again, no recursion, time linear in the page,
nothing of the parse tree kept. A block is a run of text between two block-level tags, as a reader sees a
line or a paragraph. Every element knows the range of blocks within it, so whatever is asked of a subtree
later is a difference of running sums. Nothing is judged here, and no text is dropped but that of scripts
and the like.

A parser's tree is slow to walk from Python, node by node; but the markup that it writes out is well formed,
so that tags and texts alternate and a regular expression can take them apart. The rest is arithmetic on
arrays: depth is a running sum, a parent is the last element opened one level further up.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import count
from typing import Final

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.article.cues import HIDDEN_BIT, TAG_BIT

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MAX_BLOCKS = 10_000
"""Blocks of a page beyond these are not read."""
MAX_TOKENS = 250_000
"""Nor tags: a parser makes some that stand nowhere, and more of them than a page has."""
MAX_RUN = 200_000
"""Characters of a text without a tag from which on it becomes several nodes."""

_RAW: Final = [
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "math",
    "iframe",
    "xmp",
    "noembed",
    "noframes",
    "plaintext",
    "head",
]
"""Taken out of the parse tree: what stands in these is no markup, or none that a reader sees."""
SKIPPED: Final = frozenset(
    [
        "object",
        "embed",
        "canvas",
        "link",
        "meta",
        "audio",
        "video",
        "map",
        "area",
        "progress",
        "meter",
        "datalist",
        "input",
        "textarea",
        "option",
        "optgroup",
        "frameset",
        "frame",
        "param",
        "source",
        "track",
        "base",
        "col",
    ]
)
"""Elements that are passed over, with all that is in them."""
_VOID: Final = frozenset(
    [
        "area",
        "base",
        "basefont",
        "bgsound",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "keygen",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
"""Elements that a parser writes without an end tag (HTML standard, "serializing HTML fragments")."""
INLINE: Final = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "nobr",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "img",
    ]
)

KEEP_ATTRIBUTE: Final = "data-newsarchive-keep"
"""Set on elements that a site's rules keep."""

_TOKEN = re.compile(r"<(!--.*?--|[^>]*)>", re.S)
"""A comment or tag; a parser writes "<" and ">" as references in text and attributes."""
_ATTRIBUTE = re.compile(r'\s([^\s"=/]+)="([^"]*)"')
_NAMING = re.compile(r' (?:class|id|itemprop|role|data-testid|data-component)="([^"]+)"')
_HIDING = re.compile(
    r' hidden(?:=| |$)| aria-hidden="true"| style="[^"]*display:\s*none'
    r'| class="(?:[^"]* )?(?:hidden|hide|is-hidden|u-hidden|d-none|display-none|visually-hidden'
    r'|visuallyhidden|sr-only)[ "]'
)
"""What keeps an element from being seen: attributes, and class names that by convention do."""

_LEAF, _OPEN, _CLOSE, _BREAK, _NOTHING = range(5)


@dataclass(slots=True)
class Page:
    """The arrays. Element 0 is the root; a parent's number is lower than its children's."""

    strings: list[str]
    """Text and tag in turn, as the parser wrote them: strings[2 * i + 1] is the tag numbered i."""
    opened: Ints
    """Of each element: the number i of its tag."""
    make: Ints
    """Of each element: which of `makes` it is."""
    makes: list[tuple[str, str]]
    """(tag, class, id, role and test names in one string)"""
    parent: Ints
    """Of each element; -1 for the root."""
    depth: Ints
    tags: Ints
    """cues.TAG_BIT of the tag, and HIDDEN_BIT."""
    first: Ints
    end: Ints
    """Blocks first..end-1 lie within the element."""

    text: list[str]
    """Of each block, white space collapsed."""
    spans: list[tuple[int, int]]
    """Of each block: numbers of the texts from its first to its last; the tags between are inline."""
    holder: Ints
    """Of each block: the nearest block-level element around it."""
    inner: Ints
    """Of each block: the element in which its first text stands."""
    linked: Ints
    """Of each block: characters inside links."""
    links: Ints
    strong: Ints
    """Of each block: characters in bold type."""

    images: list[tuple[int, int]]
    """(element, number of blocks begun before it) of each image."""
    cut: bool = False
    """Whether blocks were left unread."""
    ruled: bool = False
    """Whether a site's rules keep any element of it."""

    def tag(self, element: int) -> str:
        """The tag of an element."""
        return self.makes[int(self.make[element])][0]

    def attributes(self, element: int) -> dict[str, str]:
        """The attributes of an element."""
        written = self.strings[2 * int(self.opened[element]) + 1]
        return {name: unescape(value) for name, value in _ATTRIBUTE.findall(written)}


def walk(tree: LexborHTMLParser) -> Page:
    """Flatten a parsed page of which `strip` has taken out scripts and the like."""
    root = tree.body or tree.root
    if root is None:
        return _page("")
    return _page(root.html or "")


def strip(tree: LexborHTMLParser) -> LexborHTMLParser:
    """Take scripts and the like out of a parsed page, which is given back."""
    tree.strip_tags(_RAW)
    return tree


def part_runs(tree: LexborHTMLParser, markup: bytes) -> None:
    """Make of endless texts several nodes, one after the other: whoever asks for the start of a text is given
    all of its node.

    markup: what the tree was made of; in few pages a text can be endless.
    """
    if len(markup) <= MAX_RUN:
        return
    begins = np.flatnonzero(np.frombuffer(markup, np.uint8) == ord("<"))
    if np.diff(begins, prepend=0, append=len(markup)).max() <= MAX_RUN:
        return
    for node in list(tree.root.traverse(include_text=True, skip_empty=True)) if tree.root else ():
        if node.tag != "-text" or node.parent is None or node.parent.tag in _RAW:
            continue
        text = node.text_content or ""
        if len(text) > MAX_RUN:
            for at in reversed(range(MAX_RUN, len(text), MAX_RUN)):
                node.insert_after(text[at : at + MAX_RUN])
            node.replace_with(text[:MAX_RUN])


def outermost(elements: Sequence[LexborNode]) -> list[LexborNode]:
    """Those that lie within no other of them: what was in a removed element must not be touched."""
    chosen = {element.mem_id for element in elements}
    return [element for element in elements if not any(up.mem_id in chosen for up in _ancestors(element))]


def _ancestors(element: LexborNode) -> Iterator[LexborNode]:
    around = element.parent
    while around is not None:
        yield around
        around = around.parent


def _page(markup: str) -> Page:
    strings = _TOKEN.split(markup.replace("&nbsp;", "\xa0"), MAX_TOKENS)
    if is_cut := len(strings) > 2 * MAX_TOKENS:
        strings[-1] = ""
    tokens = _Tokens(strings)
    elements = _Elements(tokens)
    blocks = _Blocks(tokens, elements)
    first, end = blocks.ranges()
    return Page(
        strings=strings,
        opened=elements.at,
        make=elements.make,
        makes=elements.makes,
        parent=elements.parent,
        depth=elements.depth,
        tags=elements.tags,
        first=first,
        end=end,
        text=blocks.text,
        spans=blocks.spans,
        holder=blocks.holder,
        inner=blocks.inner,
        linked=blocks.within(tokens.within("a")),
        links=blocks.links(),
        strong=blocks.within(tokens.within("b", "strong")),
        images=[(e, int(blocks.begun[elements.at[e]])) for e in elements.images.tolist()],
        cut=blocks.cut or is_cut,
        ruled=KEEP_ATTRIBUTE in markup,
    )


def _read(text: str) -> str:
    """A text as the parser wrote it: it makes references of these signs alone."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class _Tokens:
    """Texts and tags in turn, and what kind of tag each is; equal tags are looked at once."""

    def __init__(self, strings: list[str]) -> None:
        tags = strings[1::2]
        numbers: dict[str, int] = defaultdict(count().__next__)
        self.number = np.fromiter(map(numbers.__getitem__, tags), np.int64, len(tags))
        """Of each tag: which of `written` it is."""
        self.written = list(numbers)
        """Each tag that occurs, once."""
        self.name = [written.partition(" ")[0] for written in self.written]
        names = list(dict.fromkeys(self.name))
        places = dict(zip(names, range(len(names)), strict=True))
        self._names = [name.lstrip("/") for name in names]
        self._which = np.fromiter(map(places.__getitem__, self.name), np.int64, len(self.name))[self.number]
        self.kind = np.array([_kind(name) for name in names], np.int8)[self._which]
        self.inline = self.named(INLINE)
        self.texts = strings[0::2]
        skipped = self.named(SKIPPED)
        if skipped.any():
            self._skip(skipped, strings)
        for number in np.flatnonzero(self.kind == _BREAK).tolist():  # parts the words on its sides
            self.texts[number] = strings[2 * number] = self.texts[number] + " "

    def named(self, wanted: Collection[str]) -> Mask:
        """Of each tag: whether it is of one of these names."""
        if not self._names:
            return np.zeros(0, np.bool_)
        return np.array([name in wanted for name in self._names], np.bool_)[self._which]

    def _skip(self, skipped: Mask, strings: list[str]) -> None:
        """Make nothing of tags that are passed over, and of all between their start and end."""
        inside = self._depth(skipped) > 0
        self.kind = np.where(inside | skipped, _NOTHING, self.kind)
        for number in (np.flatnonzero(inside) + 1).tolist():
            self.texts[number] = strings[2 * number] = ""

    def within(self, *names: str) -> Mask:
        """Of each text: whether it stands within an element of one of these names."""
        return np.concatenate(([False], self._depth(self.named(names)) > 0))

    def _depth(self, wanted: Mask) -> Ints:
        """Of each tag: the wanted elements open after it."""
        opened = np.cumsum(wanted & (self.kind == _OPEN), dtype=np.int64)
        return np.asarray(opened - np.cumsum(wanted & (self.kind == _CLOSE)), np.int64)


@lru_cache(maxsize=1024)
def _kind(name: str) -> int:
    """What a tag of this name, "/" before it where it ends an element, does."""
    if name.startswith("/"):
        return _CLOSE
    if name.startswith("!"):
        return _NOTHING
    if name == "br":
        return _BREAK
    return (_LEAF if name in ("img", "hr") else _NOTHING) if name in _VOID else _OPEN


class _Elements:
    """Start tags, and images, as a tree."""

    def __init__(self, tokens: _Tokens) -> None:
        kind = tokens.kind
        opens = kind == _OPEN
        self.level = np.cumsum(opens, dtype=np.int64) - np.cumsum(kind == _CLOSE)
        """Of each tag: elements open after it."""
        self.at = np.flatnonzero(opens | (kind == _LEAF))
        self.inline = tokens.inline[self.at]
        self.images = np.flatnonzero(tokens.named(("img",))[self.at] & (kind[self.at] == _LEAF))
        self._name(tokens)
        self.depth = self.level[self.at] - opens[self.at]
        # Elements sorted by (depth, place): what was opened last at a depth is found by bisection.
        self._span = len(kind) + 1
        keys = self.depth * self._span + self.at
        self._leaf = kind[self.at] == _LEAF
        holding = np.flatnonzero(~self._leaf)
        self._order = holding[np.argsort(self.depth[holding], kind="stable")]
        self._keys = keys[self._order]
        self.parent = self.open_at(self.depth - 1, self.at)
        self.parent[self.depth <= 0] = -1

    def _name(self, tokens: _Tokens) -> None:
        """Give each element its tag, names and bits; elements written alike share them."""
        number = tokens.number[self.at]
        is_used = np.zeros(len(tokens.written), np.bool_)
        is_used[number] = True
        used = np.flatnonzero(is_used)
        tags = [tokens.name[one] for one in used.tolist()]
        written = [tokens.written[one] for one in used.tolist()]
        names = [" ".join(_NAMING.findall(one)) if "=" in one else "" for one in written]
        makes: dict[tuple[str, str], int] = defaultdict(count().__next__)
        places = np.zeros((2, len(is_used)), np.int64)
        places[0, used] = [makes[pair] for pair in zip(tags, names, strict=True)]
        self.makes = list(makes)
        bits = [TAG_BIT.get(tag, 0) for tag in tags]
        for place, one in enumerate(written):
            if ("hid" in one or "none" in one or "sr-only" in one) and _HIDING.search(one):
                bits[place] |= HIDDEN_BIT
        places[1, used] = bits
        self.make, self.tags = places[:, number]

    def open_at(self, depth: Ints, place: Ints) -> Ints:
        """The element of this depth that was opened last before this place."""
        found = np.searchsorted(self._keys, depth * self._span + place) - 1
        return np.asarray(self._order[np.maximum(found, 0)], np.int64)

    def around(self, texts: Ints) -> Ints:
        """The element that each of these texts stands in."""
        before = np.maximum(texts - 1, 0)
        return self.open_at(np.maximum(self.level[before] - 1, 0), texts)

    def block_level(self) -> Ints:
        """Of each element: itself, or the nearest one around it that is not inline."""
        return nearest(~self.inline, self.parent)

    def closes(self) -> Ints:
        """Of each element: the number of the tag that ends it; its own for an image."""
        # After an element's start the first tag with fewer elements open is its end: of equal depth, starts
        # and ends take turns.
        ends = np.flatnonzero(np.diff(self.level, prepend=0) < 0)
        keys = self.level[ends] * self._span + ends
        order = np.argsort(self.level[ends], kind="stable")
        found = np.searchsorted(keys[order], self.depth * self._span + self.at)
        last = self._span - 2
        close = np.where(
            found < len(ends),
            ends[order[np.minimum(found, max(len(ends) - 1, 0))]] if len(ends) else last,
            last,
        )
        return np.where(self._leaf, self.at, close)


class _Blocks:
    """Runs of text between block-level tags."""

    def __init__(self, tokens: _Tokens, elements: _Elements) -> None:
        self._tokens, self._elements = tokens, elements
        self._stripped = list(map(str.strip, tokens.texts))
        self._lengths = np.fromiter(map(len, self._stripped), np.int64, len(self._stripped))
        filled = self._lengths > 0
        self._segment = np.concatenate(([0], np.cumsum(self._borders(filled))))
        """Of each text: the number of borders before it."""
        self._filled = np.flatnonzero(filled)
        starts = np.flatnonzero(np.diff(self._segment[self._filled], prepend=-1))
        self.cut = len(starts) > MAX_BLOCKS
        if self.cut:
            self._filled = self._filled[: starts[MAX_BLOCKS]]
            starts = starts[:MAX_BLOCKS]
        self._starts = starts
        self._from = self._filled[starts]
        self._to = self._filled[np.append(starts[1:], len(self._filled)) - 1] if len(starts) else self._from
        self.spans = list(zip(self._from.tolist(), self._to.tolist(), strict=True))
        self.text = [self._joined(start, stop) for start, stop in self.spans]
        began = np.zeros(len(tokens.texts), np.int64)
        began[self._from] = 1
        self.begun = np.cumsum(began)
        """Of each text: blocks begun with it or before."""
        self.inner = elements.around(self._from)
        self.holder = elements.block_level()[self.inner] if len(self.inner) else self.inner

    def _borders(self, filled: Mask) -> Mask:
        """Of each tag: whether it ends a block. One `br` ends a line, two a paragraph."""
        kind = self._tokens.kind
        borders = (kind <= _CLOSE) & ~self._tokens.inline
        breaks = np.flatnonzero(kind == _BREAK)
        if len(breaks) > 1:
            said = np.cumsum(filled)[breaks]
            borders[breaks[1:][np.diff(said) == 0]] = True
        return borders

    def _joined(self, start: int, stop: int) -> str:
        texts = self._tokens.texts
        text = self._stripped[start] if start == stop else "".join(texts[start : stop + 1])
        return " ".join((_read(text) if "&" in text else text).split())

    def within(self, inside: Mask) -> Ints:
        """Of each block: characters of its texts that are `inside`."""
        if not len(self._starts):
            return self._starts
        return np.asarray(np.add.reduceat((self._lengths * inside)[self._filled], self._starts), np.int64)

    def links(self) -> Ints:
        """Of each block: links that begin in it."""
        begins = self._tokens.named(("a",)) & (self._tokens.kind == _OPEN)
        before = np.concatenate(([0], np.cumsum(begins)))
        segment_start = np.searchsorted(self._segment, self._segment[self._from])
        return np.asarray(before[self._to] - before[segment_start], np.int64)

    def ranges(self) -> tuple[Ints, Ints]:
        """(first, end) of each element: the blocks within it."""
        elements = self._elements
        at, close = elements.at, elements.closes()
        held = np.zeros(len(self._segment), np.int64) - 1
        held[self._filled] = self._segment[self._filled]
        last = np.maximum.accumulate(held)
        running = elements.inline & (last[at] == self._segment[at])
        return self.begun[at] - running, self.begun[close]


def nearest(held: Mask, parent: Ints) -> Ints:
    """Of each element: itself if it is `held`, or the nearest one around it that is; else the root.

    By pointer doubling: after k rounds every element has looked at 2^k of its ancestors.
    """
    found = np.where(held, np.arange(len(parent)), np.maximum(parent, 0))
    found[:1] = 0
    while True:
        further = found[found]
        if (further == found).all():
            return found
        found = further


def kept_by_rule(page: Page) -> list[int]:
    """The blocks within elements that a site's rules keep."""
    numbers: set[int] = set()
    if not page.ruled:
        return []
    for element, place in enumerate(page.opened.tolist()):
        if KEEP_ATTRIBUTE in page.strings[2 * place + 1]:
            numbers.update(range(int(page.first[element]), min(int(page.end[element]), len(page.text))))
    return sorted(numbers)
