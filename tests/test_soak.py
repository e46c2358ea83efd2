"""A very small soak, see bench/soak.py: faults of every kind, and yet all articles, politely."""

from __future__ import annotations

from pathlib import Path

from bench import soak


def test_all_articles_in_the_end_and_no_host_asked_twice_at_once(tmp_path: Path) -> None:
    told = soak.soak(tmp_path, sites=4, pages=5, share=0.15, delay=0.2, crawls=12, patience=2.0)
    assert told["archived"] == told["pages"] == 20
    assert sum(told["faults"].values()) > 0
    assert told["at_once"] == 1
