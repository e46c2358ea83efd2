"""The learned block classifier: a lexicon, and a forest and a small network that judge by what it tells.

Promises: pure; the same page gives the same beliefs on one machine. What is learned lies in blocks.npz beside
this file as plain arrays (docs/model-card.md); no machine-learning library is needed to use it, only numpy.
The forest judges each block by its own row of measures; the network reads the rows in the page's order. They
err on different pages, so that their mean is better than either.
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

    def odds(self, table: Floats) -> Floats:
        """(features, blocks) -> log-odds of each block, shape (blocks,)."""
        parts = [self._odds(table[:, at : at + _CHUNK]) for at in range(0, table.shape[1], _CHUNK)]
        return np.concatenate(parts)

    def _odds(self, table: Floats) -> Floats:
        yes = (table.take(self.feature, axis=0) > self.threshold).view(np.uint8)
        place = yes.take(self.asked[-1], axis=0)
        for questions in self.asked[-2::-1]:
            place += place
            place += yes.take(questions, axis=0)
        trees = len(place)
        starts = (np.arange(trees) << len(self.asked))[:, None]
        return np.asarray(self.leaf.take(place + starts).sum(axis=0) + np.float32(self.base), np.float32)


@dataclass(frozen=True, slots=True)
class Network:
    """Dilated convolutions along the page with residual connections (He et al. 2016; Yu and Koltun 2016)."""

    low: Floats
    """(features, 1): a measure below or above what is usual counts as the least or the most that is."""
    high: Floats
    enter: Floats
    """(units, features)"""
    enter_bias: Floats
    """(units, 1)"""
    mix: Floats
    """(layers, units, 3 * units): of layer i, weights of the units 2**i blocks before, here, 2**i after."""
    mix_bias: Floats
    """(layers, units, 1)"""
    leave: Floats
    """(units,)"""
    leave_bias: float

    def odds(self, table: Floats) -> Floats:
        """(features, blocks) -> log-odds of each block, shape (blocks,)."""
        blocks = table.shape[1]
        measures = np.zeros((len(table), blocks + -blocks % _WIDTH), np.float32)
        np.clip(table, self.low, self.high, out=measures[:, :blocks])
        state = np.maximum(_times(self.enter, measures) + self.enter_bias, 0)
        units = len(state)
        around = np.zeros((3 * units, state.shape[1]), np.float32)
        for layer, (mix, bias) in enumerate(zip(self.mix, self.mix_bias, strict=True)):
            reach = min(2**layer, blocks)
            around[:units, :reach] = around[2 * units :, blocks - reach :] = 0
            around[:units, reach:blocks] = state[:, : blocks - reach]
            around[units : 2 * units, :blocks] = state[:, :blocks]
            around[2 * units :, : blocks - reach] = state[:, reach:blocks]
            state = state + np.maximum(_times(mix, around) + bias, 0)
        return np.asarray(self.leave @ state[:, :blocks] + np.float32(self.leave_bias), np.float32)


_WIDTH = 12
"""Columns of a matrix that are multiplied at once: so few that numpy's BLAS keeps to one thread, as it does
up to 262,144 products. With two a page took twice the processor time, and as long."""


def _times(weights: Floats, columns: Floats) -> Floats:
    """The matrix product; `columns` are a multiple of `_WIDTH`."""
    parts = columns.reshape(len(columns), -1, _WIDTH).transpose(1, 0, 2)
    product: Floats = np.matmul(weights, parts).transpose(1, 0, 2).reshape(len(weights), -1)
    return product


NETWORK_SHARE = 0.4
"""How much the network's probabilities count in the mean."""
_STEPS = 65536
"""Probabilities are rounded to so many: the last bits of a matrix product depend on the machine."""


@dataclass(frozen=True, slots=True)
class Classifier:
    """What was learned, and how the expected score of a page's choice relates to the score it really had."""

    lexicon: Lexicon
    forest: Forest
    network: Network
    expected: Floats
    """Expected word F1 of a page's best choice, rising."""
    observed: Floats
    """The word F1 that held-out pages of that expectation really had."""

    def believe(self, measured: Measured) -> Floats:
        """Probability of each block to be part of the body."""
        table = measured.table
        forest, network = (1 / (1 + np.exp(-part.odds(table))) for part in (self.forest, self.network))
        belief = (1 - NETWORK_SHARE) * forest + NETWORK_SHARE * network
        return np.asarray(np.round(belief * _STEPS) / _STEPS, np.float32)

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
        network=_network(arrays),
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


def _network(arrays: Mapping[str, npt.NDArray[Any]]) -> Network:
    parts = {name: np.asarray(arrays[f"network_{name}"], np.float32) for name in _NETWORK_PARTS}
    return Network(**parts, leave_bias=float(arrays["network_leave_bias"]))


_NETWORK_PARTS = ("low", "high", "enter", "enter_bias", "mix", "mix_bias", "leave")
