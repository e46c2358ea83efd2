"""Sitemaps: each form, its fields, its bounds, and what broken or hostile bytes do."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.discovery.candidate import Place, Role, Unreadable
from scraper.discovery.markup import w3c_time
from scraper.discovery.sitemaps import MOST_ENTRIES, read_sitemap

URL = "https://gazette.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

URLSET = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset {NS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url><loc> https://gazette.example/a?x=1&amp;y=2 </loc><lastmod>2026-07-06T10:00:00.123+02:00</lastmod>
    <image:image><image:loc>https://gazette.example/a.jpg</image:loc></image:image></url>
  <url><image:image><image:loc>https://gazette.example/b.jpg</image:loc></image:image>
    <loc>https://gazette.example/b</loc><lastmod>2026-07-06</lastmod></url>
</urlset>"""

NEWS = f"""<urlset {NS} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
  <url><loc>https://gazette.example/n</loc><news:news>
    <news:publication><news:name>Gazette</news:name><news:language>en</news:language></news:publication>
    <news:publication_date>2026-07-06T08:00:00Z</news:publication_date>
    <news:title>Fish &amp; chips</news:title></news:news></url>
  <url><loc>https://gazette.example/plain</loc></url>
</urlset>"""

INDEX = f"""<sitemapindex {NS}>
  <sitemap><loc>https://gazette.example/sitemap-1.xml.gz</loc><lastmod>2026-07</lastmod></sitemap>
  <sitemap><loc>/sitemap-2.xml</loc></sitemap>
</sitemapindex>"""


def test_urlset_keeps_dates_and_leaves_images() -> None:
    sitemap = read_sitemap(URLSET.encode(), URL)
    first, second = sitemap.candidates
    assert (first.url, first.role, first.place) == (
        "https://gazette.example/a?x=1&y=2",
        Role.PAGE,
        Place.SITEMAP,
    )
    assert first.lastmod == datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert (second.url, second.lastmod) == ("https://gazette.example/b", date(2026, 7, 6))
    assert not sitemap.is_news
    assert not sitemap.is_index
    assert sitemap.cut is None


def test_news_sitemap_keeps_title_date_and_language() -> None:
    sitemap = read_sitemap(NEWS.encode(), URL)
    story, plain = sitemap.candidates
    assert (story.title, story.language, story.place) == ("Fish & chips", "en", Place.NEWS_SITEMAP)
    assert story.published == datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert (plain.place, plain.title) == (Place.SITEMAP, None)
    assert sitemap.is_news


def test_index_lists_sitemaps() -> None:
    sitemap = read_sitemap(INDEX.encode(), URL)
    assert [c.url for c in sitemap.children] == [
        "https://gazette.example/sitemap-1.xml.gz",
        "https://gazette.example/sitemap-2.xml",
    ]
    assert {(c.role, c.place) for c in sitemap.children} == {(Role.SITEMAP, Place.SITEMAP_INDEX)}
    assert sitemap.is_index
    assert not sitemap.candidates


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(URLSET.encode()),
        URLSET.encode("utf-16"),
        b"\xef\xbb\xbf" + URLSET.encode(),
        URLSET.replace(NS, 'xmlns="http://wrong.example/"').encode(),
        URLSET.replace(NS, "").encode(),
        URLSET.replace(' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"', "").encode(),
        URLSET.replace("&amp;", "&").encode(),
        URLSET.replace("</urlset>", "").encode(),
        URLSET.replace("<url>", "<fault></x><url>", 1).encode(),
        URLSET.replace("</url>\n  <url>", "<url>").encode(),
        URLSET.replace("<url>", "<!-- \x0b --><URL>").replace("</url>", "</URL>").encode(),
        URLSET.replace("<loc> https://gazette.example/a?x=1&amp;y=2 </loc>",
                       "<loc><![CDATA[https://gazette.example/a?x=1&y=2]]></loc>").encode(),
        ("\n\n" + URLSET).encode(),
    ],
)  # fmt: skip
def test_the_same_sitemap_however_it_is_written(body: bytes) -> None:
    assert [c.url for c in read_sitemap(body, URL).candidates] == [
        "https://gazette.example/a?x=1&y=2",
        "https://gazette.example/b",
    ]


def test_a_sitemap_without_its_end_is_not_taken_for_whole() -> None:
    assert read_sitemap(URLSET.replace("</urlset>", "").encode(), URL).cut is not None
    assert read_sitemap((URLSET + "<!-- made in 3 s -->\n").encode(), URL).cut is None


def test_plain_text() -> None:
    body = b"https://gazette.example/a\r\n  https://gazette.example/b \n\nnot an address\n/c\n"
    assert [c.url for c in read_sitemap(body, URL).candidates] == [
        "https://gazette.example/a",
        "https://gazette.example/b",
    ]


def test_a_feed_serves_as_sitemap() -> None:
    body = b"<rss version='2.0'><channel><item><link>https://gazette.example/a</link></item></channel></rss>"
    assert [c.url for c in read_sitemap(body, URL).candidates] == ["https://gazette.example/a"]


def test_an_empty_sitemap_is_one() -> None:
    assert read_sitemap(f"<urlset {NS}/>".encode(), URL).candidates == []


