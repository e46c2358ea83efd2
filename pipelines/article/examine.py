"""html -> every block of the page, kept or removed, with the reason and the belief: why a text is as it is.

Promises: pure; what is shown is what `extract` did, by the same path, not a second opinion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.article import Body, model, read, tree
from pipelines.model import Extraction, SiteMemory

MOST_STEPS = 6
"""Elements that a block's path names, the innermost ones."""
MOST_CLASSES = 2
_PLAIN_NAME = re.compile(r"[A-Za-z][\w-]{0,60}")
"""A class or id that stands in a selector as it is."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page, and what became of it."""

    text: str
    """White space collapsed."""
    kept: bool
    reason: str
    """Of a removed block as in `RemovedBlock`; of a kept one "body", "heading" or "rule"."""
    decided_by: str
    """"belief": the model's; "order": a heading that the body goes on after; "trim": a rule of the cleaner
    that took out what was believed in; "frame": navigation or footer by its own word, taken out before the
    model was asked; "site": the site's rules."""
    belief: float | None
    """0 to 1: how sure the model is that the block is part of the body; None where it was not asked."""
    path: str
    """The elements around it as a CSS selector, outermost first, from the nearest id or MOST_STEPS up; empty
    for what was taken out before the page was walked."""


@dataclass(frozen=True, slots=True)
class Examination:
    """A page's extraction, and the blocks it was made from."""

    extraction: Extraction
    blocks: list[Block]
    """In the page's order; before them, what selectors of the site's rules removed, and the page's frame."""
    rescued: bool = False
    """The blocks are those of an article that scripts held, since the page's own markup had none."""


def examine(
    html: bytes, url: str | None = None, *, content_type: str | None = None, site: SiteMemory | None = None
) -> Examination:
    """What `extract` makes of the same arguments, with the fate of each block.

    Like `extract` it never raises on hostile HTML, and raises SiteListError for a rule of the site that
    cannot be used. A `tidy` rule works on the cleaned article: its changes show in the extraction, not in
    the blocks.
    """
    extraction, body = read(model.shipped(), html, url, content_type=content_type, site=site)
    if body is None:
        return Examination(extraction, [])
    before = [
        Block(one.text, False, one.reason, "site" if one.reason == "rule" else "frame", None, "")
        for one in body.before
    ]
    return Examination(extraction, [*before, *_blocks(body)], body.rescued)


def _blocks(body: Body) -> Iterator[Block]:
    page = body.page
    kept, by_rule = set(body.kept), set(tree.kept_by_rule(page))
    steps: dict[int, str] = {}
    for number, text in enumerate(page.text):
        likely = bool(body.likely[number])
        if number in by_rule:
            reason, decided = "rule", "site"
        elif number in kept:
            reason, decided = ("body", "belief") if likely else ("heading", "order")
        else:
            reason, decided = body.reason[number], "trim" if likely else "belief"
        path = _path(page, int(page.holder[number]), steps)
        yield Block(text, number in kept, reason, decided, float(body.belief[number]), path)


def _path(page: tree.Page, element: int, steps: dict[int, str]) -> str:
    """The selector of an element; `steps` remembers what the elements on the way are called."""
    way: list[str] = []
    while element > 0 and len(way) < MOST_STEPS:
        if element not in steps:
            steps[element] = _step(page, element)
        way.append(steps[element])
        if "#" in steps[element]:  # an id needs nothing above it
            break
        element = int(page.parent[element])
    return " > ".join(reversed(way)) or page.tag(0)


def _step(page: tree.Page, element: int) -> str:
    """A tag with its id, or else its first classes."""
    attributes = page.attributes(element)
    name = attributes.get("id", "")
    if _PLAIN_NAME.fullmatch(name):
        return f"{page.tag(element)}#{name}"
    classes = [one for one in attributes.get("class", "").split() if _PLAIN_NAME.fullmatch(one)]
    return ".".join((page.tag(element), *classes[:MOST_CLASSES]))
