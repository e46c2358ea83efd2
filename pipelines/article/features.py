"""A page's flat arrays -> one row of numbers for each of its blocks.

Promises: pure, linear in the page; column i of the table is NAMES[i], for training and use alike. Structure
says more than names do, so most columns measure where a block stands: in which container of the paragraphs'
mass, how far from it in the tree, among what neighbours, made like which other blocks of the page.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.article.cues import CLASS_BIT, HIDDEN_BIT, TAG_BIT, TAGS, TEXT_BIT, text_mask
from pipelines.article.fields import Fields
from pipelines.article.tree import Page

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_CLASSES = tuple(CLASS_BIT)
_TEXTS = tuple(TEXT_BIT)
_ROOM = 512
"""Rows that a table is made with: more than there are features."""
_LEVELS = 5
"""Ancestors of a block that are measured: its holder, the holder's parent and so on."""
_SHIFTS = (-3, -2, -1, 1, 2, 3)
_TIGHT = (0.5, 0.75, 0.95)
_SENTENCE_END = tuple(".!?…。！？।؟.”\"»'’)")
_WORD = re.compile(r"\w+")
_HEADINGS = TAG_BIT["h1"] | TAG_BIT["h2"] | TAG_BIT["h3"] | TAG_BIT["h4"] | TAG_BIT["h5"] | TAG_BIT["h6"]
_APART = (
    TAG_BIT["nav"]
    | TAG_BIT["footer"]
    | TAG_BIT["aside"]
    | TAG_BIT["form"]
    | TAG_BIT["button"]
    | TAG_BIT["figcaption"]
)


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
    above_classes: Ints
    """cues.CLASS_BIT of all elements around the block, the best container's ancestors left out."""
    above_tags: Ints
    """cues.TAG_BIT likewise."""
    paragraph: npt.NDArray[np.bool_]
    title: Floats
    """How much a short block says the same as the title: 0 to 1."""
    holder: Ints
    make: Ints
    """A number for each make of block."""
    parent: Ints
    """Of each element, as `first`, `end` and `depth`."""
    first: Ints
    end: Ints
    depth: Ints


def measure(page: Page, fields: Fields) -> Measured:
    """Measure every block of a page that has at least one."""
    return _Meter(page, fields).run()