def test_a_gzip_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    many = "".join(f"<url><loc>https://gazette.example/{i * 7919 % 99991}</loc></url>" for i in range(5000))
    packed = gzip.compress(f"<urlset>{many}</urlset>".encode())
    sitemap = read_sitemap(packed[: len(packed) // 2], URL)
    assert 1000 < len(sitemap.candidates) < 5000
    assert sitemap.cut is not None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>Not found</body></html>", "<html>"),
        (b"", "neither XML nor a list"),
        (b"Not found", "neither XML nor a list"),
        (b"\x1f\x8b\x08broken", "damaged gzip"),
        (b"<urlset><url><loc>javascript:alert(1)</loc></url></urlset>", "nothing in it is an address"),
        (b"<urlset " + b"a" * 100_000 + b">", "64 KiB"),
    ],
)
def test_what_is_no_sitemap_says_so(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_sitemap(body, URL)


def test_more_entries_than_the_protocol_allows_are_cut_in_bounded_memory() -> None:
    entry = "<url><loc>https://gazette.example/{}</loc><lastmod>2026-07-06</lastmod><x/><y/></url>"
    body = f"<urlset>{''.join(entry.format(i) for i in range(MOST_ENTRIES + 10))}</urlset>".encode()
    sitemap = read_sitemap(gzip.compress(body), URL)
    assert len(sitemap.candidates) == MOST_ENTRIES
    assert sitemap.cut == "more than 50,000 entries: the rest was not read"


def test_a_gzip_bomb_is_cut_at_fifty_megabytes() -> None:
    bomb = gzip.compress(b"<urlset><url><loc>https://gazette.example/a</loc></url>" + b" " * (200 << 20))
    tracemalloc.start()
    sitemap = read_sitemap(bomb, URL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [c.url for c in sitemap.candidates] == ["https://gazette.example/a"]
    assert sitemap.cut is not None
    assert peak < 400 << 20


LAUGHS = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
HOSTILE = {
    "entity bomb": f'<!DOCTYPE u [<!ENTITY e0 "ha">{LAUGHS}]><urlset><url><loc>http://e.example/&e9;</loc></url></urlset>',
    "outside": '<!DOCTYPE u SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<urlset><url><loc>http://e.example/&x;</loc></url></urlset>",
    "deep": "<urlset>" + "<url>" * 400_000,
    "flat": "<urlset>" + "<a/>" * 400_000,
    "cdata": "<urlset>" + "<![CDATA[]]>" * 200_000,
    "ampersands": "<urlset><url><loc>http://e.example/" + "&" * 1_000_000,
    "long text": "<urlset><url><loc>http://e.example/" + "a" * 12_000_000,
    "blanks": " " * 5_000_000,
    "lines": "http://\n" * 500_000,
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [("entity bomb", "&e9;"), ("outside", "&x;")])
def test_no_entity_is_expanded_and_no_file_read(kind: str, name: str) -> None:
    sitemap = read_sitemap(HOSTILE[kind].encode(), URL)
    assert [found.url for found in sitemap.candidates] == [f"http://e.example/{name}"]


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_sitemaps_cost_little(kind: str) -> None:
    started = time.process_time()
    try:
        sitemap = read_sitemap(HOSTILE[kind].encode(), URL)
    except Unreadable:
        pass
    else:
        assert all("root:" not in c.url and len(c.url) < 10_000 for c in sitemap.candidates)
    assert time.process_time() - started < 8


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(), st.binary().map(lambda b: b"<urlset><url><loc>http://e.example/" + b)))
def test_any_bytes_are_a_sitemap_or_unreadable(body: bytes) -> None:
    try:
        sitemap = read_sitemap(body, URL)
    except Unreadable:
        pass
    else:
        assert all(c.url.startswith(("http://", "https://")) for c in sitemap.candidates)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(URLSET)), st.binary(max_size=4))
def test_a_fault_costs_no_more_than_the_entries_it_touches(position: int, junk: bytes) -> None:
    body = (
        URLSET[:position].encode() + junk.replace(b"<", b"").replace(b">", b"") + URLSET[position:].encode()
    )
    try:
        found = {c.url for c in read_sitemap(body, URL).candidates}
    except Unreadable:
        assert position < URLSET.index("<url>")
    else:
        assert len(found) <= 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-07-06", date(2026, 7, 6)),
        ("2026-07", date(2026, 7, 1)),
        ("2026-7-6", date(2026, 7, 6)),
        ("2026-07-06T10:00Z", datetime(2026, 7, 6, 10, tzinfo=UTC)),
        ("2026-07-06 10:00:60 +0200", datetime(2026, 7, 6, 8, 0, 59, tzinfo=UTC)),
        ("2026-07-06T10:00:00", date(2026, 7, 6)),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-13-06", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_w3c_time(text: str | None, value: datetime | date | None) -> None:
    assert w3c_time(text) == value


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))
def test_w3c_time_reads_what_isoformat_writes(moment: datetime) -> None:
    offset = moment.utcoffset()
    if offset is not None and offset.total_seconds() % 60 == 0:
        assert w3c_time(moment.isoformat()) == moment.astimezone(UTC).replace(microsecond=0)
