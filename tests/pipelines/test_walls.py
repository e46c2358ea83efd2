"""Pages under status 200 that are no pages: challenges, logins, and shells that scripts are to fill."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines import extract
from pipelines.model import Capture, Outcome
from pipelines.verdict import judge

PROSE = "The council met on Monday evening and agreed, after a long debate, to repair the old bridge. " * 9
FORM = "<form><input name=user><input type='password' name=word><button>Go</button></form>"
SCRIPT = "<script src='/static/main.3f9.js'></script>"
SHELLS = {
    "an empty root": f"<title>News</title><body><div id=root></div>{SCRIPT}</body>",
    "sixteen words while it loads": (
        "<title>Story</title><body><div id='app' class='x'><p>Loading</p></div><p>Please wait while we fetch "
        f"the latest news for you. This takes only a moment, we promise.</p>{SCRIPT}</body>"
    ),
    "a plea": f"<body><noscript>You need to enable JavaScript to read this.</noscript>{SCRIPT}</body>",
}


def verdict(page: str) -> tuple[Outcome, str] | None:
    body = f"<!DOCTYPE html><html lang=en>{page}</html>".encode()
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    capture = Capture(
        "https://news.example/a", datetime(2026, 3, 1, tzinfo=UTC), 200, headers, body, "sha1:x"
    )
    drop = judge(capture, extract(body, capture.url), None)
    return (drop.outcome, drop.reason) if drop else None


@pytest.mark.parametrize("page", SHELLS.values(), ids=SHELLS.keys())
def test_a_shell_that_scripts_are_to_fill(page: str) -> None:
    assert verdict(page) == (Outcome.WITHHELD, "script-only shell")


@pytest.mark.parametrize("title", ["Log in", "Sign in to continue", "Anmelden | Tageblatt", "Connexion"])
def test_a_login(title: str) -> None:
    assert verdict(f"<title>{title}</title><h1>{title}</h1>{FORM}") == (Outcome.WITHHELD, "login")


def test_the_scripts_of_a_bot_wall_whatever_it_says() -> None:
    wall = "<body><p>One more step.</p><script src='https://x.captcha-delivery.com/c.js'></script></body>"
    assert verdict(wall) == (Outcome.WITHHELD, "captcha")


@pytest.mark.parametrize(
    "more", [FORM, SCRIPT, "<div id=root></div>", "<noscript>Please enable JavaScript.</noscript>",
             "<script src='https://x.captcha-delivery.com/c.js'></script>"],
)  # fmt: skip
def test_an_article_with_such_things_beside_it_is_an_article(more: str) -> None:
    facts = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "The bridge"}</script>'
    story = f"<article><h1>The bridge</h1><p>{PROSE}</p></article>"
    page = f"<title>The bridge</title>{facts}<body>{story}{more}</body>"
    assert verdict(page) is None


def test_a_short_story_is_not_a_shell() -> None:
    page = f"<title>Lost: a cat</title><body><h1>Lost: a cat</h1><p>{PROSE[:90]}</p>{SCRIPT}</body>"
    assert verdict(page) != (Outcome.WITHHELD, "script-only shell")
