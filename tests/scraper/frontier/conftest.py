"""A frontier that is new."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scraper.frontier import Frontier


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    with Frontier.open(tmp_path) as frontier:
        yield frontier
