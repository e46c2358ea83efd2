"""Scores of the complete `extract` by the metrics of the scorer beside the project, held-out or not."""

from __future__ import annotations

import importlib.util
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean
from types import ModuleType

import numpy as np
import numpy.typing as npt

from bench.corpus import GoldPage
from pipelines.article import extract_with
from pipelines.article.model import Classifier


@dataclass(frozen=True, slots=True)
class Score:
    """How one page came out."""

    corpus: str
    page_type: str
    key: str
    word_f1: float
    shingles: tuple[float, float, float]
    """Shares of 4-grams right, too many, missing."""
    expected: float
    """The confidence of an uncalibrated classifier: its expected word F1."""


@cache
def metrics(corpora: Path) -> ModuleType:
    """The scorer's metrics, from the folder beside the corpora."""
    spec = importlib.util.spec_from_file_location("metrics", corpora.parent / "measure" / "metrics.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"no measure/metrics.py beside {corpora}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def score_page(classifier: Classifier, gold: GoldPage) -> Score:
    """Extract one page with this classifier and score it against the better of its golds."""
    rules = metrics(gold.path.parent.parent.parent)
    found = extract_with(classifier, gold.html, gold.url or None)
    return Score(
        corpus=gold.corpus,
        page_type=gold.page_type,
        key=gold.key,
        word_f1=max(rules.word_f1(body, found.text) for body in gold.golds),
        shingles=max(
            (rules.page_counts(body, found.text) for body in gold.golds), key=lambda counts: counts[0]
        ),
        expected=found.confidence,
    )


def report(scores: Sequence[Score]) -> str:
    """One line for each corpus and page type."""
    groups = defaultdict(list)
    for score in scores:
        groups[score.corpus, score.page_type].append(score)
    lines = []
    for (name, page_type), group in groups.items():
        tp, fp, fn = (mean(column) for column in zip(*(s.shingles for s in group), strict=True))
        shingle = 2 * tp / max(2 * tp + fp + fn, 1e-9)
        words = mean(s.word_f1 for s in group)
        bad = sum(s.word_f1 < 0.8 for s in group)
        lines.append(
            f"{name:8}{page_type:14}{len(group):5} pages  word F1 {words:.4f}  "
            f"shingle F1 {shingle:.4f}  below 0.8: {bad}"
        )
    return "\n".join(lines)


def calibrate(scores: Sequence[Score], bins: int = 12) -> dict[str, npt.NDArray[np.generic]]:
    """Expected against observed word F1 of articles in bins of equal count, made monotone.

    Neighbouring bins that fall are pooled (pool adjacent violators).
    """
    pairs = sorted((s.expected, s.word_f1) for s in scores if s.page_type == "article")
    groups = [
        [float(np.mean(part[:, 0])), float(np.mean(part[:, 1])), len(part)]
        for part in np.array_split(np.array(pairs), bins)
    ]
    merged: list[list[float]] = []
    for group in groups:
        merged.append(group)
        while len(merged) > 1 and merged[-2][1] >= merged[-1][1]:
            (e1, o1, n1), (e2, o2, n2) = merged[-2:]
            n = n1 + n2
            merged[-2:] = [[(e1 * n1 + e2 * n2) / n, (o1 * n1 + o2 * n2) / n, n]]
    expected, observed = ([g[i] for g in merged] for i in (0, 1))
    return {
        "expected": np.array([0.0, *expected, 1.0], np.float32),
        "observed": np.array([0.0, *observed, max(observed[-1], 0.99)], np.float32),
    }
