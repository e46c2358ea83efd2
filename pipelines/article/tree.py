"""Parsed markup -> flat arrays: elements and text blocks in document order.

Promises: one parse, one walk without recursion, time linear in the page, nothing of the parse tree kept. A
block is a run of text between two block-level tags, as a reader sees a line or a paragraph. Every element
knows the range of blocks within it, so whatever is asked of a subtree later is a difference of running
sums. Nothing is judged here, and no text is dropped but that of scripts and the like.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.article.cues import HIDDEN_BIT, TAG_BIT, class_mask

MAX_BLOCKS = 10_000
"""Blocks of a page beyond these are not read."""

SKIPPED: Final = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "canvas",
        "head",
        "link",
        "meta",
        "audio",
        "video",
        "map",
        "area",
        "-comment",
        "progress",
        "meter",
        "datalist",
        "input",
        "textarea",
        "option",
        "optgroup",
        "frameset",
        "noframes",
    ]
)
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
    ]
)
MARKED: Final = frozenset(
    [
        "a",
        "b",
        "strong",
        "em",
        "i",
        "q",
        "cite",
        "code",
        "sub",
        "sup",
        "del",
        "ins",
        "s",
        "u",
        "mark",
        "kbd",
        "small",
    ]
)
"""Inline tags that survive into the html."""

KEEP_ATTRIBUTE: Final = "data-newsarchive-keep"
"""Set on elements that a site's rules keep."""


