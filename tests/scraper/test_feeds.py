"""Feeds: what each format says, and what hostile or broken bytes do."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.discovery.candidate import Place, Role, Unreadable
from scraper.discovery.feeds import MOST_ENTRIES, read_feed

URL = "https://gazette.example/feed/"

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
     xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
  <title>The Gazette &amp; Mail</title><link>https://gazette.example/</link><language>en-gb</language>
  <sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>
  <image><title>Logo</title><link>https://gazette.example/</link></image>
  <item><title><![CDATA[Fish & <b>chips</b> shop burns]]></title>
    <link>/2026/07/06/chip-shop?a=1&b=2#top</link>
    <pubDate>Mon, 06 Jul 2026 10:30:00 +0200</pubDate>
    <content:encoded><![CDATA[<p>Long text</p>]]></content:encoded></item>
  <item><title>No link but a permanent guid</title><guid>https://gazette.example/guid-only</guid></item>
  <item><title>Nothing to follow</title><guid isPermaLink="false">tag:1</guid></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="pt-BR">
  <title type="html">Di&amp;aacute;rio</title>
  <link rel="self" href="https://gazette.example/atom"/>
  <entry><title>Um</title><link rel="replies" href="/um/comments"/><link rel="alternate" href="/um"/>
    <id>urn:1</id><published>2026-07-06T08:00:00Z</published><updated>2026-07-07T08:00:00-03:00</updated></entry>
</feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="/"><title>R</title></channel>
  <item rdf:about="https://gazette.example/a"><title>A</title><link>https://gazette.example/a</link>
  <dc:date>2026-07-06</dc:date></item></rdf:RDF>"""


def test_rss() -> None:
    feed = read_feed(RSS.encode(), URL)
    assert (feed.title, feed.language, feed.period, feed.cut) == ("The Gazette & Mail", "en-gb", 1800, None)
    first, second = feed.candidates
    assert first.url == "https://gazette.example/2026/07/06/chip-shop?a=1&b=2"
    assert (first.title, first.published) == (
        "Fish & chips shop burns",
        datetime(2026, 7, 6, 8, 30, tzinfo=UTC),
    )
    assert (first.role, first.place, first.found_on, first.language) == (Role.PAGE, Place.FEED, URL, "en-gb")
    assert second.url == "https://gazette.example/guid-only"


def test_atom() -> None:
    feed = read_feed(ATOM.encode(), URL, "application/atom+xml")
    (entry,) = feed.candidates
    assert (feed.title, feed.language) == ("Diário", "pt-BR")
    assert entry.url == "https://gazette.example/um"
    assert entry.published == datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert entry.lastmod == datetime(2026, 7, 7, 11, tzinfo=UTC)


def test_rdf_and_a_date_without_a_time_stays_a_date() -> None:
    (entry,) = read_feed(RDF.encode(), URL).candidates
    assert entry.url == "https://gazette.example/a"
    assert entry.lastmod == date(2026, 7, 6) or entry.published == date(2026, 7, 6)
    assert not isinstance(entry.lastmod or entry.published, datetime)


@pytest.mark.parametrize("version", ["0.91", "0.92", "2.0"])
def test_old_rss_and_ttl(version: str) -> None:
    body = f"<rss version='{version}'><channel><ttl>30</ttl><item><link>http://e.example/a</link></item></channel></rss>"
    feed = read_feed(body.encode(), URL)
    assert [c.url for c in feed.candidates] == ["http://e.example/a"]
    assert feed.period == 1800


