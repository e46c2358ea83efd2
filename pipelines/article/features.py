"""A page's flat arrays -> one row of numbers for each of its blocks.

Promises: pure, linear in the page; row i of the table means the same in training and use. Structure says
more than names do, so most rows measure where a block stands: in which container of the paragraphs' mass,
how far from it in the tree, among what neighbours, made like which other blocks of the page. What words and
class names say comes as learned scores (`lexicon`), of the block itself and of what stands around it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.article.cues import CLASS_BIT, HIDDEN_BIT, TAG_BIT, TEXT_BIT
from pipelines.article.fields import Fields
from pipelines.article.lexicon import SHORT, Lexicon, character_counts, edges, split
from pipelines.article.tree import Page

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_CLASSES = tuple(CLASS_BIT)
_ROOM = 360
"""Rows that a table is made with: more than there are features."""
_LEVELS = 5
"""Ancestors of a block that are measured: its holder, the holder's parent and so on."""
_BYLINE = 300
"""Characters below which a text may be a byline."""
_TIGHT = (0.5, 0.75, 0.95)
_HEADINGS = sum(TAG_BIT[f"h{level}"] for level in range(1, 7))
_CLOCK, _DATE, _BYLINE_CLASS = TEXT_BIT["clock"], CLASS_BIT["date"], CLASS_BIT["byline"]
_APART = sum(TAG_BIT[tag] for tag in ("nav", "footer", "aside", "form", "button", "figcaption"))


_HOLDING = "li ul ol table td dl dd blockquote figure article main section form aside hidden"
_NEAR_TAGS, _OWN_TAGS, _ANY_TAGS = (
    tuple(tags.split())
    for tags in (
        f"{_HOLDING} p div h1 h2 h3 header label button em strong figcaption pre",
        "p div h1 h2 h3 h4 li td dd blockquote pre figure figcaption a span button em strong hidden",
        f"{_HOLDING} p h1 h2 h3 header footer figcaption a span button em strong pre details",
    )
)
"""Tags that tell something around the block outside the best container, at the block itself, anywhere."""
_TAG_PLACES = {
    names: np.array([(TAG_BIT | {"hidden": HIDDEN_BIT})[name].bit_length() - 1 for name in names])
    for names in (_NEAR_TAGS, _OWN_TAGS, _ANY_TAGS)
}


@dataclass(slots=True)
class Measured:
    """What later steps need of a page's measures; all arrays run over its blocks."""

    table: Floats
    """(features, blocks)"""
    words: Floats
    """Words of each block; for scripts without blanks, what their length amounts to."""
    link_share: Floats
    """Share of its characters that stand in links."""
    cues: Ints
    """cues.TEXT_BIT of each block."""
    holder_classes: Ints
    """cues.CLASS_BIT of the block's holder and inner element."""
    near_classes: Ints
    """cues.CLASS_BIT of the block's holder, inner element and the holder's parent."""
    above_classes: Ints
    """cues.CLASS_BIT of all elements around the block, the best container's ancestors left out."""
    above_tags: Ints
    """cues.TAG_BIT likewise."""
    title: Floats
    """How much a short block says the same as the title: 0 to 1."""
    heading: Mask
    """Whether the block's holder is one of h1 to h6."""


def measure(page: Page, fields: Fields, lexicon: Lexicon) -> Measured:
    """Measure every block of a page that has at least one."""
    return _Meter(page, fields, lexicon).run()


def _joined(values: npt.NDArray[Any], join: np.ufunc, way: list[Ints]) -> npt.NDArray[Any]:
    """Of each element: its value joined with those of all on its way (`_Meter.way`)."""
    for jump in way:
        values = join(values, values[jump])
    return values


def _numbered(values: Sequence[Hashable]) -> Ints:
    """Equal values -> equal numbers, from 0 in the order in which they first come."""
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return np.fromiter(map(numbers.__getitem__, values), np.int64, len(values))


def _within(values: Ints, least: int, most: int) -> Ints:
    """`np.clip` without what that asks of a type at each call."""
    return np.minimum(np.maximum(values, least), most)


