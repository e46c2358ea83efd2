"""The notebooks run as they stand, cell after cell, in one namespace: a kernel would weigh more than the
project, and adds nothing to cells that are plain Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.readingroom.archive import build

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


def run(path: Path) -> None:
    """All cells, on the archive that the environment names; raises what a cell raises."""
    space: dict[str, Any] = {}
    for number, cell in enumerate(cells(path)):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec"), space)
    space["archive"].close()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    build(tmp_path)
    monkeypatch.setenv("NEWSARCHIVE", str(tmp_path))
    run(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path: Path) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    assert (told["nbformat"], told["nbformat_minor"]) == (4, 5)
    assert all(cell["outputs"] == [] for cell in cells(path) if cell["cell_type"] == "code")
    assert len({cell["id"] for cell in cells(path)}) == len(cells(path))


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) == 3
