"""Where feeds and sitemaps often lie: what a crawl asks for at a site of which it knows no working one.

Many sites have a feed that no page announces and a sitemap that robots.txt does not name; others moved them
in a redesign. The common paths are asked for at the end of a crawl, one after the other, until one answers,
and then for a month not again, whatever came of it. Pure: asking and settling is the business of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from scraper.discovery.candidate import Role

RARELY = 30 * 86_400.0
"""Seconds between two rounds at one site."""
NO_DOOR = "guess: no feed and no sitemap"
"""Why an address that was guessed is left alone."""
FEED_PATHS = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")
SITEMAP_PATHS = (
    "/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml", "/sitemap-news.xml", "/wp-sitemap.xml",
)  # fmt: skip


def guesses(front_page: str) -> Iterator[tuple[Role, str]]:
    """What may be a feed or a sitemap of the site with this front page, the likeliest of each first."""
    for path in SITEMAP_PATHS:
        yield Role.SITEMAP, urljoin(front_page, path)
    for path in FEED_PATHS:
        yield Role.FEED, urljoin(front_page, path)
