"""Train and measure what tells articles from other pages, on corpora/wcxb, folded by site.

    python -m bench.kind ../shared            # precision and recall on sites that were not learned from
    python -m bench.kind ../shared --write    # and write pipelines/article/kind_weights.json, from all sites

Reproducible to the byte: the folds are a hash of the site's name, the solver is deterministic,
weights are rounded.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bench.fields import Page, domain, half, pages
from pipelines.article import extract, kind
from pipelines.model import Kind

FOLDS = 10
STRENGTH = 0.1
"""Inverse of the regularisation's strength."""

Matrix = npt.NDArray[np.float64]


def signals(page: Page) -> dict[str, float]:
    """The signals of one page, as `extract` meets them."""
    heard: list[dict[str, float]] = []

    def listen(*met: Any) -> Kind:
        heard.append(kind.signals(*met))
        return Kind.OTHER

    with patch.object(kind, "classify", listen):
        extract(page.html, page.url)
    return heard[0]


def weights(names: list[str], x: Matrix, y: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Signal -> weight, for signals as they are (not scaled)."""
    scale = StandardScaler().fit(x)
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(scale.transform(x), y)
    raw = model.coef_[0] / scale.scale_
    found = {"(always)": float(model.intercept_[0] - (raw * scale.mean_).sum())}
    return {
        name: round(value, 4) for name, value in (found | dict(zip(names, raw.tolist(), strict=True))).items()
    }


def report(title: str, y: npt.NDArray[np.bool_], said: npt.NDArray[np.bool_]) -> None:
    """Print precision and recall."""
    hit = int((y & said).sum())
    print(
        f"{title:6} precision {hit / max(1, said.sum()):.4f} recall {hit / max(1, y.sum()):.4f} "
        f"({len(y)} pages)"
    )


def main() -> None:
    """Read the command line, train, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shared", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    found = list(pages(arguments.shared, "wcxb"))
    rows = [signals(page) for page in found]
    names = sorted(rows[0])
    x = np.array([[row[name] for name in names] for row in rows])
    y = np.array([page.gold["page_type"] == "article" for page in found])
    folds = np.array([hashlib.sha256(domain(page.url).encode()).digest()[1] % FOLDS for page in found])
    share = np.zeros(len(y))
    for fold in range(FOLDS):
        learned = weights(names, x[folds != fold], y[folds != fold])
        share[folds == fold] = (
            x[folds == fold] @ np.array([learned[name] for name in names]) + learned["(always)"]
        )
    side = np.array([half(page.url) for page in found])
    for title, chosen in (("dev", side == "dev"), ("held", side == "held"), ("all", side != "")):
        report(title, y[chosen], share[chosen] > 0)
    wrong = Counter(
        page.gold["page_type"] for page, one, said in zip(found, y, share > 0, strict=True) if one != said
    )
    print("wrong:", dict(wrong))
    if arguments.write:
        text = json.dumps(weights(names, x, y), indent=1, sort_keys=True)
        Path(kind.__file__).with_name("kind_weights.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
