"""What each part of the body's cleaning brings, on held-out sites, with paired bootstrap intervals.

    python -m bench.train --corpora ../shared/corpora --folds FOLDER
    python -m bench.ablate --corpora ../shared/corpora --folds FOLDER

For every article the beliefs of the fold model that has not seen its site are computed once; then the choice
and the rules after it are run with one part left out at a time. Prints, for each corpus, the word F1 and the
difference from the whole with its 95 % interval, and the calibration of `confidence`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

from bench import corpus
from bench.measure import metrics
from bench.train import fold_of
from pipelines.article import choose, decode, fields, frame, guard, model, tree, trim
from pipelines.article.features import measure

Mask = npt.NDArray[np.bool_]
_DRAWS = 2_000


@cache
def _model(folder: Path, fold: int) -> model.Classifier:
    return model.load(dict(np.load(folder / f"{fold}.npz", allow_pickle=False)))


def scores(job: tuple[corpus.GoldPage, Path]) -> dict[str, float]:
    """Word F1 of one article by variant."""
    gold, folder = job
    parsed = LexborHTMLParser(guard.tame(decode.decode(gold.html).markup)[0])
    found = fields.read(parsed, gold.url)
    frame.take_out(parsed)
    page = tree.walk(parsed)
    rules = metrics(gold.path.parent.parent.parent)
    if not page.text:
        return {}
    classifier = _model(folder, fold_of(gold.site))
    measured = measure(page, found, classifier.lexicon)
    belief = classifier.believe(measured)
    whole, expected = choose.best_choice(belief, measured.words)
    chosen: dict[str, tuple[Mask, tuple[trim.Rule, ...]]] = {
        "whole": (whole, trim.RULES),
        "a threshold of 0.5": (belief > 0.5, trim.RULES),
        "no rules after the choice": (whole, ()),
    }
    chosen |= {
        f"without {rule.__name__.strip('_')}": (whole, tuple(r for r in trim.RULES if r is not rule))
        for rule in trim.RULES
    }
    result = {"expected": expected}
    for name, (mask, kept_rules) in chosen.items():
        left = mask.copy()
        left[list(trim.trim(page, measured, found, mask, kept_rules))] = False
        text = "\n\n".join(page.text[n] for n in np.flatnonzero(left))
        result[name] = max(rules.word_f1(body, text) for body in gold.golds)
    return result


def interval(differences: npt.NDArray[np.float64]) -> tuple[float, float]:
    """95 % interval of the mean of paired differences, by bootstrap over pages."""
    draws = np.random.default_rng(7).integers(0, len(differences), (_DRAWS, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


def lines(results: list[dict[str, float]]) -> Iterator[str]:
    """A line for each variant: word F1, and what leaving the part out costs."""
    whole = np.array([r["whole"] for r in results])
    for name in results[0]:
        if name == "expected":
            continue
        values = np.array([r[name] for r in results])
        low, high = interval(values - whole)
        yield f"| {name} | {values.mean():.4f} | {(values - whole).mean():+.4f} | {low:+.4f} to {high:+.4f} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--folds", type=Path, required=True)
    options = parser.parse_args()
    golds = [gold for gold in corpus.read(options.corpora) if gold.page_type == "article"]
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(scores, ((gold, options.folds) for gold in golds), chunksize=16))
    for name in corpus.WITH_BODIES:
        print(f"\n### {name}\n\n| | word F1 | difference | 95 % |\n|---|---|---|---|")
        print(
            "\n".join(lines([r for r, gold in zip(results, golds, strict=True) if r and gold.corpus == name]))
        )
    pairs = np.array(sorted((r["expected"], r["whole"]) for r in results if r))
    print("\n### calibration\n\n| pages | expected word F1 | observed |\n|---|---|---|")
    for part in np.array_split(pairs, 10):
        print(f"| {len(part)} | {part[:, 0].mean():.3f} | {part[:, 1].mean():.3f} |")


if __name__ == "__main__":
    main()