def test_json_feed() -> None:
    items: list[object] = [
        {
            "id": "1",
            "url": "https://gazette.example/a",
            "title": "A",
            "date_published": "2026-07-06T10:00:00+02:00",
        },
        {"id": "https://gazette.example/b", "title": 7},
        {"id": "no address"},
        "nonsense",
    ]
    feed = read_feed(json.dumps({"title": "J", "language": "de", "items": items}).encode(), URL)
    assert [c.url for c in feed.candidates][:2] == ["https://gazette.example/a", "https://gazette.example/b"]
    assert feed.candidates[0].published == datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert (feed.title, feed.candidates[1].title, feed.candidates[1].language) == ("J", None, "de")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "<html>"),
        (b"", "neither XML nor JSON"),
        (b"hello", "neither XML nor JSON"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "neither XML nor JSON"),
        (b"{", "broken JSON"),
        (b'{"items": 1}', "without a list"),
        (b"\x1f\x8bbroken", "damaged gzip"),
        (b"<urlset><url><loc>https://e.example/</loc></url></urlset>", "<urlset>"),
    ],
)
def test_what_is_no_feed_says_so(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_feed(body, URL)


def test_broken_feeds_are_salvaged() -> None:
    cut = RSS[: RSS.index("<title>No link")]
    assert len(read_feed(cut.encode(), URL).candidates) == 1
    bare = "<rss><channel><item><title>Caf&eacute; & bar &nope;</title><link>http://e.example/?a=1&b=2</link></item>"
    (entry,) = read_feed(bare.encode(), URL).candidates
    assert (entry.title, entry.url) == ("Café & bar &nope;", "http://e.example/?a=1&b=2")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (RSS.replace("Gazette", "Büro").encode("windows-1252"), None),
        (RSS.replace("Gazette", "Büro").replace("?>", ' encoding="utf-8"?>').encode("windows-1252"), None),
        (RSS.replace("Gazette", "Büro").replace("?>", ' encoding="iso-8859-1"?>').encode(), None),
        (RSS.replace("Gazette", "Büro").encode("utf-16"), None),
        (RSS.replace("Gazette", "Büro").encode("iso-8859-15"), "text/xml; charset=iso-8859-15"),
        (gzip.compress(RSS.replace("Gazette", "Büro").encode()), None),
    ],
)
def test_encodings_that_lie(body: bytes, content_type: str | None) -> None:
    assert read_feed(body, URL, content_type).title == "The Büro & Mail"


def test_too_many_entries_are_cut_and_that_is_said() -> None:
    items = "".join(f"<item><link>http://e.example/{i}</link></item>" for i in range(MOST_ENTRIES + 5))
    feed = read_feed(f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), URL)
    assert len(feed.candidates) == MOST_ENTRIES
    assert feed.cut is not None
    assert "1,000" in feed.cut


LAUGHS = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
HOSTILE = {
    "entity bomb": f'<!DOCTYPE rss [<!ENTITY e0 "ha">{LAUGHS}]>'
    "<rss><channel><title>&e9;</title></channel></rss>",
    "outside": '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<rss><channel><title>&x;</title></channel></rss>",
    "deep": "<rss><channel><item>" + "<d>" * 300_000,
    "nested items": "<rss><channel>" + "<item>" * 200_000,
    "attributes": "<rss " + " ".join(f"a{i}='1'" for i in range(100_000)) + ">",
    "many attributes": "<rss><channel>"
    + ("<title " + " ".join(f"a{i}='1'" for i in range(6_000)) + "/>") * 20,
    "ampersands": "<rss><channel><title>" + "&" * 1_000_000,
    "unclosed": "<rss><channel>" + "<a/" * 300_000,
    "cdata": "<rss>" + "<![CDATA[" * 100_000,
    "doctypes": "<!DOCTYPE rss [" * 60_000,
    "comments": "<rss>" + "<!--" * 250_000,
    "json depth": "{" + '"a":[' * 200_000,
}


def test_no_entity_is_expanded_and_no_file_read() -> None:
    assert read_feed(HOSTILE["entity bomb"].encode(), URL).title == "&e9;"
    assert read_feed(HOSTILE["outside"].encode(), URL).title == "&x;"


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_feeds_cost_little(kind: str) -> None:
    started = time.process_time()
    try:
        feed = read_feed(HOSTILE[kind].encode(), URL)
    except Unreadable:
        pass
    else:
        assert "root:" not in (feed.title or "")
        assert len(feed.title or "") <= 1000
    assert time.process_time() - started < 5


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(),
        st.binary().map(lambda b: b"<rss><channel><item>" + b),
        st.text().map(lambda t: f"<feed>{t}".encode()),
    )
)
def test_any_bytes_are_a_feed_or_unreadable(body: bytes) -> None:
    try:
        feed = read_feed(body, URL)
    except Unreadable:
        pass
    else:
        assert all(c.url.startswith(("http://", "https://")) for c in feed.candidates)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(RSS)), st.binary(max_size=6))
def test_a_feed_broken_anywhere_never_raises_anything_else(position: int, junk: bytes) -> None:
    body = RSS.encode()
    with contextlib.suppress(Unreadable):
        read_feed(body[:position] + junk + body[position:], URL)
