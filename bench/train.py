"""Train the block classifier, and measure it on sites it has not seen.

    python -m bench.train --corpora ../shared/corpora

Five folds by registered domain, all corpora together. Every held-out figure is of the complete `extract`,
with a classifier whose two stages never saw a page of the site in question: the second stage learns from
beliefs of first stages that had seen neither the page's own fold nor the held-out one. Then a classifier is
trained on all pages and written to pipelines/article/blocks.npz. The seed is fixed: the same corpora give
the same file.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

from bench import corpus
from bench.measure import Score, calibrate, report, score_page
from pipelines.article import decode, fields, guard, tree
from pipelines.article.features import Measured, context, measure
from pipelines.article.model import Classifier, load

FOLDS = 5
DEPTH = 6
"""Levels of inner nodes of every tree."""
NODES = 2**DEPTH - 1
SEED = 7
OUT = Path(__file__).parent.parent / "pipelines" / "article" / "blocks.npz"
_TYPE_WEIGHT = {
    "article": 1.0,
    "documentation": 0.4,
    "service": 0.4,
    "product": 0.2,
    "collection": 0.2,
}
_FIRST_TREES, _SECOND_TREES = 90, 150
_NEGATIVES = 0.6
"""Share of the blocks that are no body that is learned from."""
_AGREEING, _DOUBTFUL = 0.5, 0.1
"""A page whose gold a model that has not seen it contradicts this much counts so much: cut-off golds."""
_PROCESSES = 3
_SETTINGS = {
    "objective": "binary",
    "num_leaves": 40,
    "max_depth": DEPTH,
    "feature_fraction": 0.3,
    "min_data_in_leaf": 60,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "num_threads": 1,
    "seed": SEED,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}

Arrays = dict[str, Any]
"""Of numpy arrays, as np.savez takes them."""


@dataclass(slots=True)
class Sample:
    """One page as the models see it."""

    measured: Measured
    label: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float32]
    fold: int


def sample(gold: corpus.GoldPage) -> Sample | None:
    """Measure and label one page; None when it has no text at all, or is of no type that is learned from."""
    if gold.page_type not in _TYPE_WEIGHT:
        return None
    markup, _ = guard.tame(decode.decode(gold.html).markup)
    parsed = LexborHTMLParser(markup)
    found = fields.read(parsed, gold.url)
    page = tree.walk(parsed)
    if not page.text:
        return None
    measured = measure(page, found)
    label = corpus.align(page.text, gold.body) > 0.5
    mass = max(float(measured.words[label].sum()), 150.0)
    weight = _TYPE_WEIGHT[gold.page_type] * ((measured.words + 3) / mass + 0.3 / len(label))
    if (
        gold.without_standfirst
    ):  # whether a standfirst belongs to the body is a convention that the rules after the choice keep
        weight *= label == (corpus.align(page.text, gold.without_standfirst) > 0.5)
    return Sample(measured, label, weight.astype(np.float32), fold_of(gold.site))


def fold_of(site: str) -> int:
    """The fold of a registered domain."""
    return int(hashlib.sha1(site.encode()).hexdigest(), 16) % FOLDS


def boost(
    tables: Sequence[npt.NDArray[np.float32]], samples: Sequence[Sample], trees: int, rate: float
) -> lightgbm.Booster:
    """Train one stage; of the many blocks that are no body, a seeded share stands for all."""
    table = np.concatenate(tables, axis=1).T
    label = np.concatenate([s.label for s in samples])
    weight = np.concatenate([s.weight for s in samples])
    used = label | (np.random.default_rng(SEED).random(len(label)) < _NEGATIVES)
    weight = np.where(label, weight, weight / _NEGATIVES)[used]
    settings = _SETTINGS | {"learning_rate": rate}
    rows = lightgbm.Dataset(
        table[used], label[used].astype(np.int8), weight=weight * (len(weight) / weight.sum())
    )
    return lightgbm.train(settings, rows, trees)


def forest(prefix: str, booster: lightgbm.Booster) -> Arrays:
    """A booster's trees filled up to complete ones."""
    trees = booster.dump_model()["tree_info"]
    feature = np.zeros((len(trees), NODES), np.int16)
    threshold = np.full((len(trees), NODES), np.inf, np.float32)
    leaf = np.zeros((len(trees), NODES + 1), np.float32)
    for number, info in enumerate(trees):
        _fill(info["tree_structure"], DEPTH, feature[number], threshold[number], leaf[number])
    return {f"{prefix}_feature": feature, f"{prefix}_threshold": threshold, f"{prefix}_leaf": leaf}


