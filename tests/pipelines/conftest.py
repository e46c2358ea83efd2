"""An open archive with one site, and the way into it with a plain cleaner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.intake import Intake
from pipelines.store import Archive
from tests.pipelines.pages import SITE, plain_extract


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path) as opened:
        opened.put_sites([SITE])
        opened.commit()
        yield opened


@pytest.fixture
def intake(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Intake:
    monkeypatch.setattr("pipelines.reading.extract", plain_extract)
    return Intake(archive, {SITE.key: SITE})
