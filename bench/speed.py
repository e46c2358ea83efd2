"""CPU time of a page, all fields, beside trafilatura and its fast mode on the same pages in one run.

    python -m bench.speed --corpora ../shared/corpora -n 150

Each contender reads the first N articles of a corpus in a process of its own, so that none finds what another
has cached; contenders take turns for some rounds, and the median of the rounds is printed. Ratios are what
counts: the milliseconds are of one machine and its load.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import trafilatura

from bench import corpus
from pipelines.article import extract

Contender = Callable[[bytes, str | None], object]


def _peer(html: bytes, url: str | None) -> object:
    return trafilatura.bare_extraction(html, url=url, with_metadata=True)


def _fast_peer(html: bytes, url: str | None) -> object:
    return trafilatura.bare_extraction(html, url=url, with_metadata=True, fast=True)


CONTENDERS: dict[str, Contender] = {
    "newsarchive": extract,
    "trafilatura": _peer,
    "trafilatura, fast": _fast_peer,
}


def seconds(name: str, corpora: Path, source: str, number: int) -> float:
    """CPU seconds a page of one contender; the first page is read once before, for what is loaded late."""
    logging.disable(logging.CRITICAL)
    articles = (gold for gold in corpus.read(corpora, (source,)) if gold.page_type == "article")
    pages = [(gold.html, gold.url) for gold in islice(articles, number)]
    read = CONTENDERS[name]
    read(*pages[0])
    began = time.process_time()
    for html, url in pages:
        with suppress(Exception):  # a peer that gives a page up has spent its time on it all the same
            read(html, url)
    return (time.process_time() - began) / len(pages)


def main() -> None:
    """Print milliseconds a page, and how many times as fast newsarchive is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--corpus", default="naeb", choices=corpus.WITH_BODIES)
    parser.add_argument("-n", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    spent: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(options.rounds):
        for name, times in spent.items():
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                times.append(pool.submit(seconds, name, options.corpora, options.corpus, options.n).result())
    ours = median(spent["newsarchive"])
    for name, times in spent.items():
        print(f"{name:18}{median(times) * 1e3:8.2f} ms a page   {median(times) / ours:5.2f} times ours")


if __name__ == "__main__":
    main()
