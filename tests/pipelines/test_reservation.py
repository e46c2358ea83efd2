"""What a page asks of those who copy it: where it may say so, and what a site's policy makes of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.model import Capture, Site
from pipelines.reservation import Reservation, may_follow, read, refusal

URL = "https://news.example/a"


def asked(head: str = "", *headers: tuple[str, str]) -> Reservation:
    return read(Capture(URL, datetime(2026, 3, 1, tzinfo=UTC), 200, headers, head.encode(), "sha1:x"))


@pytest.mark.parametrize(
    ("head", "headers", "robots"),
    [
        ("<meta name=robots content='NOARCHIVE, nofollow'>", (), ("noarchive", "nofollow")),
        ('<META content="noarchive" NAME="Robots">', (), ("noarchive",)),
        ("<meta name=robots content=noarchive><meta name=robots content=noai>", (), ("noai", "noarchive")),
        ("<meta name=newsarchive content=noarchive>", (), ("noarchive",)),
        ("<meta name=googlebot content=noarchive>", (), ()),
        ("<meta name=robots content=none>", (), ("nofollow", "noindex")),
        ("<!-- <meta name=robots content=noarchive> -->", (), ()),
        ("<meta charset=utf-8><!-- <meta name=robots content=noarchive>" + "x" * 9000 + "-->", (), ()),
        ("<!-- old --><meta name=robots content=noarchive><!-- <meta name=x>", (), ("noarchive",)),
        ("<meta name=robots content='max-image-preview:large'>", (), ("large", "max-image-preview")),
        ("<p>meta name=robots content=noarchive</p>", (), ()),
        ("", (("X-Robots-Tag", "noarchive"), ("x-robots-tag", "nofollow")), ("noarchive", "nofollow")),
        ("", (("X-Robots-Tag", "otherbot: noarchive"),), ()),
        ("", (("X-Robots-Tag", "newsarchive: noarchive"),), ("noarchive",)),
    ],
)
def test_robots_directives(head: str, headers: tuple[tuple[str, str], ...], robots: tuple[str, ...]) -> None:
    assert asked(head, *headers).robots == robots


def test_directives_that_carry_values() -> None:
    found = asked(
        "", ("X-Robots-Tag", "max-snippet: 50"), ("X-Robots-Tag", "unavailable_after: 2 Jan, noarchive")
    )
    assert {"max-snippet", "noarchive"} <= set(found.robots)


def test_text_and_data_mining() -> None:
    policy = "https://news.example/tdm.json"
    assert asked("", ("TDM-Reservation", "1"), ("tdm-policy", policy)) == Reservation((), True, policy)
    assert asked('<meta name="tdm-reservation" content="1">').tdm is True
    assert asked('<meta name="tdm-reservation" content="0">', ("tdm-reservation", "1")).tdm is False
    assert asked('<meta name="tdm-reservation" content="yes">').tdm is None
    assert asked("<title>Nothing</title>") == Reservation()


def test_the_policy_of_the_site_decides() -> None:
    asks = Reservation(("noarchive", "nofollow"), True)
    lenient, strict = Site("a", URL), Site("a", URL, respect=("tdm", "nofollow"))
    assert (refusal(asks, lenient), may_follow(asks, lenient)) == (None, True)
    assert (refusal(asks, strict), may_follow(asks, strict)) == ("tdm", False)
    assert refusal(asks, Site("a", URL, respect=("noarchive",))) == "noarchive"
    assert refusal(Reservation(), strict) is None
    assert may_follow(Reservation(), strict)


@given(st.binary(max_size=300), st.text(max_size=50))
def test_no_page_and_no_header_breaks_it(body: bytes, value: str) -> None:
    page = b"<meta name=robots " + body + b"><meta name=tdm-policy content='" + body
    headers = (("X-Robots-Tag", value),)
    robots = read(Capture(URL, datetime(2026, 3, 1, tzinfo=UTC), 200, headers, page, "sha1:x")).robots
    assert list(robots) == sorted(set(robots))