def _fill(
    node: dict[str, Any],
    height: int,
    feature: npt.NDArray[np.int16],
    threshold: npt.NDArray[np.float32],
    leaf: npt.NDArray[np.float32],
) -> None:
    """Write a node of LightGBM's and what is below it, in pre-order; an early leaf fills all places below."""
    if "leaf_value" in node:
        leaf[:] = node["leaf_value"]
        return
    feature[0], threshold[0] = node["split_feature"], np.float32(node["threshold"])
    half = 2 ** (height - 1) - 1
    low, high = slice(1, 1 + half), slice(1 + half, None)
    _fill(node["left_child"], height - 1, feature[low], threshold[low], leaf[: half + 1])
    _fill(node["right_child"], height - 1, feature[high], threshold[high], leaf[half + 1 :])


_NO_SECOND: Arrays = {
    "second_feature": np.zeros((1, NODES), np.int16),
    "second_threshold": np.zeros((1, NODES), np.float32),
    "second_leaf": np.zeros((1, NODES + 1), np.float32),
    "expected": np.array([0.0, 1.0], np.float32),
    "observed": np.array([0.0, 1.0], np.float32),
}

_samples: list[Sample] = []
_firsts: dict[frozenset[int], Arrays] = {}
"""What the processes that train share: set before they are forked."""


def train_first(left_out: frozenset[int]) -> Arrays:
    """A first stage that has not seen the folds left out."""
    inside = [s for s in _samples if s.fold not in left_out]
    return forest("first", boost([s.measured.table for s in inside], inside, _FIRST_TREES, 0.15))


def train_both(left_out: frozenset[int]) -> Arrays:
    """Both stages, trained without the pages of the folds left out.

    The second stage learns from beliefs of first stages that had not seen the page's fold.
    """
    inside, tables = [], []
    for s in _samples:
        if s.fold in left_out:
            continue
        belief = load(_firsts[left_out | {s.fold}] | _NO_SECOND).first.believe(s.measured.table)
        tables.append(np.concatenate((s.measured.table, context(s.measured, belief))))
        inside.append(replace(s, weight=s.weight * (1 if _agreement(s, belief) > _AGREEING else _DOUBTFUL)))
    second = forest("second", boost(tables, inside, _SECOND_TREES, 0.08))
    return _NO_SECOND | _firsts[left_out] | second


def _agreement(sample: Sample, belief: npt.NDArray[np.float32]) -> float:
    """Word F1 of a page's labels and the blocks that a model which has not seen it believes in."""
    words, chosen = sample.measured.words, belief > 0.5
    both = float(words[chosen & sample.label].sum())
    return 2 * both / (float(words[chosen].sum() + words[sample.label].sum()) + 1e-9)


def _score_fold(job: tuple[Classifier, list[corpus.GoldPage]]) -> list[Score]:
    classifier, golds = job
    return [score_page(classifier, gold) for gold in golds]


def held_out(models: Sequence[Arrays], golds: Iterable[corpus.GoldPage]) -> list[Score]:
    """Each page's score, through the complete `extract`, by the model that has not seen its site."""
    by_fold: list[list[corpus.GoldPage]] = [[] for _ in models]
    for gold in golds:
        by_fold[fold_of(gold.site)].append(gold)
    jobs = [(load(arrays), pages) for arrays, pages in zip(models, by_fold, strict=True)]
    with ProcessPoolExecutor(_PROCESSES) as pool:
        return [score for scores in pool.map(_score_fold, jobs) for score in scores]


def train_all() -> tuple[list[Arrays], Arrays]:
    """(the models of the folds, the model of all pages)."""
    singles = [frozenset((fold,)) for fold in range(FOLDS)]
    outs = sorted({a | b for a in singles for b in singles} | {frozenset()}, key=sorted)
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("fork")) as pool:
        _firsts.update(zip(outs, pool.map(train_first, outs), strict=True))
    print("first stages trained", flush=True)
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("fork")) as pool:
        *models, final = pool.map(train_both, [*singles, frozenset()])
    return models, final


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--folds", type=Path, help="also write the models of the folds into this folder")
    options = parser.parse_args()
    golds = list(corpus.read(options.corpora))
    with ProcessPoolExecutor(_PROCESSES) as pool:
        _samples.extend(s for s in pool.map(sample, golds, chunksize=16) if s is not None)
    print(f"{len(_samples)} pages, {sum(len(s.label) for s in _samples)} blocks", flush=True)
    models, final = train_all()
    if options.folds:
        options.folds.mkdir(parents=True, exist_ok=True)
        for fold, arrays in enumerate(models):
            np.savez_compressed(options.folds / f"{fold}.npz", **arrays)
    scores = held_out(models, golds)
    print(report(scores))
    np.savez_compressed(options.out, **(final | calibrate(scores)))
    print(f"{options.out}: {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
