"""The command line as a test calls it, and an archive to call it on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from newsarchive.cli import newsarchive

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def invoke(*arguments: str | Path, **options: str) -> Result:
        return CliRunner().invoke(newsarchive, [str(argument) for argument in arguments], **options)  # type: ignore[arg-type]

    return invoke


@pytest.fixture
def archive(run: Run, tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    made = run("init", folder, "--contact", "archive@example.org")
    assert made.exit_code == 0, made.output
    return folder
