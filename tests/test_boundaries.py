"""The import boundaries of ARCHITECTURE.md, read off the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipelines

PROJECT = Path(__file__).parent.parent
PIPELINES = sorted((PROJECT / "pipelines").rglob("*.py"))
PRODUCT = sorted(
    path
    for room in ("pipelines", "scraper", "readingroom", "newsarchive")
    for path in (PROJECT / room).rglob("*.py")
)
NETWORK = {
    "scrapy", "twisted", "socket", "ssl", "asyncio", "http", "httpx", "requests", "aiohttp", "urllib3",
    "ftplib", "smtplib", "socketserver", "selectors",
}  # fmt: skip
OTHER_ROOMS = {"scraper", "readingroom", "newsarchive", "demo", "bench", "tests"}
WRITERS = ("pipelines/store/", "pipelines/publish.py")
"""`publish` writes a database of its own, and reads archive.db."""
SCHEMA_READERS = {"newsarchive/reference.py"}
"""Uses the migrations on a database in memory, to describe it."""
CLOCK_AND_ENVIRONMENT = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
    "time.localtime", "time.gmtime", "os.environ", "os.getenv",
}  # fmt: skip


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere in the tree, by its full dotted name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def roots(path: Path) -> set[str]:
    return {module.partition(".")[0] for module in imports(parsed(path))}


def uses(tree: ast.AST) -> Iterator[str]:
    """Every `a.b` that is read, as "a.b" with the last two names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            last = (
                owner.attr
                if isinstance(owner, ast.Attribute)
                else owner.id
                if isinstance(owner, ast.Name)
                else ""
            )
            yield f"{last}.{node.attr}"


@pytest.mark.parametrize("path", PIPELINES, ids=name)
def test_pipelines_touch_no_network_and_no_other_room(path: Path) -> None:
    assert not roots(path) & (NETWORK | OTHER_ROOMS)
    assert "urllib.request" not in set(imports(parsed(path)))


@pytest.mark.parametrize("path", PIPELINES, ids=name)
def test_pipelines_read_neither_clock_nor_environment(path: Path) -> None:
    assert not set(uses(parsed(path))) & CLOCK_AND_ENVIRONMENT


def test_the_words_need_the_standard_library_alone() -> None:
    for module in ("model", "errors"):
        assert roots(PROJECT / "pipelines" / f"{module}.py") <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", PIPELINES, ids=name)
def test_only_the_store_knows_sqlite(path: Path) -> None:
    assert name(path).startswith(WRITERS) or not roots(path) & {"sqlite3", "sqlite_utils"}


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_only_the_store_writes_archive_db(path: Path) -> None:
    modules = set(imports(parsed(path)))
    if not name(path).startswith(WRITERS) and name(path) not in SCHEMA_READERS:
        theirs = ("sqlite_utils", "pipelines.store.migrations")
        assert not any(module.startswith(theirs) for module in modules)


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_the_product_does_without_bench_demo_and_tests(path: Path) -> None:
    assert not roots(path) & {"bench", "demo", "tests"}


def test_these_tests_can_fail() -> None:
    tree = ast.parse(
        "import scrapy.http\nfrom datetime import datetime\nx = datetime.now()\nfrom twisted import web"
    )
    assert {module.partition(".")[0] for module in imports(tree)} & NETWORK == {"scrapy", "twisted"}
    assert set(uses(tree)) & CLOCK_AND_ENVIRONMENT == {"datetime.now"}
    assert len(PIPELINES) > 5


def test_the_cleaner_is_loaded_when_it_is_asked_for() -> None:
    asked = "import sys, pipelines; print('numpy' in sys.modules, callable(pipelines.extract))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True"]
    with pytest.raises(AttributeError, match="'pipelines' has no attribute 'abstract'"):
        pipelines.abstract  # noqa: B018
