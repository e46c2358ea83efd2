"""Learn what words say of the blocks they stand in, from sites and not from blocks.

For each word: on every site the share of the blocks with it that are body, averaged over sites, as log-odds
beyond those of all blocks (target encoding with a prior of `_PRIOR` sites). A page that is learned from is
measured with a lexicon that does not know its own site, so a score means the same there as on new sites.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np
import numpy.typing as npt

from pipelines.article.cues import END
from pipelines.article.lexicon import LEAST_SITES, SHORT, Lexicon, character_counts, edges, name_words, split
from pipelines.article.tree import Page

Shares = dict[str, float]
PARTS = ("short", "long", "names")
_PRIOR = 3.0
_LEAST_SCORE = {"short": 0.25, "long": 0.4, "names": 0.0}
STEP = 16
"""Scores are kept in steps of 1/16."""


@dataclass(frozen=True, slots=True)
class PageShares:
    """Of one page, by part of the lexicon: word -> share of its blocks that are body; and of all blocks."""

    site: str
    words: tuple[Shares, Shares, Shares]
    base: tuple[float | None, float | None, float | None]


def page_shares(site: str, page: Page, label: npt.NDArray[np.bool_]) -> PageShares:
    """Count one page."""
    chars, blanks, _ = character_counts(page.text)
    short = np.maximum(blanks + 1, chars / 9) <= SHORT
    counts: tuple[dict[str, list[int]], ...] = tuple(defaultdict(lambda: [0, 0]) for _ in PARTS)
    texts = _parted(split(f" {END} ".join(map(edges, page.text))))
    made = _parted(name_words([names for _, names in page.makes]))
    chains: list[frozenset[str]] = []
    for make, parent in zip(page.make.tolist(), page.parent.tolist(), strict=True):
        own = frozenset(made[make])
        chains.append(own | chains[parent] if parent >= 0 else own)
    for number, body in enumerate(label.tolist()):
        for part, words in ((0 if short[number] else 1, set(texts[number])), (2, chains[page.inner[number]])):
            for word in words:
                count = counts[part][word]
                count[0] += body
                count[1] += 1
    shares = tuple({word: body / seen for word, (body, seen) in part.items()} for part in counts)
    bases = tuple(
        float(label[of].mean()) if of.any() else None for of in (short, ~short, np.ones_like(short))
    )
    return PageShares(site, shares, bases)  # type: ignore[arg-type]


def _parted(words: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == END:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


class Counts:
    """The shares of many pages, by site."""

    def __init__(self, pages: Sequence[PageShares]) -> None:
        self.base = [
            mean(b for page in pages if (b := page.base[part]) is not None) for part in range(len(PARTS))
        ]
        by_site: dict[str, list[PageShares]] = defaultdict(list)
        for page in pages:
            by_site[page.site].append(page)
        self.site = {
            site: [_mean([page.words[part] for page in own]) for part in range(len(PARTS))]
            for site, own in by_site.items()
        }

    def of(self, sites: Iterable[str]) -> Totals:
        """Sums over these sites."""
        sums: list[tuple[dict[str, float], Counter[str]]] = [(defaultdict(float), Counter()) for _ in PARTS]
        for site in sorted(sites):
            for (total, seen), shares in zip(sums, self.site[site], strict=True):
                for word, share in shares.items():
                    total[word] += share
                    seen[word] += 1
        return Totals(self, sums)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the sites that are learned from."""

    counts: Counts
    sums: list[tuple[dict[str, float], Counter[str]]]

    def lexicon(self, without: str | None = None) -> Lexicon:
        """The scores; those of a page that is learned from come `without` its own site."""
        return Lexicon(*(self._scores(part, without) for part in range(len(PARTS))))

    def _scores(self, part: int, without: str | None) -> dict[str, float]:
        total, seen = self.sums[part]
        base = self.counts.base[part]
        own = self.counts.site[without][part] if without else {}
        words = [word for word, sites in seen.items() if sites >= LEAST_SITES]
        shares = np.array([total[word] - own.get(word, 0.0) for word in words])
        sites = np.array([seen[word] - (word in own) for word in words])
        smooth = np.clip((shares + _PRIOR * base) / (sites + _PRIOR), 1e-3, 1 - 1e-3)
        scores = np.round((np.log(smooth / (1 - smooth)) - np.log(base / (1 - base))) * STEP) / STEP
        kept = np.abs(scores) >= _LEAST_SCORE[PARTS[part]]
        return {word: float(score) for word, score, keep in zip(words, scores, kept, strict=True) if keep}


def _mean(shares: list[Shares]) -> Shares:
    gathered: dict[str, list[float]] = defaultdict(list)
    for page in shares:
        for word, share in page.items():
            gathered[word].append(share)
    return {word: sum(values) / len(values) for word, values in gathered.items()}


def arrays(lexicon: Lexicon) -> dict[str, npt.NDArray[np.generic]]:
    """The lexicon as `pipelines.article.model.load` reads it."""
    found: dict[str, npt.NDArray[np.generic]] = {}
    for part in PARTS:
        scores: dict[str, float] = getattr(lexicon, part)
        words = sorted(scores)
        found[f"{part}_words"] = np.frombuffer("\n".join(words).encode(), np.uint8)
        found[f"{part}_scores"] = np.array([round(scores[word] * STEP) for word in words], np.int16)
    return found
