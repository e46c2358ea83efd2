"""Train the block classifier, and measure it on sites it has not seen.

    python -m bench.train --corpora ../shared/corpora

Five folds by registered domain, all corpora together. Every held-out figure is of the complete `extract`,
with a lexicon, a forest and a network that never saw a page of the site in question. Then all are learned
from all pages and written to pipelines/article/blocks.npz. The seed is fixed: the same corpora give the same
file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import catboost
import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

from bench import corpus, lexicon, network
from bench.measure import Score, calibrate, report, score_page
from pipelines.article import decode, fields, frame, guard, tree
from pipelines.article.features import measure
from pipelines.article.lexicon import Lexicon
from pipelines.article.model import Classifier, load

FOLDS = 5
SEED = 7
OUT = Path(__file__).parent.parent / "pipelines" / "article" / "blocks.npz"
_TYPE_WEIGHT = {
    "article": 1.0,
    "documentation": 0.4,
    "service": 0.4,
    "product": 0.2,
    "collection": 0.2,
}
_NEGATIVES = 0.5
"""Share of the blocks that are no body that the forest learns from."""
_SCRIPTLESS = 5
"""One page in so many is learned from without its scripts, and so without JSON-LD."""
_SCRIPT = re.compile(rb"<script\b.*?</script[^>]*>", re.S | re.I)
_PROCESSES = 2
_SETTINGS = {
    "iterations": 400,
    "depth": 6,
    "learning_rate": 0.12,
    "rsm": 0.15,
    "l2_leaf_reg": 5,
    "border_count": 64,
    "bootstrap_type": "No",
    "boosting_type": "Plain",
    "score_function": "L2",
    "random_seed": SEED,
    "thread_count": 1,
    "verbose": False,
    "allow_writing_files": False,
}

Arrays = dict[str, Any]
"""Of numpy arrays, as np.savez takes them."""


@dataclass(slots=True)
class Sample:
    """One page as it is learned from."""

    gold: corpus.GoldPage
    page: tree.Page
    fields: fields.Fields
    label: npt.NDArray[np.bool_]
    counted: npt.NDArray[np.bool_]
    """The blocks that are learned from: not a standfirst, of which gold texts have different opinions."""
    shares: lexicon.PageShares
    fold: int

    def table(self, words: Lexicon) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """((features, blocks), weights)"""
        measured = measure(self.page, self.fields, words)
        mass = max(float(measured.words[self.label].sum()), 150.0)
        weight = (measured.words + 3) / mass + 0.3 / len(self.label)
        return measured.table, (_TYPE_WEIGHT[self.gold.page_type] * weight * self.counted).astype(np.float32)


def sample(gold: corpus.GoldPage) -> Sample | None:
    """Read and label one page; None when it has no text at all, or is of no type that is learned from."""
    if gold.page_type not in _TYPE_WEIGHT:
        return None
    markup, _ = guard.tame(decode.decode(gold.html).markup)
    if int(hashlib.sha1(gold.key.encode()).hexdigest(), 16) % _SCRIPTLESS == 0:
        markup = _SCRIPT.sub(b"", markup)
    parsed = LexborHTMLParser(markup)
    found = fields.read(parsed, gold.url)
    frame.take_out(parsed)
    page = tree.walk(parsed)
    if not page.text:
        return None
    label = corpus.align(page.text, gold.body) > 0.5
    counted = np.ones_like(label)
    if gold.without_standfirst:
        counted = label == (corpus.align(page.text, gold.without_standfirst) > 0.5)
    shares = lexicon.page_shares(gold.site, page, label)
    return Sample(gold, page, found, label, counted, shares, fold_of(gold.site))


def fold_of(site: str) -> int:
    """The fold of a registered domain."""
    return int(hashlib.sha1(site.encode()).hexdigest(), 16) % FOLDS


_samples: list[Sample] = []
_counts: list[lexicon.Counts] = []
"""What the processes that train share: set before they are forked."""


def train(left_out: int | None) -> Arrays:
    """A lexicon, a forest and a network, learned without the pages of one fold."""
    inside = [s for s in _samples if s.fold != left_out]
    totals = _counts[0].of({s.gold.site for s in inside})
    random = np.random.default_rng(SEED)
    tables, labels, weights, used = [], [], [], []
    words: Lexicon | None = None
    site = None
    for one in sorted(inside, key=lambda s: (s.gold.site, s.gold.corpus, s.gold.key)):
        if words is None or one.gold.site != site:
            site = one.gold.site
            words = totals.lexicon(without=site)
        table, weight = one.table(words)
        tables.append(table)
        labels.append(one.label)
        weights.append(weight)
        used.append(one.label | (random.random(len(one.label)) < _NEGATIVES))
    learned = network.learn(tables, labels, weights, SEED)
    label, chosen = np.concatenate(labels), np.concatenate(used)
    weight = np.where(label, np.concatenate(weights), np.concatenate(weights) / _NEGATIVES)[chosen]
    rows = catboost.Pool(
        np.ascontiguousarray(np.concatenate(tables, axis=1).T[chosen]),
        label[chosen].astype(np.int8),
        weight=weight * (len(weight) / weight.sum()),
    )
    del tables
    booster = catboost.CatBoostClassifier(**_SETTINGS)
    booster.fit(rows)
    return forest(booster) | learned | lexicon.arrays(totals.lexicon()) | _UNCALIBRATED


_UNCALIBRATED: Arrays = {
    "expected": np.array([0.0, 1.0], np.float32),
    "observed": np.array([0.0, 1.0], np.float32),
}


def forest(booster: catboost.CatBoostClassifier) -> Arrays:
    """A booster's trees as arrays; one of fewer levels asks a question that is never answered with yes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        booster.save_model(str(path), format="json")
        model = json.loads(path.read_text())
    trees, levels = model["oblivious_trees"], _SETTINGS["depth"]
    places = [number["flat_feature_index"] for number in model["features_info"]["float_features"]]
    scale, (bias,) = model["scale_and_bias"]
    feature = np.zeros((len(trees), levels), np.int16)
    threshold = np.full((len(trees), levels), np.inf, np.float32)
    leaf = np.zeros((len(trees), 2**levels), np.float32)
    for number, one in enumerate(trees):
        for level, split in enumerate(one["splits"]):
            feature[number, level] = places[split["float_feature_index"]]
            threshold[number, level] = split["border"]
        values = np.array(one["leaf_values"], np.float64) * scale
        leaf[number, : len(values)] = values
    return {"feature": feature, "threshold": threshold, "leaf": leaf, "base": np.array(bias)}


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
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("fork")) as pool:
        *models, final = pool.map(train, [*range(FOLDS), None])
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
    _counts.append(lexicon.Counts([s.shares for s in _samples]))
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