class _Meter:
    """The rows of one page's table as they are gathered."""

    def __init__(self, page: Page, fields: Fields, lexicon: Lexicon) -> None:
        self.page, self.fields, self.lexicon = page, fields, lexicon
        self.n = len(page.text)
        self.place = np.arange(self.n)
        self.table = np.empty((_ROOM, self.n), np.float32)
        self.names: list[str] = []

    def add(self, name: str, values: npt.ArrayLike) -> None:
        self.table[len(self.names)] = values
        self.names.append(name)

    def add_bits(self, prefix: str, masks: Ints, names: tuple[str, ...], places: Ints) -> None:
        at = len(self.names)
        self.table[at : at + len(names)] = (masks >> places[:, None]) & 1
        self.names.extend([f"{prefix} {name}" for name in names])

    def add_tags(self, prefix: str, masks: Ints, names: tuple[str, ...]) -> None:
        self.add_bits(prefix, masks, names, _TAG_PLACES[names])

    def run(self) -> Measured:
        self.texts()
        self.elements()
        self.containers()
        self.surroundings()
        self.levels()
        self.makes()
        self.neighbours()
        self.places()
        self.anchors()
        self.headline()
        return Measured(
            table=self.table[: len(self.names)],
            words=self.words,
            link_share=self.link_share,
            cues=self.told.cues,
            holder_classes=self.own_classes,
            near_classes=self.own_classes | self.el_classes[self.above],
            above_classes=self.near_classes,
            above_tags=self.near_tags,
            title=self.titled,
            heading=self.heading,
        )

    def texts(self) -> None:
        """What a block's own text looks like."""
        page = self.page
        chars, blanks, self.signs = character_counts(page.text)
        self.parts = blanks + 1
        self.words = np.maximum(self.parts, chars / 9)
        self.link_share = np.minimum(page.linked / chars, 1).astype(np.float32)
        self.ends = self.signs["ends"]
        self.told = self.lexicon.texts(page.text, self.words <= SHORT, self.signs["digits"] > 0)
        self.add("log words", np.log1p(self.words))
        self.add("word length", np.minimum(chars / self.parts, 60))
        self.add("link share", self.link_share)
        self.add("links", np.log1p(page.links))
        self.add("strong share", np.minimum(page.strong / chars, 1))
        self.add("sentences", np.log1p(self.signs["sentences"]))
        self.add("commas a word", self.signs["commas"] / self.words)
        self.add("ends a sentence", self.ends)
        self.add("starts lower", self.signs["lower"])
        self.add("capitals a word", self.signs["capitals"] / self.words)
        self.add("digits", self.signs["digits"] / chars)
        self.add("quotes", np.minimum(self.signs["quotes"], 4))
        self.add("word score", self.told.total)
        self.add("lowest word", self.told.low)
        self.add("highest word", self.told.high)

    def elements(self) -> None:
        """Sums over each element's blocks, and what its names and tags say."""
        page = self.page
        self.parent = np.maximum(page.parent, 0)
        self.first = page.first
        self.end = np.maximum(np.minimum(page.end, self.n), self.first)
        self.depth = page.depth
        self.holder, self.inner = page.holder, page.inner
        self.above = self.parent[self.holder]
        used = np.zeros(len(page.makes), np.bool_)  # nothing is asked of elements without text
        used[page.make[self.first < self.end]] = True
        names = (names for _, names in page.makes)
        named = self.lexicon.named([one if told else "" for one, told in zip(names, used, strict=True)])
        self.el_total, self.el_low, self.el_high = (
            column[page.make] for column in (named.total, named.low, named.high)
        )
        self.el_classes, self.el_tags = named.cues[page.make], page.tags
        is_article = np.array([tag == "article" for tag, _ in page.makes])[page.make]
        numbers = np.arange(len(self.parent))
        way = self.way(np.ones(len(numbers), np.bool_))
        self.all_low = _joined(self.el_low, np.minimum, way)
        self.all_tags = _joined(self.el_tags, np.bitwise_or, way)
        self.article = _joined(np.where(is_article, numbers, -1), np.maximum, way)
        self.tag = self.el_tags[self.holder]
        self.heading = (self.tag & _HEADINGS) != 0
        apart = (self.all_tags[self.inner] & (_APART | HIDDEN_BIT)) != 0
        prose = (self.words >= 12) & (self.link_share < 0.4) & (self.ends > 0) & ~self.heading
        paragraph = np.where(prose & ~apart, np.minimum(self.words, 150), 0)
        if not paragraph.any():
            paragraph = np.where(self.link_share < 0.5, np.minimum(self.words, 50), 0.5)
        self.paragraph = paragraph.astype(np.float32)
        self.mass = float(self.paragraph.sum())

    def way(self, goes_on: Mask) -> list[Ints]:
        """Of each element: what stands 1, 2, 4, ... steps up, or the first that does not go on if that
        is nearer: the last of these is that one for all (pointer doubling).
        """
        jump = np.where(goes_on, self.parent, np.arange(len(self.parent)))
        way = [jump]
        while not ((further := jump[jump]) == jump).all():
            way.append(jump := further)
        return way

    def sums(self, values: Floats) -> Floats:
        """Of each element: the sum over its blocks."""
        running = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
        return np.asarray(running[self.end] - running[self.first], np.float32)

    def containers(self) -> None:
        """Which elements hold the mass of the paragraphs, and where each block stands to them."""
        count = len(self.parent)
        self.el_mass = self.sums(self.paragraph)
        self.el_words = self.sums(self.words)
        self.el_linked = self.sums(self.words * self.link_share)
        self.el_score = self.sums(self.told.total)
        self.el_lows = self.sums((self.told.low < -1.0).astype(np.float32))
        score = np.zeros(count)
        above = self.holder
        for weight in (1.0, 0.9, 0.4, 0.2):
            score += weight * np.bincount(above, self.paragraph, count)
            above = self.parent[above]
        self.best = int(np.argmax(score * (1 - self.el_linked / np.maximum(self.el_words, 1))))
        depth = self.depth[self.holder]
        for share in _TIGHT:
            holds = np.flatnonzero(self.el_mass >= share * self.mass)
            tight = int(holds[np.argmax(self.depth[holds])]) if len(holds) else 0
            self.add(f"in tight {share}", (self.place >= self.first[tight]) & (self.place < self.end[tight]))
            self.add(f"depth below tight {share}", depth - self.depth[tight])
        articles = self.article[self.inner]
        self.add("in best", (self.place >= self.first[self.best]) & (self.place < self.end[self.best]))
        self.add("in best's article", (articles == self.article[self.best]) * np.where(articles >= 0, 1, 0.5))
        self.add("article's mass", np.where(articles >= 0, self.el_mass[articles], -1) / self.mass)
        self.add("best's share", self.el_mass[self.best] / self.mass)

    def surroundings(self) -> None:
        """The way up the tree to an element that also holds the best container, and what stands along it."""
        outside = (self.first > self.first[self.best]) | (self.end < self.end[self.best])
        way = self.way(outside)
        common = way[-1][self.holder]
        # Nothing is what 0 adds: no lowest score is above that of `END`.
        classes = _joined(np.where(outside, self.el_classes, 0), np.bitwise_or, way)
        tags = _joined(np.where(outside, self.el_tags, 0), np.bitwise_or, way)
        low = _joined(np.where(outside, self.el_low, np.float32(0)), np.minimum, way)
        self.near_classes = classes[self.holder] | self.el_classes[self.inner]
        self.near_tags = tags[self.holder] | self.el_tags[self.inner]
        self.add("steps up", np.where(outside[self.holder], self.depth[self.holder] - self.depth[common], 0))
        self.add("steps down", np.maximum(self.depth[self.best] - self.depth[common], 0))
        self.add("common mass", self.el_mass[common] / self.mass)
        self.add("common links", self.el_linked[common] / np.maximum(self.el_words[common], 1))
        self.add("near lowest name", np.minimum(low[self.holder], self.el_low[self.inner]))
        self.add("lowest name", self.all_low[self.inner])
        self.add_bits("near class", self.near_classes, _CLASSES, np.arange(len(_CLASSES)))
        self.add_tags("near tag", self.near_tags, _NEAR_TAGS)

    def levels(self) -> None:
        """The block's ancestors, one level after the other."""
        self.own_classes = self.el_classes[self.holder] | self.el_classes[self.inner]
        self.add("inner name score", self.el_total[self.inner])
        self.add_tags("own tag", self.tag | self.el_tags[self.inner], _OWN_TAGS)
        self.add_tags("any tag", self.all_tags[self.inner], _ANY_TAGS)
        el_blocks = (self.end - self.first).astype(np.float32)
        el_mass_of = self.el_mass / self.mass
        words_at = np.maximum(self.el_words, 1)
        per_element = (
            ("words", np.log1p(words_at)),
            ("links", self.el_linked / words_at),
            ("mass", el_mass_of),
            ("mass a word", self.el_mass / words_at),
            ("blocks", np.log1p(el_blocks)),
            ("word score", self.el_score / np.maximum(el_blocks, 1)),
            ("low words", self.el_lows / np.maximum(el_blocks, 1)),
            ("name score", self.el_total),
            ("lowest name", self.el_low),
            ("highest name", self.el_high),
        )
        above, below = self.holder, None
        for level in range(_LEVELS):
            for name, values in per_element:
                self.add(f"{name} {level}", values[above])
            self.add(f"share {level}", self.words / words_at[above])
            mass = self.el_mass[above]
            if below is not None:
                self.add(f"mass of parent {level}", below / np.maximum(mass, 1))
            below = mass
            above = self.parent[above]
        kin = _numbered((self.parent * len(self.page.makes) + self.page.make).tolist())
        alike = np.log1p(np.bincount(kin))[kin]
        above = self.holder
        for level in range(3):
            self.add(f"siblings alike {level}", alike[above])
            above = self.parent[above]

    def makes(self) -> None:
        """Blocks of the same make (tag and names of holder and parent): how many, and what they are like."""
        make = self.page.make
        own, above = make[self.holder], make[self.above]
        self.kin = kin = _numbered((own * len(self.page.makes) + above).tolist())
        count = np.bincount(kin)
        self.add("make count", np.log1p(count)[kin])
        for name, values in (
            ("words", self.words),
            ("links", self.link_share),
            ("ends", self.ends),
            ("word score", self.told.total),
            ("place", self.place / self.n),
        ):
            self.add(f"make {name}", (np.bincount(kin, values) / count)[kin])
        self.add("make mass", np.bincount(kin, self.paragraph)[kin] / self.mass)
        for level, group in (("parent", above), ("grandparent", make[self.parent[self.above]])):
            self.add(f"make mass of {level}", np.bincount(group, self.paragraph)[group] / self.mass)

    def neighbours(self) -> None:
        """The blocks before and after."""
        n = self.n
        columns: tuple[tuple[str, Floats, tuple[int, ...]], ...] = (
            ("words", np.log1p(self.words), (-3, -2, -1, 1, 2, 3)),
            ("links", self.link_share, (-3, -2, -1, 1, 2, 3)),
            ("paragraph", (self.paragraph > 0).astype(np.float32), (-1, 1)),
            ("heading", self.heading.astype(np.float32), (-1, 1)),
            ("ends", self.ends, (-1, 1)),
            ("word score", self.told.total, (-2, -1, 1, 2)),
        )
        padded = np.zeros(n + 6, np.float32)
        for name, values, shifts in columns:
            padded[3 : 3 + n] = values
            for shift in shifts:
                self.add(f"{name} at {shift}", padded[3 + shift : 3 + shift + n])
        for name, values in (
            ("words", self.words),
            ("linked", self.words * self.link_share),
            ("mass", self.paragraph),
            ("word score", np.maximum(-self.told.total, 0)),
        ):
            running = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
            for reach in (5, 15):
                before = running[:n] - running[np.maximum(self.place - reach, 0)]
                after = running[np.minimum(self.place + 1 + reach, n)] - running[1:]
                self.add(f"{name} {reach} before", np.log1p(np.maximum(before, 0)))
                self.add(f"{name} {reach} after", np.log1p(np.maximum(after, 0)))
        same_kin = self.kin[1:] == self.kin[:-1]
        self.add("same holder as before", np.concatenate(([False], self.holder[1:] == self.holder[:-1])))
        self.add("same make as before", np.concatenate(([False], same_kin)))
        self.add("same make as after", np.concatenate((same_kin, [False])))
        self.last_heading()

    def last_heading(self) -> None:
        """The heading above a block, or the short line that stands for one."""
        titles = self.heading | (
            (self.words <= 10) & (self.ends == 0) & (self.link_share < 0.5) & (self.page.strong > 0)
        )
        at = np.maximum.accumulate(np.where(titles, self.place, -1))
        known = at >= 0
        at = np.maximum(at, 0)
        running = np.cumsum(self.words, dtype=np.float64)
        self.add("heading's score", np.where(known, self.told.total[at], 0))
        self.add("heading's lowest", np.where(known, self.told.low[at], 0))
        self.add("heading's distance", np.where(known, np.minimum(self.place - at, 50), 51))
        self.add("words since heading", np.log1p(np.where(known, running - running[at], running)))
        self.add("heading's holder", known & (self.above[at] == self.above))
        self.add(
            "heading's depth", np.where(known, self.depth[self.holder] - self.depth[self.holder[at]], -20)
        )
        self.add("heading in best", known & (at >= self.first[self.best]) & (at < self.end[self.best]))

    def places(self) -> None:
        """Where on the page, and how often."""
        page, place = self.page, self.place
        running = np.cumsum(self.words, dtype=np.float64)
        prose = np.flatnonzero(self.paragraph > 0)
        first, last = (prose[0], prose[-1]) if len(prose) else (0, self.n - 1)
        self.add("place", place / self.n)
        self.add("words before", running / running[-1])
        self.add("after first paragraph", _within(place - first, -30, 30))
        self.add("before last paragraph", _within(last - place, -30, 30))
        self.add("mass before", np.cumsum(self.paragraph, dtype=np.float64) / self.mass)
        text = _numbered(page.text)
        self.add("copies", np.minimum(np.bincount(text), 5)[text])
        self.add("seen", text <= np.maximum.accumulate(np.concatenate(([-1], text[:-1]))))
        self.add("index in holder", _within(place - self.first[self.holder], 0, 50))
        self.add("place in parent", _within(place - self.first[self.above], 0, 100))
        self.add("remains in parent", _within(self.end[self.above] - place, 0, 100))
        self.add("depth", self.depth[self.holder])
        for name, value in (
            ("page words", np.log1p(running[-1])),
            ("page mass", np.log1p(self.mass)),
            ("page prose", self.mass / running[-1]),
            ("page links", float((self.words * self.link_share).sum() / running[-1])),
            ("page blocks", np.log1p(self.n)),
            ("page paragraphs", np.log1p(len(prose))),
            ("page lists", float(((self.tag & TAG_BIT["li"]) != 0).mean())),
        ):
            self.add(name, value)

    def anchors(self) -> None:
        """Against what the page says of itself: title, standfirst, authors, article text."""
        fields, texts = self.fields, self.page.text
        self.titled = self.likeness(fields.title)
        self.add("title", self.titled)
        self.add("standfirst", self.likeness(fields.standfirst))
        at = np.flatnonzero(self.titled > 0.8)
        heads = at[self.heading[at]] if len(at) else at
        start = self.start = int(heads[0]) if len(heads) else (int(at[0]) if len(at) else -1)
        self.add("after title", _within(self.place - start, -40, 40) if start >= 0 else 41)
        names = [name for name in fields.authors if len(name) > 4]
        short = [text if len(text) < _BYLINE else "" for text in texts]
        self.add("names an author", [any(map(text.__contains__, names)) for text in short] if names else 0)
        body = " ".join((fields.article_body or "").split())
        if len(body) < 200:
            self.add("in article body", -1)
        else:
            self.add("in article body", [t[:60] in body and t[-40:] in body for t in texts])
        declared = any("article" in t or "posting" in t for t in fields.hints.schema_types)
        self.add("article type", declared)

    def headline(self) -> None:
        """The way to the headline, and what stands between that ends the article or begins another."""
        start = max(self.start, 0)
        common = self.way((self.first > start) | (self.end <= start))[-1][self.holder]
        self.add("steps to headline", self.depth[self.holder] - self.depth[common])
        self.add("mass with headline", self.el_mass[common] / self.mass)
        prose = np.flatnonzero(self.paragraph > 0)
        first = int(prose[0]) if len(prose) else 0
        short = self.words <= SHORT
        own = self.own_classes
        for name, since, found in (
            ("headlines", start, self.kin == self.kin[start]),
            ("dates", start, short & ((self.told.cues & _CLOCK != 0) | (own & _DATE != 0))),
            ("bylines", start, short & (own & _BYLINE_CLASS != 0)),
            ("low words", first, self.told.low < -1.0),
        ):
            running = np.cumsum(found)
            self.add(f"{name} since", _within(running - running[since], -1, 60))
        self.add("headlines alike", np.minimum(np.count_nonzero(self.kin == self.kin[start]), 20))
        low = np.where(self.heading & (self.place > first), self.told.low, 0)
        self.add("lowest heading since", np.minimum.accumulate(low))

    def likeness(self, wanted: str | None) -> Floats:
        """How much each block shares with a short text: words in both by words in either.

        A block that shares a single word with it counts as one that shares none.
        """
        result = np.zeros(self.n, np.float32)
        bag = set(split(edges(wanted or "")))
        if not bag:
            return result
        least = min(2, len(bag))
        alike = np.flatnonzero((self.parts <= 2 * len(bag)) & (self.parts * 2 >= len(bag)))
        for number, words in zip(alike.tolist(), self.told.lines(alike), strict=True):
            if not bag.isdisjoint(words) and sum(map(bag.__contains__, words)) >= least:
                result[number] = len(bag.intersection(words)) / len(bag.union(words))
        return result
