"""Verdicts on robots.txt: the rules of RFC 9309, and what Google's and Protego's parsers make of them."""

from __future__ import annotations

import pytest

from scraper.robots import LONGEST_LINE, parse

HOST = "https://news.example"


def allows(text: str, path: str) -> bool:
    return parse(text.encode()).allows(HOST + path)


OURS = "User-agent: newsarchive\nDisallow: /\n"
ALL = "User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        # RFC 9309, 2.2.1: the group with our product token, in any case, or that for all
        (OURS, False),
        ("USER-AGENT: NewsArchive\nDISALLOW: /\n", False),
        ("User-agent: somebot\nDisallow: /\n", True),
        (ALL + "\nUser-agent: newsarchive\nAllow: /\n", True),
        ("User-agent: newsarchive\nAllow: /other\n\n" + ALL, True),
        (ALL + "\nUser-agent: newsarchive\nDisallow:\n", True),
        (ALL + "\nUser-agent: newsarchive\n", True),
        # a token is the whole of a name, and ends where a version or a comment begins
        ("User-agent: news\nDisallow: /\n", True),
        ("User-agent: newsarchive-images\nDisallow: /\n", True),
        ("User-agent: mynewsarchive\nDisallow: /\n", True),
        ("User-agent: newsarchive/0.1\nDisallow: /\n", False),
        ("User-agent: newsarchive (all versions)\nDisallow: /\n", False),
        ("User-agent: newsarchive # of the library\nDisallow: /\n", False),
        ("User-agent: * and everybody\nDisallow: /\n", False),
        ("User-agent: *bot\nDisallow: /\n", True),
        ("User-agent:\nDisallow: /\n", True),
        # names with wildcards, as Protego reads them, as long as there are few
        ("User-agent: news*\nDisallow: /\n", False),
        ("User-agent: *archiv*\nDisallow: /\n", False),
        ("User-agent: news*bot\nDisallow: /\n", True),
        (f"User-agent: {'*a' * 5000}\nDisallow: /\n", True),
        # an empty name begins a group that is nobody's, or shares that of its neighbours
        ("User-agent: newsarchive\nAllow: /p\nuser agent\nDisallow: /politics\n", True),
        ("User-agent: newsarchive\nAllow: /p\nUser-agent:\nDisallow: /politics\n", True),
        ("User-agent: newsarchive\nUser-agent:\nUser-agent: b\nDisallow: /\n", False),
        # several groups of ours are one; several names share a group
        (OURS + "\nUser-agent: a\nDisallow: /b\n\nUser-agent: Newsarchive\nAllow: /politics/\n", True),
        ("User-agent: a\nUser-agent: newsarchive\nUser-agent: b\nDisallow: /\n", False),
        ("User-agent: newsarchive\n\n\nUser-agent: b\nDisallow: /\n", False),
        # lines that are no rules neither end a group nor belong to one
        ("User-agent: newsarchive\nSitemap: https://news.example/s.xml\nUser-agent: b\nDisallow: /\n", False),
        ("User-agent: newsarchive\nNoindex-everything: yes\nUser-agent: b\nDisallow: /\n", False),
        ("User-agent: newsarchive\n<b>Welcome</b>\nUser-agent: b\nDisallow: /\n", False),
        ("Disallow: /\n\nUser-agent: b\nDisallow: /c\n", True),
        ("User-agent: b\nCrawl-delay: 5\n\n" + OURS, False),
        # what webmasters write
        ("user-agent newsarchive\ndisallow /\n", False),
        ("User-agent: newsarchive\nDisallow: /a\nUser-agent is: who asks\nDisallow: /\n", False),
        ("useragent: newsarchive\ndissalow: /\n", False),
        ("User agent : newsarchive\n  Disallow   :   /\n", False),
        ("User-agent: *\rDisallow: /\r", False),
        ("User-agent: *\r\n\r\nDisallow: /\r\n", False),
        ("User-agent: *\nDisallow: / # all of it\n", False),
        ("User-agent: *\n#Disallow: /\n", True),
        ("User-agent: *\nDisallow: /\x0bstrange\n", True),
        ("<!DOCTYPE html><title>Disallow: /</title>", True),
    ],
)
def test_whose_group_it_is(text: str, allowed: bool) -> None:
    assert allows(text, "/politics/story") is allowed


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        # RFC 9309, 2.2.2: the longest match counts, and of equals the one that allows
        ("Disallow: /news\nAllow: /news/open", "/news/open/a", True),
        ("Allow: /news\nDisallow: /news/shut", "/news/shut/a", False),
        ("Disallow: /news\nAllow: /news", "/news/a", True),
        ("Disallow: /\nAllow: /news", "/sport", False),
        ("Disallow: /news/*.html\nAllow: /news/", "/news/a.html", False),
        ("Disallow:", "/news", True),
        ("Allow:", "/news", True),
        # paths are case-sensitive, begin at the root, and end where they like
        ("Disallow: /News", "/news", True),
        ("Disallow: /news", "/newsletter", False),
        ("Disallow: /news/", "/news", True),
        ("Disallow: news", "/news", True),
        ("Disallow: *news", "/old/news", False),
        ("Disallow: /", "", False),
        ("Disallow: /?print", "?print=1", False),
        ("Disallow: /a;b", "/a;b", False),
        ("Disallow: /a//b", "/a/b", True),
        # 2.2.3: * is any text, $ the end of the address
        ("Disallow: /*.pdf$", "/a/b.pdf", False),
        ("Disallow: /*.pdf$", "/a/b.pdf?x", True),
        ("Disallow: /a*b*c", "/a-b-d-c-e", False),
        ("Disallow: /a*b*c", "/a-c-b", True),
        ("Disallow: /a**b", "/axb", False),
        ("Disallow: /\nAllow: /$", "/", True),
        ("Disallow: /\nAllow: /$", "/a", False),
        ("Disallow: /cash$flow", "/cash$flow", False),
        ("Disallow: /x/*/print", "/x/1?as=/print", False),
        # percent-encoding is compared, not the spelling
        ("Disallow: /straße", "/stra%C3%9Fe", False),
        ("Disallow: /stra%C3%9Fe", "/straße", False),
        ("Disallow: /%7Esmith", "/~smith", False),
        ("Disallow: /a%2fb", "/a%2Fb", False),
        ("Disallow: /a%2fb", "/a/b", True),
        ("Disallow: /q?u=http://b", "/q?u=http%3A%2F%2Fb", True),
        # Google: a page that is allowed by the name of its index file is allowed without it
        ("Disallow: /\nAllow: /news/index.html", "/news/", True),
        ("Disallow: /\nAllow: /news/index.html", "/news/a", False),
    ],
)
def test_what_a_rule_matches(rules: str, path: str, allowed: bool) -> None:
    assert allows(f"User-agent: *\n{rules}\n", path) is allowed