class _Meter:
    """The columns of one page as they are gathered, in the order of NAMES."""

    def __init__(self, page: Page, fields: Fields) -> None:
        self.page, self.fields = page, fields
        self.n = len(page.text)
        self.table = np.empty((_ROOM, self.n), np.float32)
        self.names: list[str] = []

    def add(self, name: str, values: npt.ArrayLike) -> None:
        self.table[len(self.names)] = values
        self.names.append(name)

    def add_bits(self, prefix: str, masks: Ints, names: tuple[str, ...]) -> None:
        at = len(self.names)
        self.table[at : at + len(names)] = (masks >> np.arange(len(names))[:, None]) & 1
        self.names.extend([f"{prefix} {name}" for name in names])

    def run(self) -> Measured:
        self.texts()
        self.elements()
        self.containers()
        self.levels()
        self.makes()
        self.neighbours()
        self.places()
        self.anchors()
        return Measured(
            table=self.table[: len(self.names)],
            words=self.words,
            link_share=self.link_share,
            cues=self.cues,
            holder_classes=self.own_classes,
            above_classes=self.near_classes,
            above_tags=self.near_tags,
            paragraph=self.paragraph > 0,
            title=self.titled,
            holder=self.holder,
            make=self.group,
            parent=self.parent,
            first=self.first,
            end=self.end,
            depth=self.depth,
        )

    def texts(self) -> None:
        """What a block's own text looks like."""
        page, texts = self.page, self.page.text
        chars = np.array([len(t) for t in texts], np.float32)
        blanks = np.array([t.count(" ") for t in texts], np.float32)
        self.words = np.maximum(blanks + 1, chars / 9)
        self.chars = chars
        self.link_share = np.minimum(np.array(page.linked, np.float32) / chars, 1)
        self.cues = np.array([text_mask(t) for t in texts], np.int64)
        periods = np.array(
            [t.count(". ") + t.count("。") + t.count("? ") + t.count("! ") for t in texts], np.float32
        )
        commas = np.array(
            [t.count(",") + t.count("、") + t.count("，") + t.count("،") for t in texts], np.float32
        )
        self.ends = np.array([t.endswith(_SENTENCE_END) for t in texts], np.float32)
        self.add("log words", np.log1p(self.words))
        self.add("word length", np.minimum(chars / (blanks + 1), 60))
        self.add("link share", self.link_share)
        self.add("links", np.log1p(np.array(page.links, np.float32)))
        self.add("strong share", np.minimum(np.array(page.strong, np.float32) / chars, 1))
        self.add("sentences", np.log1p(periods))
        self.add("commas a word", commas / self.words)
        self.add("ends a sentence", self.ends)
        self.add("starts lower", [t[0].islower() for t in texts])
        self.add("capitals", [_capital_share(t) for t in texts])
        self.add("quotes", ["“" in t or '"' in t or "„" in t or "«" in t for t in texts])
        self.add_bits("text", self.cues, _TEXTS)

    def elements(self) -> None:
        """Sums over each element's blocks, and what its names and tags say."""
        page = self.page
        self.parent = np.maximum(np.array(page.parent, np.int64), 0)
        self.first, self.end = (
            np.array(page.first, np.int64),
            np.minimum(np.array(page.end, np.int64), self.n),
        )
        self.end = np.maximum(self.end, self.first)
        self.depth = np.array(page.depth, np.int64)
        self.el_classes, self.el_tags = np.array(page.classes, np.int64), np.array(page.tags, np.int64)
        self.holder, self.inner = np.array(page.holder, np.int64), np.array(page.inner, np.int64)
        all_classes, all_tags = list(page.classes), list(page.tags)
        article: list[int] = []
        for number, parent in enumerate(page.parent):
            if parent >= 0:
                all_classes[number] |= all_classes[parent]
                all_tags[number] |= all_tags[parent]
            article.append(
                number if page.tag[number] == "article" else article[parent] if parent >= 0 else -1
            )
        self.article = np.array(article, np.int64)
        self.all_classes, self.all_tags = np.array(all_classes, np.int64), np.array(all_tags, np.int64)
        self.tag = self.el_tags[self.holder]
        apart = (self.all_tags[self.inner] & (_APART | HIDDEN_BIT)) != 0
        prose = (self.words >= 12) & (self.link_share < 0.4) & (self.ends > 0) & ((self.tag & _HEADINGS) == 0)
        self.paragraph = np.where(prose & ~apart, np.minimum(self.words, 150), 0).astype(np.float32)
        if not self.paragraph.any():
            self.paragraph = np.where(self.link_share < 0.5, np.minimum(self.words, 50), 0.5).astype(
                np.float32
            )
        self.mass = float(self.paragraph.sum())

    def sums(self, values: Floats) -> Floats:
        """Of each element: the sum over its blocks."""
        running = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
        return np.asarray(running[self.end] - running[self.first], np.float32)

    def containers(self) -> None:
        """Which elements hold the mass of the paragraphs, and where each block stands to them."""
        self.el_mass = self.sums(self.paragraph)
        self.el_words = self.sums(self.words)
        self.el_linked = self.sums(self.words * self.link_share)
        score = np.zeros(len(self.parent), np.float32)
        above = self.holder
        for weight in (1.0, 0.9, 0.4, 0.2):
            np.add.at(score, above, weight * self.paragraph)
            above = self.parent[above]
        self.best = int(np.argmax(score * (1 - self.el_linked / np.maximum(self.el_words, 1))))
        place = np.arange(self.n)
        self.tight = []
        for share in _TIGHT:
            holds = np.flatnonzero(self.el_mass >= share * self.mass)
            tight = int(holds[np.argmax(self.depth[holds])]) if len(holds) else 0
            self.tight.append(tight)
            self.add(f"in tight {share}", (place >= self.first[tight]) & (place < self.end[tight]))
            self.add(f"depth below tight {share}", self.depth[self.holder] - self.depth[tight])
        inside = (place >= self.first[self.best]) & (place < self.end[self.best])
        self.add("in best", inside)
        articles = self.article[self.inner]
        self.add("in best's article", (articles == self.article[self.best]) * np.where(articles >= 0, 1, 0.5))
        self.add("article's mass", np.where(articles >= 0, self.el_mass[articles], -1) / self.mass)
        self.add("best's share", np.full(self.n, self.el_mass[self.best] / self.mass))
        self.distances()

    def distances(self) -> None:
        """Steps up the tree to an element that also holds the best container, and steps down from there."""
        lca, steps = self.holder.copy(), np.zeros(self.n, np.float32)
        near_classes, near_tags = np.zeros(self.n, np.int64), np.zeros(self.n, np.int64)
        near_classes |= self.el_classes[self.inner]
        near_tags |= self.el_tags[self.inner]
        begin, end = self.first[self.best], self.end[self.best]
        for _ in range(40):
            outside = ~((self.first[lca] <= begin) & (self.end[lca] >= end))
            if not outside.any():
                break
            near_classes = np.where(outside, near_classes | self.el_classes[lca], near_classes)
            near_tags = np.where(outside, near_tags | self.el_tags[lca], near_tags)
            lca = np.where(outside, self.parent[lca], lca)
            steps += outside
        self.near_classes, self.near_tags = near_classes, near_tags
        self.add("steps up", steps)
        self.add("steps down", np.maximum(self.depth[self.best] - self.depth[lca], 0))
        self.add("common mass", self.el_mass[lca] / self.mass)
        self.add("common links", self.el_linked[lca] / np.maximum(self.el_words[lca], 1))
        self.add_bits("near class", near_classes, _CLASSES)
        self.add_bits("near tag", near_tags, (*TAGS, "hidden"))

    def levels(self) -> None:
        """The block's ancestors, one level after the other."""
        self.own_classes = self.el_classes[self.holder] | self.el_classes[self.inner]
        self.add_bits("own class", self.own_classes, _CLASSES)
        self.add_bits("own tag", self.tag | self.el_tags[self.inner], (*TAGS, "hidden"))
        self.add_bits("any class", self.all_classes[self.inner], _CLASSES)
        self.add_bits("any tag", self.all_tags[self.inner], (*TAGS, "hidden"))
        above, below_mass = self.holder, None
        for level in range(_LEVELS):
            words = np.maximum(self.el_words[above], 1)
            mass = self.el_mass[above]
            self.add(f"words {level}", np.log1p(words))
            self.add(f"links {level}", self.el_linked[above] / words)
            self.add(f"mass {level}", mass / self.mass)
            self.add(f"mass a word {level}", mass / words)
            self.add(f"blocks {level}", np.log1p((self.end[above] - self.first[above]).astype(np.float32)))
            self.add(f"share {level}", self.words / words)
            if below_mass is not None:
                self.add(f"mass of parent {level}", below_mass / np.maximum(mass, 1))
            if level in (1, 2):
                self.add_bits(f"class {level}", self.el_classes[above], _CLASSES)
            below_mass = mass
            above = self.parent[above]

    def makes(self) -> None:
        """Blocks of the same make (tag and names of holder and parent): how many, and what they are like."""
        page = self.page
        keys = [(page.tag[h], page.names[h], page.names[max(page.parent[h], 0)]) for h in page.holder]
        numbers: dict[tuple[str, str, str], int] = {}
        make = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
        self.group = make
        count = np.bincount(make)
        self.add("make count", np.log1p(count[make].astype(np.float32)))
        for name, values in (("words", self.words), ("links", self.link_share), ("ends", self.ends)):
            self.add(f"make {name}", (np.bincount(make, values) / count)[make])
        self.add("make mass", np.bincount(make, self.paragraph)[make] / self.mass)
        for level, element in (
            ("parent", self.parent[self.holder]),
            ("grandparent", self.parent[self.parent[self.holder]]),
        ):
            named: dict[tuple[str, str], int] = {}
            kin = np.array(
                [named.setdefault((page.tag[e], page.names[e]), len(named)) for e in element.tolist()],
                np.int64,
            )
            self.add(f"make mass of {level}", np.bincount(kin, self.paragraph)[kin] / self.mass)
        spread = np.bincount(make, np.arange(self.n))[make] / count[make]
        self.add("make place", spread / self.n)

    def neighbours(self) -> None:
        """The blocks before and after."""
        heading = ((self.tag & _HEADINGS) != 0).astype(np.float32)
        columns = (
            ("words", np.log1p(self.words), _SHIFTS),
            ("links", self.link_share, _SHIFTS),
            ("paragraph", (self.paragraph > 0).astype(np.float32), (-1, 1)),
            ("heading", heading, (-1, 1)),
            ("ends", self.ends, (-1, 1)),
        )
        for name, values, shifts in columns:
            padded = np.concatenate((np.zeros(3, np.float32), values, np.zeros(3, np.float32)))
            for shift in shifts:
                self.add(f"{name} at {shift}", padded[3 + shift : 3 + shift + self.n])
        for name, values in (
            ("words", self.words),
            ("linked", self.words * self.link_share),
            ("mass", self.paragraph),
        ):
            running = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
            place = np.arange(self.n)
            for reach in (5, 15):
                before = running[place] - running[np.maximum(place - reach, 0)]
                after = running[np.minimum(place + 1 + reach, self.n)] - running[place + 1]
                self.add(f"{name} {reach} before", np.log1p(np.maximum(before, 0)))
                self.add(f"{name} {reach} after", np.log1p(np.maximum(after, 0)))
        same = np.concatenate(([False], self.holder[1:] == self.holder[:-1]))
        self.add("same holder as before", same)
        self.add("same make as before", np.concatenate(([False], self.group[1:] == self.group[:-1])))
        self.add("same make as after", np.concatenate((self.group[1:] == self.group[:-1], [False])))

    def places(self) -> None:
        """Where on the page, and how often."""
        page, place = self.page, np.arange(self.n, dtype=np.float32)
        running = np.cumsum(self.words, dtype=np.float64)
        prose = np.flatnonzero(self.paragraph > 0)
        first, last = (prose[0], prose[-1]) if len(prose) else (0, self.n - 1)
        self.add("place", place / self.n)
        self.add("words before", running / running[-1])
        self.add("after first paragraph", np.clip(place - first, -30, 30))
        self.add("before last paragraph", np.clip(last - place, -30, 30))
        massed = np.cumsum(self.paragraph, dtype=np.float64)
        self.add("mass before", massed / self.mass)
        counts = Counter(page.text)
        self.add("copies", [min(counts[t], 5) for t in page.text])
        earliest = {t: number for number, t in reversed(list(enumerate(page.text)))}
        self.add("seen", [earliest[t] < number for number, t in enumerate(page.text)])
        self.add("index in holder", np.clip(place - self.first[self.holder], 0, 50))
        self.add("place in parent", np.clip(place - self.first[self.parent[self.holder]], 0, 100))
        remains = self.end[self.parent[self.holder]] - place
        self.add("remains in parent", np.clip(remains, 0, 100))
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
            self.add(name, np.full(self.n, value))

    def anchors(self) -> None:
        """Against what the page says of itself: title, standfirst, authors, article text."""
        fields, texts = self.fields, self.page.text
        self.titled = _likeness(texts, self.words, fields.title)
        self.add("title", self.titled)
        self.add("standfirst", _likeness(texts, self.words, fields.standfirst))
        at = np.flatnonzero(self.titled > 0.8)
        heads = at[(self.tag[at] & _HEADINGS) != 0] if len(at) else at
        start = int(heads[0]) if len(heads) else (int(at[0]) if len(at) else -1)
        self.add(
            "after title", np.clip(np.arange(self.n) - start, -40, 40) if start >= 0 else np.full(self.n, 41)
        )
        names = [name for name in fields.authors if len(name) > 4]
        self.add("names an author", [len(t) < 300 and any(name in t for name in names) for t in texts])
        body = " ".join((fields.article_body or "").split())
        if len(body) < 200:
            self.add("in article body", np.full(self.n, -1))
        else:
            self.add("in article body", [t[:60] in body and t[-40:] in body for t in texts])
        self.add(
            "article type",
            np.full(self.n, any("article" in t or "posting" in t for t in fields.hints.schema_types)),
        )


