"""html -> Extraction: the cleaner.

    decode -> guard -> parse -> fields -> frame -> tree -> features -> model -> choose -> trim -> render
    -> kind

Promises: pure; no network, no clock; any bytes give an Extraction, in time linear in their number up to the
bounds of `guard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import (
    choose,
    decode,
    fields,
    frame,
    guard,
    kind,
    model,
    render,
    rescue,
    rules,
    tree,
    trim,
)
from pipelines.article.features import Measured, measure
from pipelines.model import Extraction, RemovedBlock, SiteMemory


@dataclass(frozen=True, slots=True)
class Parsed:
    """A page as a tree, for those who read it beside the cleaner, before it: the cleaner changes the tree."""

    tree: LexborHTMLParser
    markup: bytes
    """What the tree was made of: decoded, and bounded by `guard`."""
    cut: bool
    encoding: str


def parse(html: bytes, content_type: str | None = None) -> Parsed | None:
    """The page as a tree; None of bytes that are no text."""
    if decode.is_binary(html):
        return None
    decoded = decode.decode(html, content_type)
    markup, cut = guard.tame(decoded.markup)
    parsed = LexborHTMLParser(markup)
    tree.part_runs(parsed, markup)
    return Parsed(parsed, markup, cut, decoded.encoding)


def extract(
    html: bytes, url: str | None = None, *, content_type: str | None = None, site: SiteMemory | None = None
) -> Extraction:
    """Read one page; pure, and never raises on hostile HTML."""
    return extract_with(model.shipped(), html, url, content_type=content_type, site=site)


def extract_with(
    classifier: model.Classifier,
    html: bytes,
    url: str | None = None,
    *,
    content_type: str | None = None,
    site: SiteMemory | None = None,
) -> Extraction:
    """`extract` by another classifier than the one shipped: to measure one on pages that it has not seen."""
    return read(classifier, html, url, content_type=content_type, site=site)[0]


def read(
    classifier: model.Classifier,
    html: bytes,
    url: str | None = None,
    *,
    content_type: str | None = None,
    site: SiteMemory | None = None,
) -> tuple[Extraction, Body | None]:
    """`extract_with`, and the choice of blocks that it rests on: None of bytes that are no text."""
    return read_parsed(classifier, parse(html, content_type), url, site=site)


def read_parsed(
    classifier: model.Classifier, source: Parsed | None, url: str | None, *, site: SiteMemory | None = None
) -> tuple[Extraction, Body | None]:
    """`read`, of a page that is parsed already."""
    if source is None:
        return Extraction(), None
    parsed = source.tree
    found = fields.read(parsed, url)
    memory = site or SiteMemory()
    before = rules.apply_selectors(parsed, memory.rules) + frame.take_out(parsed)
    served = page = tree.walk(parsed)
    body = Body(page, found, classifier)
    if body.stats().words < _SHELL:
        page, body = _rescued(LexborHTMLParser(source.markup), found, classifier) or (page, body)
    body.before = before
    text, shown = render.text(page, body.kept), render.html(page, body.kept, url)
    if memory.rules.tidy:
        text, shown = rules.tidied(shown, memory.rules.tidy)
    extraction = Extraction(
        title=found.title,
        standfirst=found.standfirst,
        authors=list(found.authors),
        published=found.published,
        modified=found.modified,
        section=found.section,
        tags=list(found.tags),
        language=found.language,
        image=found.image,
        canonical_url=found.canonical_url,
        access=found.access,
        kind=kind.classify(served, url, found, body.stats()),
        text=text,
        html=shown,
        blocks_removed=body.removed(),
        confidence=min(body.confidence, 0.2) if source.cut or page.cut else body.confidence,
        encoding=source.encoding,
    )
    return extraction, body


_SHELL = 40
"""Words of body below which a page is taken for a shell that scripts would fill."""


def _rescued(
    parsed: LexborHTMLParser, found: fields.Fields, classifier: model.Classifier
) -> tuple[tree.Page, Body] | None:
    """The page and body of the article that a shell's scripts hold, if that is more than a shell again."""
    markup = rescue.markup(parsed, found)
    if markup is None:
        return None
    page = tree.walk(tree.strip(LexborHTMLParser(guard.tame(markup.encode("utf-8", "replace"))[0])))
    body = Body(page, found, classifier, rescued=True)
    return (page, body) if body.stats().words >= _SHELL else None


class Body:
    """The choice of a page's blocks, and what follows from it."""

    def __init__(
        self,
        page: tree.Page,
        found: fields.Fields,
        classifier: model.Classifier,
        *,
        rescued: bool = False,
    ) -> None:
        self.page = page
        self.rescued = rescued
        """The page is the article that a shell's scripts held, not the markup as it was served."""
        self.before: list[RemovedBlock] = []
        """What was taken out of the page before it was walked: by the site's rules, and its frame."""
        self.kept: list[int] = []
        self.reason: list[str] = []
        """Of each block: why it was, or would be, left out."""
        self.belief = np.zeros(0, np.float32)
        """Of each block: the probability, as the model has it, that it is part of the body."""
        self.likely: choose.Mask = np.zeros(0, np.bool_)
        """Of each block: whether belief alone chose it."""
        self.confidence = 0.0
        self.measured: Measured | None = None
        if page.text:
            self._choose(found, classifier)

    def _choose(self, found: fields.Fields, classifier: model.Classifier) -> None:
        measured = self.measured = measure(self.page, found, classifier.lexicon)
        self.belief = classifier.believe(measured)
        chosen, expected = choose.best_choice(self.belief, measured.words)
        self.likely = chosen.copy()
        self.reason = choose.reasons(measured)
        chosen[choose.headings(self.page, measured, chosen, self.reason)] = True
        for number, reason in trim.trim(self.page, measured, found, chosen).items():
            chosen[number] = False
            self.reason[number] = reason
        for number in tree.kept_by_rule(self.page):
            chosen[number] = True
        self.kept = np.flatnonzero(chosen).tolist()
        self.confidence = classifier.confidence(expected)

    def removed(self) -> list[RemovedBlock]:
        """What was left out, neighbours with the same reason joined."""
        kept = set(self.kept)
        left = [number for number in range(len(self.reason)) if number not in kept]
        # Of neighbours, number less place in `left` is the same: the blocks kept before them.
        keys = [(self.reason[number], number - place) for place, number in enumerate(left)]
        runs = groupby(zip(keys, left, strict=True), key=itemgetter(0))
        return self.before + [
            RemovedBlock("\n".join([self.page.text[number] for _, number in run]), reason)
            for (reason, _), run in runs
        ]

    def stats(self) -> kind.BodyStats:
        """The measures that `kind` judges by."""
        if self.measured is None:
            return kind.BodyStats()
        page, words = self.page, self.measured.words
        tags = [page.makes[make][0] for make in page.make[page.holder[self.kept]].tolist()]
        long = words[self.kept].astype(np.int64).tolist()
        linked = words * self.measured.link_share
        before = sum(len(block.text.split()) for block in self.before)
        return kind.BodyStats(
            words=int(words[self.kept].sum()),
            paragraph_words=[n for n, tag in zip(long, tags, strict=True) if tag not in _NO_PARAGRAPH],
            headings=sum(tag in _HEADINGS for tag in tags),
            list_items=tags.count("li"),
            linked_words=int(linked[self.kept].sum()),
            page_words=int(words.sum()) + before,
            page_linked_words=int(linked.sum()) + before,
        )


_HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6"))
_NO_PARAGRAPH = _HEADINGS | {"h1", "li"}
