"""The learned block classifier: a lexicon, and a forest of oblivious trees evaluated in numpy.

Promises: pure; the same page gives the same beliefs, to the bit, on one machine. What is learned lies in
blocks.npz beside this file as plain arrays (docs/model-card.md); no machine-learning library is needed to
use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.article.features import Floats, Measured
from pipelines.article.lexicon import Lexicon

_CHUNK = 256
"""Blocks evaluated at a time: keeps the comparisons in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Boosted oblivious trees: all nodes of a level ask the same, so the answers are the leaf's number."""

    feature: npt.NDArray[np.intp]
    """(questions,) row of the table that a question looks at; many trees ask the same."""
    threshold: Floats
    """(questions, 1): above it the answer is yes."""
    asked: npt.NDArray[np.intp]
    """(levels, trees): the question of each level."""
    leaf: Floats
    """(trees * 2**levels,) log-odds added; yes at level i adds 2**i to the place in the tree."""
    base: float
    """Log-odds before any tree."""

    def believe(self, table: Floats) -> Floats:
        """(features, blocks) -> probability of each block, shape (blocks,)."""
        parts = [self._odds(table[:, at : at + _CHUNK]) for at in range(0, table.shape[1], _CHUNK)]
        return np.asarray(1 / (1 + np.exp(-np.concatenate(parts))), np.float32)

    def _odds(self, table: Floats) -> Floats:
        yes = (table[self.feature] > self.threshold).view(np.uint8)
        place = yes[self.asked[0]]
        for level, questions in enumerate(self.asked[1:], 1):
            place |= yes[questions] << np.uint8(level)
        trees = len(place)
        starts = (np.arange(trees) << len(self.asked))[:, None]
        return np.asarray(self.leaf[place + starts].sum(axis=0) + np.float32(self.base), np.float32)


@dataclass(frozen=True, slots=True)
class Classifier:
    """What was learned, and how the expected score of a page's choice relates to the score it really had."""

    lexicon: Lexicon
    forest: Forest
    expected: Floats
    """Expected word F1 of a page's best choice, rising."""
    observed: Floats
    """The word F1 that held-out pages of that expectation really had."""

    def believe(self, measured: Measured) -> Floats:
        """Probability of each block to be part of the body."""
        return self.forest.believe(measured.table)

    def confidence(self, expected: float) -> float:
        """The word F1 to expect of a page, learned from held-out pages."""
        return float(np.interp(expected, self.expected, self.observed))


@cache
def shipped() -> Classifier:
    """The classifier that comes with this version."""
    with files("pipelines.article").joinpath("blocks.npz").open("rb") as file:
        return load(dict(np.load(file, allow_pickle=False)))


def load(arrays: Mapping[str, npt.NDArray[Any]]) -> Classifier:
    """A classifier from the arrays that `bench.train` writes."""
    return Classifier(
        lexicon=Lexicon(*(_scores(arrays, name) for name in ("short", "long", "names"))),
        forest=_forest(arrays),
        expected=np.asarray(arrays["expected"], np.float32),
        observed=np.asarray(arrays["observed"], np.float32),
    )


def _scores(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> dict[str, float]:
    words = bytes(arrays[f"{name}_words"]).decode().split("\n")
    return dict(zip(words, (arrays[f"{name}_scores"].astype(np.float32) / 16).tolist(), strict=True))


def _forest(arrays: Mapping[str, npt.NDArray[Any]]) -> Forest:
    feature, threshold = arrays["feature"], arrays["threshold"]
    questions, asked = np.unique(
        np.stack((feature.ravel().astype(np.float64), threshold.ravel().astype(np.float64)), axis=1),
        axis=0,
        return_inverse=True,
    )
    return Forest(
        feature=questions[:, 0].astype(np.intp),
        threshold=questions[:, 1:].astype(np.float32),
        asked=np.ascontiguousarray(asked.reshape(feature.shape).T),
        leaf=np.asarray(arrays["leaf"], np.float32).ravel(),
        base=float(arrays["base"]),
    )
