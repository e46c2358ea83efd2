"""Score the fields (title, authors, day) on the corpora, by halves of sites, and list the disagreements.

    python -m bench.fields ../shared                              # every corpus, both halves
    python -m bench.fields ../shared -c fundus --half dev --list authors
    python -m bench.fields ../shared --time                       # milliseconds a page of `fields.read`

Sites (registered domains, the same in all corpora) fall into two halves by a hash of their name: what is
tuned is tuned on `dev`, and `held` shows what that was worth. `trafilatura` beside it with --peer.
The metrics are those of measure/metrics.py in the folder that is given.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib.util
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipelines.article import fields
from pipelines.article.markup import words

CORPORA = ("fundus", "wcxb", "naeb", "htmldate")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_SECOND_LEVEL = words("co com org net ac gov edu or ne go gob gouv govt mil nom blogspot wordpress")


@dataclass(frozen=True)
class Page:
    """One page of a corpus and its gold."""

    corpus: str
    gold: dict[str, Any]
    html: bytes

    @property
    def url(self) -> str | None:
        """Where the page was served."""
        return self.gold.get("url") or None


def domain(url: str | None) -> str:
    """The registered domain of `url`, near enough to group the pages of one site."""
    labels = (urlsplit(url or "").hostname or "").split(".")
    short = len(labels) > 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if short else labels[-2:])


def half(url: str | None) -> str:
    """ "dev" or "held": the half of sites that `url` belongs to."""
    return "held" if hashlib.sha256(domain(url).encode()).digest()[0] % 2 else "dev"


def pages(shared: Path, corpus: str) -> Iterator[Page]:
    """The pages of a corpus, in the order of its gold."""
    root = shared / "corpora" / corpus
    with gzip.open(root / "gold.jsonl.gz", "rt", encoding="utf-8") as lines:
        for text in lines:
            gold = json.loads(text)
            yield Page(
                corpus, gold, gzip.decompress((root / "pages" / f"{gold['key']}.html.gz").read_bytes())
            )


def decode(content: bytes) -> str:
    """The text of a page: UTF-8 where that is valid, else what the page declares, else windows-1252."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        declared = _CHARSET.search(content[:4096])
    try:
        return content.decode(declared[1].decode() if declared else "windows-1252", "replace")
    except LookupError:
        return content.decode("windows-1252", "replace")


def metrics(shared: Path) -> ModuleType:
    """The metrics that every comparison uses."""
    spec = importlib.util.spec_from_file_location("metrics", shared / "measure" / "metrics.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{shared} holds no measure/metrics.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_project(page: Page) -> dict[str, Any]:
    """What the project reads."""
    found = fields.read(LexborHTMLParser(decode(page.html)), page.url)
    return {"title": found.title, "authors": list(found.authors), "date": str(found.published or "")[:10]}


def read_trafilatura(page: Page) -> dict[str, Any]:
    """What trafilatura reads."""
    import trafilatura

    document = trafilatura.extract_metadata(decode(page.html), default_url=page.url)
    if document is None:
        return {"title": None, "authors": [], "date": ""}
    return {"title": document.title, "authors": (document.author or "").split("; "), "date": document.date}


def judge(measure: ModuleType, gold: dict[str, Any], found: dict[str, Any]) -> dict[str, float]:
    """Field -> score of one page, for the fields that its gold has."""
    scores: dict[str, float] = {}
    if gold.get("page_type", "article") != "article":
        return scores
    if gold.get("title"):
        scores["title"] = float(measure.normal(gold["title"]) == measure.normal(found["title"]))
    if gold.get("authors"):
        scores["authors"] = measure.name_set_f1(gold["authors"], found["authors"])
    if gold.get("date"):
        scores["date"] = float(str(gold["date"])[:10] == str(found["date"])[:10])
    return scores


def score(shared: Path, corpus: str, reader: Any, wanted: str, listed: str | None) -> None:
    """Print the figures of one corpus, and the disagreements in one field."""
    measure = metrics(shared)
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    for page in pages(shared, corpus):
        side = half(page.url)
        if wanted not in ("all", side):
            continue
        found = reader(page)
        for name, value in judge(measure, page.gold, found).items():
            sums[name, side].append(value)
            if name == listed and value < 1:
                print(
                    f"  {page.gold['key']} {page.url}\n    gold  {page.gold[name]}\n    found {found[name]}"
                )
    for name in ("title", "authors", "date"):
        dev, held = sums[name, "dev"], sums[name, "held"]
        if dev or held:
            both = dev + held
            halves = (("dev", dev), ("held", held), ("all", both))
            row = [f"{side} {mean(values):.4f} ({len(values)})" for side, values in halves if values]
            print(f"{corpus:9}{name:9}" + "  ".join(row), flush=True)


def timing(shared: Path) -> None:
    """Print milliseconds a page, of parsing and of `fields.read`."""
    for corpus in CORPORA:
        spent: list[tuple[float, float]] = []
        for page in pages(shared, corpus):
            text = decode(page.html)
            start = time.process_time()
            tree = LexborHTMLParser(text)
            parsed = time.process_time()
            fields.read(tree, page.url)
            spent.append((parsed - start, time.process_time() - parsed))
        parse, read = zip(*spent, strict=True)
        print(corpus, "parse", _summary(parse), "read", _summary(read))


def _summary(seconds: tuple[float, ...]) -> str:
    usual, average, most = (1e3 * measure for measure in (median(seconds), mean(seconds), max(seconds)))
    return f"median {usual:.2f} ms, mean {average:.2f}, most {most:.1f}"


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shared", type=Path, help="the folder that holds corpora/ and measure/")
    parser.add_argument("-c", "--corpora", default=",".join(CORPORA))
    parser.add_argument("--half", choices=("dev", "held", "all"), default="all")
    parser.add_argument(
        "--list", choices=("title", "authors", "date"), help="show the disagreements in this field"
    )
    parser.add_argument("--peer", action="store_true", help="score trafilatura instead")
    parser.add_argument("--time", action="store_true")
    arguments = parser.parse_args()
    if arguments.time:
        timing(arguments.shared)
        sys.exit()
    reader = read_trafilatura if arguments.peer else read_project
    for corpus in arguments.corpora.split(","):
        score(arguments.shared, corpus, reader, arguments.half, arguments.list)


if __name__ == "__main__":
    main()