@dataclass(slots=True)
class Page:
    """The arrays. Element 0 is the root; a parent's number is lower than its children's."""

    tag: list[str] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Class, id, role and test names in one string: equal strings, equal make."""
    classes: list[int] = field(default_factory=list)
    """cues.class_mask of `names`."""
    tags: list[int] = field(default_factory=list)
    """cues.TAG_BIT of the tag, and HIDDEN_BIT."""
    first: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    """Blocks first..end-1 lie within the element."""
    attributes: dict[int, dict[str, str | None]] = field(default_factory=dict)
    """Of links, images and kept elements only."""

    text: list[str] = field(default_factory=list)
    """Of each block, white space collapsed."""
    parts: list[list[str | int]] = field(default_factory=list)
    """Of each block: its strings, and between them e for the start of inline element e and ~e for its end."""
    holder: list[int] = field(default_factory=list)
    """Of each block: the nearest block-level element around it."""
    inner: list[int] = field(default_factory=list)
    """Of each block: the element in which its first text stands."""
    linked: list[int] = field(default_factory=list)
    """Of each block: characters inside links."""
    links: list[int] = field(default_factory=list)
    strong: list[int] = field(default_factory=list)
    """Of each block: characters in bold type."""

    images: list[tuple[int, int]] = field(default_factory=list)
    """(element, number of blocks before it) of each image."""
    cut: bool = False
    """Whether blocks were left unread."""


def walk(tree: LexborHTMLParser) -> Page:
    """Flatten a parsed page."""
    # Longer than a function should be: it runs for every node, where calls cost more than what they would do.
    page = Page()
    root = tree.body or tree.root
    if root is None:
        return page
    gathered = _Gathered(page)
    stack: list[LexborNode] = []
    numbers: list[int] = []
    levels: list[int] = []
    tags, parents, depths, names_of = page.tag, page.parent, page.depth, page.names
    class_masks, tag_masks, firsts, ends, texts = page.classes, page.tags, page.first, page.end, page.text
    node: LexborNode | None = root
    while node is not None or stack:
        if node is None:
            node, number = stack.pop(), numbers.pop()
            if tags[number] in INLINE:
                ends[number] = gathered.close(number, tags[number])
            else:
                gathered.flush(levels.pop())
                ends[number] = len(texts)
            node = node.next if stack else None
            continue
        tag = node.tag or ""
        if tag == "-text":
            gathered.add(node.text_content or "", numbers[-1])
        elif tag == "br":
            gathered.line_break(levels[-1])
        elif len(texts) >= MAX_BLOCKS:
            page.cut = True
            node = None
            continue
        elif tag not in SKIPPED:
            attributes = node.attributes
            number = len(tags)
            names = _names(attributes) if attributes else ""
            tags.append(tag)
            parents.append(numbers[-1] if numbers else -1)
            depths.append(len(numbers))
            names_of.append(names)
            class_masks.append(class_mask(names) if names else 0)
            tag_masks.append(TAG_BIT.get(tag, 0) | (HIDDEN_BIT if attributes and _hidden(attributes) else 0))
            if tag in INLINE:
                gathered.open(number, tag, attributes)
            elif tag == "img":
                page.attributes[number] = attributes
                page.images.append((number, len(texts)))
            else:
                if gathered.inner >= 0:
                    gathered.flush(levels[-1])
                gathered.parts = []
                levels.append(number)
            if KEEP_ATTRIBUTE in attributes:
                page.attributes[number] = attributes
            firsts.append(len(texts))
            ends.append(len(texts))
            if tag != "img":
                stack.append(node)
                numbers.append(number)
                node = node.first_child
                continue
        node = node.next
    return page


class _Gathered:
    """The block being gathered: its strings, and what of them stands in links and bold type."""

    __slots__ = ("breaks", "in_link", "in_strong", "inner", "linked", "links", "page", "parts", "strong")

    def __init__(self, page: Page) -> None:
        self.page = page
        self.parts: list[str | int] = []
        self.inner = -1
        self.in_link = self.in_strong = 0
        self.linked = self.links = self.strong = self.breaks = 0

    def open(self, number: int, tag: str, attributes: dict[str, str | None]) -> None:
        if tag in MARKED:
            self.parts.append(number)
            if tag == "a":
                self.links += 1
                self.in_link += 1
                self.page.attributes[number] = attributes
            elif tag in ("b", "strong"):
                self.in_strong += 1

    def close(self, number: int, tag: str) -> int:
        """End an inline element; gives the number of blocks begun so far."""
        if tag in MARKED:
            self.parts.append(~number)
            if tag == "a":
                self.in_link -= 1
            elif tag in ("b", "strong"):
                self.in_strong -= 1
        return len(self.page.text) + (self.inner >= 0)

    def add(self, text: str, parent: int) -> None:
        if text.isspace():
            if self.parts:
                self.parts.append(" ")
            return
        if self.inner < 0:
            self.inner = parent
        self.breaks = 0
        self.parts.append(text)
        if self.in_link:
            self.linked += len(text)
        if self.in_strong:
            self.strong += len(text)

    def line_break(self, holder: int) -> None:
        """One `br` is a line's end, two are a paragraph's."""
        self.breaks += 1
        if self.breaks >= 2:
            self.flush(holder)
        else:
            self.parts.append("\n")

    def flush(self, holder: int) -> None:
        """End the block, if any text was gathered."""
        if self.inner >= 0:
            page = self.page
            page.text.append(" ".join("".join([part for part in self.parts if type(part) is str]).split()))
            page.parts.append(self.parts)
            page.holder.append(holder)
            page.inner.append(self.inner)
            page.linked.append(self.linked)
            page.links.append(self.links)
            page.strong.append(self.strong)
            self.inner = -1
            self.linked = self.strong = self.breaks = 0
        self.links = 0
        self.parts = []


def _names(attributes: dict[str, str | None]) -> str:
    """Class, id, role and test names, joined."""
    if len(attributes) == 1:
        return attributes.get("class") or attributes.get("id") or ""
    return " ".join([value for name in _NAMING if (value := attributes.get(name))])


_NAMING = ("class", "id", "itemprop", "role", "data-testid", "data-component")


def _hidden(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    if style is not None and "display" in style and "none" in style:
        return True
    names = attributes.get("class")
    suspect = names is not None and ("hid" in names or "none" in names or "sr-" in names)
    return suspect and not _HIDING.isdisjoint((names or "").split())


_HIDING: Final = frozenset(
    (
        "hidden",
        "hide",
        "is-hidden",
        "u-hidden",
        "d-none",
        "display-none",
        "visually-hidden",
        "visuallyhidden",
        "sr-only",
    )
)
"""Class names that by convention keep an element from being seen."""


def kept_by_rule(page: Page) -> list[int]:
    """The blocks within elements that a site's rules keep."""
    numbers: set[int] = set()
    for element, attributes in page.attributes.items():
        if KEEP_ATTRIBUTE in attributes:
            numbers.update(range(page.first[element], min(page.end[element], len(page.text))))
    return sorted(numbers)
