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

_HOPELESS = 0.003
"""Blocks that the first stage believes in no more than this are not put to the second."""
_CHUNK = 128
"""Blocks evaluated at a time: keeps the comparisons in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Boosted trees filled up to complete ones, in pre-order: a node, all to its left, all to its right."""

    feature: npt.NDArray[np.intp]
    """(questions,) row of the table that a question looks at; many nodes ask the same."""
    threshold: Floats
    """(questions, 1): up to here a block goes left."""
    node: npt.NDArray[np.intp]
    """(trees, nodes) the question that a node asks."""
    leaf: Floats
    """(trees, nodes + 1) log-odds added, from left to right."""

    def believe(self, table: Floats) -> Floats:
        """(features, blocks) -> probability of each block, shape (blocks,)."""
        parts = [self._odds(table[:, at : at + _CHUNK]) for at in range(0, table.shape[1], _CHUNK)]
        return np.asarray(1 / (1 + np.exp(-np.concatenate(parts))), np.float32)

    def _odds(self, table: Floats) -> Floats:
        """All questions at once; then each answer picks the half of its tree to ask on."""
        right = table[self.feature] > self.threshold
        asked = right.view(np.uint8)[self.node]  # (trees, nodes, blocks), 0 or 1
        place = np.zeros((len(self.leaf), table.shape[1]), np.uint8)
        while asked.shape[1]:
            answer, half = asked[:, :1], (asked.shape[1] - 1) // 2
            place = 2 * place + answer[:, 0]
            low, high = asked[:, 1 : 1 + half], asked[:, 1 + half :]
            asked = low ^ (np.negative(answer) & (low ^ high))
        return np.asarray(
            np.take_along_axis(self.leaf, place.astype(np.intp), axis=1).sum(axis=0), np.float32
        )


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
        open_ = np.flatnonzero(belief > _HOPELESS)
        table = np.concatenate((measured.table[:, open_], context(measured, belief)[:, open_]))
        if len(open_):
            belief[open_] = self.second.believe(table)
        return belief

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
    feature = np.asarray(arrays[f"{stage}_feature"], np.float64)
    threshold = np.asarray(arrays[f"{stage}_threshold"], np.float64)
    questions, node = np.unique(
        np.stack((feature.ravel(), threshold.ravel()), axis=1), axis=0, return_inverse=True
    )
    return Forest(
        feature=questions[:, 0].astype(np.intp),
        threshold=questions[:, 1:].astype(np.float32),
        node=node.reshape(feature.shape),
        leaf=np.asarray(arrays[f"{stage}_leaf"], np.float32),
    )
