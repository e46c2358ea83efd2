"""robots.txt: rules, sitemaps and delays, whatever the file looks like."""

from __future__ import annotations

from scraper.politeness import LONGEST_CRAWL_DELAY
from scraper.robots import LARGEST, OPEN, origin, parse

URL = "https://news.example/private/story"


def test_rules_for_us_and_for_all() -> None:
    policy = parse(b"User-agent: *\nDisallow: /private\n\nUser-agent: newsarchive\nAllow: /\n")
    assert policy.allows(URL)
    assert not parse(b"User-agent: *\nDisallow: /private\n").allows(URL)


def test_robots_itself_is_always_allowed() -> None:
    policy = parse(b"User-agent: *\nDisallow: /\n")
    assert policy.allows("https://news.example/robots.txt")
    assert not policy.allows("https://news.example/")


def test_byte_order_mark_and_bytes_that_are_no_text() -> None:
    assert not parse(b"\xef\xbb\xbfUser-agent: *\nDisallow: /private\n").allows(URL)
    assert parse(b"\xff\xfe\x00\x01" * 1000).allows(URL)
    assert parse(b"").allows(URL)


def test_only_the_first_500_kibibytes_are_read() -> None:
    filler = b"# nothing\n" * (LARGEST // 10)
    assert parse(b"User-agent: *\n" + filler + b"\nDisallow: /private\n").allows(URL)


def test_sitemaps_and_a_bounded_delay() -> None:
    policy = parse(b"Sitemap: https://news.example/map.xml\nUser-agent: *\nCrawl-delay: 86400\n")
    assert policy.sitemaps() == ["https://news.example/map.xml"]
    assert policy.crawl_delay() == LONGEST_CRAWL_DELAY
    assert parse(b"User-agent: *\nCrawl-delay: 2\n").crawl_delay() == 2.0
    assert OPEN.crawl_delay() == 0.0


def test_origin_is_scheme_host_and_port() -> None:
    assert origin("https://user@News.Example:8443/a?b") == "https://news.example:8443"
    assert origin("http://news.example/") != origin("https://news.example/")