def test_a_group_of_ours_keeps_its_delay_and_every_sitemap_is_heard() -> None:
    policy = parse(
        b"Sitemap: https://news.example/1.xml\nUser-agent: *\nCrawl-delay: 9\n\nsite-map https://news.example/2.xml"
        b"\nUser-agent: newsarchive/1\nCrawl delay: 3\n"
    )
    assert policy.crawl_delay() == 3.0
    assert policy.sitemaps() == ["https://news.example/1.xml", "https://news.example/2.xml"]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xef\xbb", b"\xef"])
def test_what_is_left_of_a_byte_order_mark_hides_no_line(mark: bytes) -> None:
    assert not parse(mark + OURS.encode()).allows(HOST + "/a")
    assert parse(b"\xef\x11\xbf" + OURS.encode()).allows(HOST + "/a")
    assert parse(b"User-agent: *\n" + mark + b"Disallow: /\n").allows(HOST + "/a")


def test_a_rule_beyond_the_longest_line_ends_there() -> None:
    path = "/" + "a" * (LONGEST_LINE - len("Disallow: /"))
    assert not allows(f"User-agent: *\nDisallow: {path}/more\n", f"{path}/else")
    assert allows(f"User-agent: *\nDisallow: {path[:-1]}/more\n", f"{path[:-1]}!")
