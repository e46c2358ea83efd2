"""The body on real pages that lie beside the project; skipped where they are absent."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest

CORPORA = Path(__file__).parents[4] / "shared" / "corpora"
FLOORS = {"wcxb": 0.95, "naeb": 0.91, "fundus": 0.96}
"""Word F1 of every tenth article: somewhat below what was measured on held-out sites (bench/RESULTS.md)."""


@pytest.mark.golden
@pytest.mark.skipif(not CORPORA.exists(), reason="no corpora beside the project")
@pytest.mark.parametrize("name", FLOORS)
def test_word_f1_on_real_pages(name: str) -> None:
    corpus = pytest.importorskip("bench.corpus", reason="bench needs its own packages")
    from bench import measure
    from pipelines.article import model

    golds = [gold for gold in corpus.read(CORPORA, (name,)) if gold.page_type == "article"][::10]
    scores = [measure.score_page(model.shipped(), gold).word_f1 for gold in golds]
    assert mean(scores) > FLOORS[name]