def context(measured: Measured, belief: Floats) -> Floats:
    """(features, blocks): what the first stage believes of a block, its neighbours, containers and like."""
    n = len(belief)
    words = measured.words
    believed = words * belief
    total = max(float(believed.sum()), 1e-6)
    columns: list[npt.NDArray[np.generic]] = [belief]
    padded = np.concatenate((np.zeros(4, np.float32), belief, np.zeros(4, np.float32)))
    columns += [padded[4 + shift : 4 + shift + n] for shift in (-4, -3, -2, -1, 1, 2, 3, 4)]
    run_words = np.concatenate(([0.0], np.cumsum(words, dtype=np.float64)))
    run_belief = np.concatenate(([0.0], np.cumsum(believed, dtype=np.float64)))
    place = np.arange(n)
    for reach in (3, 8, 25):
        low, high = np.maximum(place - reach, 0), np.minimum(place + 1 + reach, n)
        columns.append((run_belief[place] - run_belief[low]) / (run_words[place] - run_words[low] + 1))
        columns.append(
            (run_belief[high] - run_belief[place + 1]) / (run_words[high] - run_words[place + 1] + 1)
        )
    el_words = run_words[measured.end] - run_words[measured.first]
    el_belief = run_belief[measured.end] - run_belief[measured.first]
    above = measured.holder
    for _ in range(_LEVELS):
        columns.append(el_belief[above] / (el_words[above] + 1))
        columns.append(el_belief[above] / total)
        above = measured.parent[above]
    for share in (0.5, 0.8, 0.98):
        holds = np.flatnonzero(el_belief >= share * total)
        tight = int(holds[np.argmax(measured.depth[holds])]) if len(holds) else 0
        columns.append((place >= measured.first[tight]) & (place < measured.end[tight]))
        columns.append(measured.depth[measured.holder] - measured.depth[tight])
        columns.append(np.full(n, el_belief[tight] / (el_words[tight] + 1)))
    made = np.bincount(measured.make, believed)
    columns.append((made / np.bincount(measured.make, words))[measured.make])
    columns.append((made / total)[measured.make])
    columns.append(np.maximum.accumulate(belief))
    columns.append(np.maximum.accumulate(belief[::-1])[::-1])
    columns.append(run_belief[1:] / total)
    sure = np.flatnonzero(belief > 0.5)
    first, last = (sure[0], sure[-1]) if len(sure) else (0, n - 1)
    columns.append(np.clip(place - first, -30, 30))
    columns.append(np.clip(last - place, -30, 30))
    columns.append(np.full(n, np.log1p(total)))
    columns.append(np.full(n, total / run_words[-1]))
    columns.append(np.full(n, float((words * np.abs(belief - 0.5)).sum() / run_words[-1])))
    return np.stack([np.asarray(column, np.float32) for column in columns])


def _capital_share(text: str) -> float:
    """Share of the first words that start with a capital."""
    words = text[:120].split()
    return sum(word[0].isupper() for word in words) / len(words)


def _likeness(texts: list[str], words: Floats, wanted: str | None) -> Floats:
    """How much each block shares with a short text: words in both by words in either."""
    result = np.zeros(len(texts), np.float32)
    bag = set(_WORD.findall((wanted or "").casefold()))
    if not bag:
        return result
    for number in np.flatnonzero((words <= 2 * len(bag)) & (words * 2 >= len(bag))).tolist():
        other = set(_WORD.findall(texts[number].casefold()))
        if other:
            result[number] = len(bag & other) / len(bag | other)
    return result
