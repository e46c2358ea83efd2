"""Parsed markup -> flat arrays: elements and text blocks in document order.

Promises: one parse, one walk without recursion, time linear in the page, nothing of the parse tree kept. A block is a run of
text between two block-level tags, as a reader sees a line or a paragraph. Every element knows the range of blocks within it, so
whatever is asked of a subtree later is a difference of running sums. Nothing is judged here, and no text is dropped but that of
scripts and the like.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.article.cues import HIDDEN_BIT, TAG_BIT, class_mask

MAX_BLOCKS = 10_000
"""Blocks of a page beyond these are not read."""

SKIPPED: Final = frozenset(
    "script style template noscript svg math iframe object embed canvas head link meta audio video map area "
    "-comment progress meter datalist input textarea option optgroup frameset noframes".split()
)
INLINE: Final = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small "
    "span strike strong sub sup time tt u var wbr".split()
)
MARKED: Final = frozenset("a b strong em i q cite code sub sup del ins s u mark kbd small".split())
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
    walker = _Walker()
    root = tree.body or tree.root
    if root is not None:
        walker.run(root)
    return walker.page


class _Walker:
    """The state of the one walk: which elements are open, and the block being gathered."""

    def __init__(self) -> None:
        self.page = Page()
        self.index: dict[int, int] = {}
        """Parse node -> element number; a node that is not in it was skipped with all below it."""
        self.block_level: list[int] = []
        """Of each element: itself or the nearest block-level element above."""
        self.in_link: list[bool] = []
        self.in_strong: list[bool] = []
        self.current = -1
        self.parts: list[str | int] = []
        self.inner = -1
        self.linked = self.links = self.strong = self.breaks = 0

    def run(self, root: LexborNode) -> None:
        self.open(root, root.tag or "body", -1)
        self.index[root.mem_id] = 0
        index, page = self.index, self.page
        for node in root.traverse(include_text=True):
            above = node.parent
            parent = index.get(above.mem_id) if above is not None else None
            if parent is None or node.mem_id in index:
                continue
            while self.current != parent:
                self.close()
            tag = node.tag
            if tag == "-text":
                self.add(node.text_content or "", parent)
            elif tag == "br":
                self.line_break()
            elif tag == "img":
                page.attributes[len(page.tag)] = node.attributes
                page.images.append((len(page.tag), len(page.text)))
                self.open(node, tag, parent)
            elif tag not in SKIPPED:
                index[node.mem_id] = len(page.tag)
                self.open(node, tag or "", parent)
            if len(page.text) >= MAX_BLOCKS:
                page.cut = True
                break
        while self.current != -1:
            self.close()

    def open(self, node: LexborNode, tag: str, parent: int) -> None:
        page, number = self.page, len(self.page.tag)
        inline = tag in INLINE
        if not inline and tag != "img":
            self.flush()
        attributes = node.attributes
        names = _names(attributes) if attributes else ""
        page.tag.append(tag)
        page.parent.append(parent)
        page.depth.append(page.depth[parent] + 1 if parent >= 0 else 0)
        page.names.append(names)
        page.classes.append(class_mask(names) if names else 0)
        page.tags.append(TAG_BIT.get(tag, 0) | (HIDDEN_BIT if attributes and _hidden(attributes) else 0))
        page.first.append(len(page.text))
        page.end.append(len(page.text))
        self.block_level.append(self.block_level[parent] if inline and parent >= 0 else number)
        self.in_link.append(tag == "a" or (parent >= 0 and self.in_link[parent]))
        self.in_strong.append(tag in ("b", "strong") or (parent >= 0 and self.in_strong[parent]))
        self.current = number
        if tag in MARKED:
            self.parts.append(number)
            if tag == "a":
                self.links += 1
                page.attributes[number] = attributes
        elif KEEP_ATTRIBUTE in attributes:
            page.attributes[number] = attributes

    def close(self) -> None:
        page, number = self.page, self.current
        tag = page.tag[number]
        if tag in INLINE:
            if tag in MARKED:
                self.parts.append(~number)
            page.end[number] = len(page.text) + (self.inner >= 0)
        elif tag != "img":
            self.flush()
            page.end[number] = len(page.text)
        self.current = page.parent[number]

    def add(self, text: str, parent: int) -> None:
        if text.isspace():
            self.parts.append(" ")
            return
        if self.inner < 0:
            self.inner = parent
        self.breaks = 0
        self.parts.append(text)
        if self.in_link[parent]:
            self.linked += len(text)
        if self.in_strong[parent]:
            self.strong += len(text)

    def line_break(self) -> None:
        """One `br` is a line's end, two are a paragraph's."""
        self.breaks += 1
        if self.breaks >= 2:
            self.flush()
        else:
            self.parts.append("\n")

    def flush(self) -> None:
        """End the block, if any text was gathered."""
        if self.inner >= 0:
            page = self.page
            strings = [part for part in self.parts if type(part) is str]
            page.text.append(" ".join("".join(strings).split()))
            page.parts.append(self.parts)
            page.holder.append(self.block_level[self.current])
            page.inner.append(self.inner)
            page.linked.append(self.linked)
            page.links.append(self.links)
            page.strong.append(self.strong)
        self.parts = []
        self.inner = -1
        self.linked = self.links = self.strong = self.breaks = 0


def _names(attributes: dict[str, str | None]) -> str:
    return " ".join(
        [value for name in ("class", "id", "itemprop", "role", "data-testid", "data-component") if (value := attributes.get(name))]
    )


def _hidden(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    return style is not None and "display" in style and "none" in style


def kept_by_rule(page: Page) -> list[int]:
    """The blocks within elements that a site's rules keep."""
    numbers: set[int] = set()
    for element, attributes in page.attributes.items():
        if KEEP_ATTRIBUTE in attributes:
            numbers.update(range(page.first[element], min(page.end[element], len(page.text))))
    return sorted(numbers)
