"""The learned block classifier: two small forests of complete trees, evaluated in numpy.

Promises: pure; the same table gives the same beliefs, to the bit, on one machine. What is learned lies in
blocks.npz beside this file as plain arrays (docs/model-card.md); no machine-learning library is needed to
use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from pipelines.article.features import Floats, Measured, context

DEPTH = 5
"""Levels of inner nodes of every tree; 31 inner nodes and 32 leaves."""
NODES = 2**DEPTH - 1
_CHUNK = 256
"""Blocks evaluated at a time: keeps the comparisons in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Boosted trees filled up to complete ones: node i has children 2i+1 (value <= threshold) and 2i+2."""

    feature: npt.NDArray[np.int64]
    """(trees * NODES,) column that a node looks at."""
    threshold: Floats
    """(trees * NODES,)"""
    leaf: Floats
    """(trees, NODES + 1) log-odds added."""

    def believe(self, table: Floats) -> Floats:
        """(blocks, features) -> probability of each block, shape (blocks,)."""
        parts = [self._odds(table[at : at + _CHUNK]) for at in range(0, len(table), _CHUNK)]
        return np.asarray(1 / (1 + np.exp(-np.concatenate(parts))), np.float32)

    def _odds(self, table: Floats) -> Floats:
        """All comparisons of all trees at once, then a walk down that only looks the answers up."""
        trees, blocks = len(self.leaf), len(table)
        right = np.ascontiguousarray(table.T)[self.feature] > self.threshold[:, None]
        answers = right.view(np.uint8).ravel()
        start = (np.arange(trees) * NODES * blocks)[:, None] + np.arange(blocks)
        node = np.zeros((trees, blocks), np.int64)
        for _ in range(DEPTH):
            node = 2 * node + 1 + answers[start + node * blocks]
        return np.asarray(np.take_along_axis(self.leaf, node - NODES, axis=1).sum(axis=0), np.float32)


@dataclass(frozen=True, slots=True)
class Classifier:
    """The two stages, and how the expected score of a page's choice relates to the score it really had."""

    first: Forest
    second: Forest
    expected: Floats
    """Expected word F1 of a page's best choice, rising."""
    observed: Floats
    """The word F1 that held-out pages of that expectation really had."""

    def believe(self, measured: Measured) -> Floats:
        """Probability of each block to be part of the body."""
        belief = self.first.believe(measured.table)
        return self.second.believe(np.concatenate((measured.table, context(measured, belief)), axis=1))

    def confidence(self, expected: float) -> float:
        """The word F1 to expect of a page, learned from held-out pages."""
        return float(np.interp(expected, self.expected, self.observed))


@cache
def shipped() -> Classifier:
    """The classifier that comes with this version."""
    with files("pipelines.article").joinpath("blocks.npz").open("rb") as file:
        return load(dict(np.load(file, allow_pickle=False)))


def load(arrays: dict[str, npt.NDArray[np.generic]]) -> Classifier:
    """A classifier from the arrays that `bench.train` writes."""
    return Classifier(
        first=_forest(arrays, "first"),
        second=_forest(arrays, "second"),
        expected=np.asarray(arrays["expected"], np.float32),
        observed=np.asarray(arrays["observed"], np.float32),
    )


def _forest(arrays: dict[str, npt.NDArray[np.generic]], stage: str) -> Forest:
    return Forest(
        feature=np.asarray(arrays[f"{stage}_feature"], np.int64).ravel(),
        threshold=np.asarray(arrays[f"{stage}_threshold"], np.float32).ravel(),
        leaf=np.asarray(arrays[f"{stage}_leaf"], np.float32),
    )
