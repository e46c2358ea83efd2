"""The corpora beside the project as training pages: gold text aligned with the blocks of each page.

Reads `CORPORA/NAME/gold.jsonl.gz` and `CORPORA/NAME/pages/KEY.html.gz`. Never part of the product.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import tldextract

TOKEN = re.compile(r"\w+")
WITH_BODIES = ("wcxb", "naeb", "fundus")
_SHINGLE = 4


@dataclass(frozen=True, slots=True)
class GoldPage:
    """One page of a corpus and what is known of it."""

    corpus: str
    key: str
    url: str
    site: str
    """Registered domain: the unit of the folds."""
    page_type: str
    body: str
    without_standfirst: str | None
    path: Path

    @property
    def html(self) -> bytes:
        """The bytes as fetched."""
        with gzip.open(self.path) as file:
            return file.read()

    @property
    def golds(self) -> tuple[str, ...]:
        """The texts of which the better one counts."""
        return (self.body, self.without_standfirst) if self.without_standfirst else (self.body,)


def read(corpora: Path, names: tuple[str, ...] = WITH_BODIES) -> Iterator[GoldPage]:
    """All pages with a gold body, in the order of the files."""
    for name in names:
        with gzip.open(corpora / name / "gold.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                gold = json.loads(line)
                if gold.get("body"):
                    yield _page(corpora, name, gold)


def _page(corpora: Path, name: str, gold: dict[str, Any]) -> GoldPage:
    url = gold.get("url") or ""
    return GoldPage(
        corpus=name,
        key=gold["key"],
        url=url,
        site=_registered(urlsplit(url).hostname or gold["key"]),
        page_type=gold.get("page_type") or "article",
        body=gold["body"],
        without_standfirst=gold.get("body_without_standfirst"),
        path=corpora / name / "pages" / f"{gold['key']}.html.gz",
    )


@cache
def _registered(host: str) -> str:
    found = _suffixes()(host)
    return f"{found.domain}.{found.suffix}" if found.suffix else host


@cache
def _suffixes() -> tldextract.TLDExtract:
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def align(texts: list[str], gold: str) -> npt.NDArray[np.float32]:
    """How much of each block stands in the gold text, 0 to 1: long ones by shingles, short ones by place."""
    wanted = TOKEN.findall(gold.lower())
    places: dict[tuple[str, ...], list[int]] = {}
    for size in range(1, _SHINGLE + 1):
        for start in range(len(wanted) - size + 1):
            places.setdefault(tuple(wanted[start : start + size]), []).append(start)
    tokens = [tuple(TOKEN.findall(text.lower())) for text in texts]
    label = np.zeros(len(texts), np.float32)
    at = np.full(len(texts), -1)
    for number, words in enumerate(tokens):
        if len(words) >= _SHINGLE:
            shingles = [words[i : i + _SHINGLE] for i in range(len(words) - _SHINGLE + 1)]
            label[number] = sum(s in places for s in shingles) / len(shingles)
            found = next((places[s][0] for s in shingles if s in places), -1)
            at[number] = found
    _settle_copies(tokens, label, places)
    _settle_short(tokens, label, at, places, len(wanted))
    return label


def _settle_copies(
    tokens: list[tuple[str, ...]], label: npt.NDArray[np.float32], places: dict[tuple[str, ...], list[int]]
) -> None:
    """Of several copies of a block, only as many as the gold has count: those among most other gold."""
    counts = Counter(words for words in tokens if len(words) >= _SHINGLE)
    mass = np.array([len(words) for words in tokens], np.float32) * (label > 0.5)
    for words, count in counts.items():
        allowed = len(places.get(words[:_SHINGLE], ()))
        if count <= allowed or count == 1:
            continue
        copies = [i for i, other in enumerate(tokens) if other == words and label[i] > 0.5]
        near = {i: float(mass[max(0, i - 10) : i + 11].sum()) for i in copies}
        for i in sorted(copies, key=lambda i: (-near[i], i))[max(allowed, 1) :]:
            label[i] = 0


def _settle_short(
    tokens: list[tuple[str, ...]],
    label: npt.NDArray[np.float32],
    at: npt.NDArray[np.int64],
    places: dict[tuple[str, ...], list[int]],
    length: int,
) -> None:
    """A block of up to three words counts where the gold has it between what stands before and after it."""
    sure = np.flatnonzero((label > 0.6) & (at >= 0))
    for number, words in enumerate(tokens):
        if not words or len(words) >= _SHINGLE or words not in places or not len(sure):
            continue
        right = int(np.searchsorted(sure, number))
        low = int(at[sure[right - 1]]) if right else -30
        high = int(at[sure[right]]) if right < len(sure) else length
        if (right == 0 and number < sure[0] - 6) or (right == len(sure) and number > sure[-1] + 6):
            continue
        label[number] = any(low <= place <= high for place in places[words])
