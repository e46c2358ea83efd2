"""One archive of invented articles for the whole suite, and a way to ask its reading room for pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from readingroom.serve import datasette
from tests.readingroom.archive import build


@dataclass
class Answer:
    """What the reading room answered."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "lxml")

    def one(self, selector: str) -> Tag:
        """The first element that `selector` finds; fails the test when there is none."""
        found = self.soup.select_one(selector)
        assert found is not None, f"{selector} is nowhere in the page"
        return found

    def json(self) -> Any:
        return json.loads(self.text)


Get = Callable[[str], Answer]


def asker(served: Any) -> Get:
    """A function that asks this Datasette for a path."""

    def get(path: str) -> Answer:
        response = asyncio.run(served.client.get(path, follow_redirects="sql=" in path))
        return Answer(response.status_code, dict(response.headers), response.text)

    return get


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("archive")
    build(place)
    return place


@pytest.fixture(scope="session")
def served(folder: Path) -> Iterator[Any]:
    datasette_of_folder = datasette(folder)
    asyncio.run(datasette_of_folder.invoke_startup())
    yield datasette_of_folder
    datasette_of_folder.get_database("archive").close()


@pytest.fixture(scope="session")
def get(served: Any) -> Get:
    return asker(served)
