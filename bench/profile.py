"""What each stage of the cleaner costs, in milliseconds a page.

    python -m bench.profile --corpora ../shared/corpora -n 100

Prints the mean and the median over the first N pages of each corpus, by CPU time of one process, each page
once: the caches are as cold as on sites that were never seen.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import groupby, islice
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from bench import corpus
from pipelines.article import choose, decode, fields, frame, guard, model, render, tree, trim
from pipelines.article.features import measure


class Stopwatch:
    """CPU time by stage."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(list)

    def run(self, stage: str, work: Callable[[], Any]) -> Any:
        """Do the work and note what it took."""
        began = time.process_time()
        result = work()
        self.spent[stage].append(time.process_time() - began)
        return result


def stages(watch: Stopwatch, gold: corpus.GoldPage) -> None:
    """One page through all stages, as `extract` does it."""
    html = gold.html
    learned = model.shipped()
    decoded = watch.run("decode", lambda: decode.decode(html))
    markup, _ = watch.run("guard", lambda: guard.tame(decoded.markup))
    parsed = watch.run("parse", lambda: LexborHTMLParser(markup))
    found = watch.run("fields", lambda: fields.read(parsed, gold.url))
    watch.run("frame", lambda: frame.take_out(parsed))
    page = watch.run("walk", lambda: tree.walk(parsed))
    if not page.text:
        return
    measured = watch.run("measure", lambda: measure(page, found, learned.lexicon))
    belief = watch.run("forest", lambda: learned.believe(measured))
    chosen, _ = watch.run("choice", lambda: choose.best_choice(belief, measured.words))
    watch.run("trim", lambda: trim.trim(page, measured, found, chosen))
    watch.run("reasons", lambda: choose.reasons(measured))
    kept = np.flatnonzero(chosen).tolist()
    watch.run("text", lambda: render.text(page, kept))
    watch.run("html", lambda: render.html(page, kept, gold.url))


def main() -> None:
    """Print the budget."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("-n", type=int, default=100)
    options = parser.parse_args()
    watch = Stopwatch()
    for _, golds in groupby(corpus.read(options.corpora), key=lambda gold: gold.corpus):
        for gold in islice(golds, options.n):
            stages(watch, gold)
    for stage, spent in watch.spent.items():
        print(f"{stage:14}{mean(spent) * 1e3:8.2f}{median(spent) * 1e3:8.2f}")
    print(f"{'sum':14}{sum(map(mean, watch.spent.values())) * 1e3:8.2f}")


if __name__ == "__main__":
    main()
