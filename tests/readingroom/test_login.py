"""An archive with a login: nothing for strangers, everything for who is named, and no file that opens by mistake."""

# ruff: noqa: E501 - tables of hostile text

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from pipelines.errors import ArchiveError
from readingroom import login
from readingroom.serve import datasette

passwords = pytest.importorskip("datasette_auth_passwords")
TOKEN = "0123456789abcdef0123456789abcdef"
PATHS = (
    "/", "/front.json", "/search?q=the", "/search/articles.jsonl", "/search/feed.atom", "/article/1", "/article/1.json",
    "/article/1/cite.bib", "/capture/1", "/capture/1/page", "/capture/1.warc.gz", "/sites", "/sites/courier", "/status", "/about",
    "/archive", "/archive/articles", "/archive/articles.json", "/archive/articles.csv", "/archive.json?sql=select+1",
    "/-/databases", "/-/settings.json", "/timeline?q=a", "/compare", "/changed", "/concordance?q=the",
)  # fmt: skip


@pytest.fixture(scope="module")
def closed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    path = tmp_path_factory.mktemp("login") / "logins.yml"
    hashed = passwords.hash_password("correct horse")
    path.write_text(f"passwords:\n  ines: {hashed}\ntokens:\n  notebook: {TOKEN}\n", encoding="utf-8")
    served = datasette(folder, logins=path)
    asyncio.run(served.invoke_startup())
    yield served
    served.get_database("archive").close()


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_sees_nothing(closed: Any, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic aW5lczp4"}):
        answer = asyncio.run(closed.client.get(path, headers=headers))
        assert answer.status_code in (302, 403), path
        assert "Lighthouse" not in answer.text
    if answer.status_code == 302:
        assert answer.headers["location"] == "/-/login"


def test_where_nothing_is_a_stranger_learns_nothing(closed: Any) -> None:
    answer = asyncio.run(closed.client.get("/nowhere"))
    assert answer.status_code == 404
    assert "A news archive" not in answer.text


@pytest.mark.parametrize("path", ["/", "/article/1", "/archive/articles.json", "/front.json"])
def test_a_token_opens(closed: Any, path: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert asyncio.run(closed.client.get(path, headers=headers)).status_code == 200


def test_a_password_opens(closed: Any) -> None:
    async def enter(word: str) -> Any:
        form = await closed.client.get("/-/login")
        field = BeautifulSoup(form.text, "lxml").select_one("input[name=csrftoken]")
        assert field is not None
        sent = {"username": "ines", "password": word, "csrftoken": str(field["value"])}
        answer = await closed.client.post("/-/login", data=sent, cookies=dict(form.cookies))
        return await closed.client.get("/article/1", cookies=dict(answer.cookies))

    assert asyncio.run(enter("correct horse")).status_code == 200
    assert asyncio.run(enter("wrong horse")).headers["location"] == "/-/login"


def menu(served: Any, path: str) -> list[str]:
    page = BeautifulSoup(asyncio.run(served.client.get(path)).text, "lxml")
    return [link.get_text() for link in page.select(".nav-menu a")]


def test_the_menu_leads_to_the_login_that_there_is(
    served: Any, closed: Any, folder: Path, tmp_path: Path
) -> None:
    doors = ["Front page", "Search", "Compare", "Changed", "Sites", "Status", "About", "Tables and SQL"]
    assert menu(served, "/archive") == doors, "without a login its form lets nobody in"
    assert menu(closed, "/-/login") == [*doors, "Log in"]
    path = tmp_path / "logins.yml"
    path.write_text(f"tokens:\n  notebook: {TOKEN}\n", encoding="utf-8")
    by_token = datasette(folder, logins=path)
    asyncio.run(by_token.invoke_startup())
    assert menu(by_token, "/-/login") == doors, "who has a token needs no form"
    by_token.get_database("archive").close()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must hold|names nobody"), ("{}", "names nobody"), ("- a", "must hold"), ("password:\n  a: b", "nothing else"),
        ("passwords:\n  ines: secret", "no hash"), ("tokens:\n  a: short", "20 characters"), ("tokens: [a]", "must be names"),
        ("tokens:\n  a b: 0123456789012345678901234", "no name"), ("passwords:\n  a: 7", "no name"), ("a: [", "as YAML"),
    ],
)  # fmt: skip
def test_no_file_opens_by_mistake(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "logins.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ArchiveError, match=why):
        login.read(path)


def test_without_the_plugins_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(login, "find_spec", lambda name: None)
    with pytest.raises(ArchiveError, match=r"newsarchive\[login\]"):
        login.read(tmp_path / "logins.yml")
