"""The Gazette as a crawler meets it, over HTTP."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest
from bs4 import BeautifulSoup
from lxml import etree

from demo.pages import Gazette, day_words
from demo.site import Site
from demo.stories import SECTIONS, edition
from demo.truth import BASE, Expected, Fact, expected


class Reader:
    """Fetches pages of one edition and keeps them."""

    def __init__(self, site: Site, number: int) -> None:
        self.base = site.base
        self.truth: Expected = expected(number, site.base)
        self.pages = {url: self.get(url) for url in _reach(self)}

    def ask(self, url: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
        """One request, redirects not followed."""
        parts = urlsplit(urljoin(self.base, url))
        connection = HTTPConnection("127.0.0.1", parts.port or 80, timeout=5)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), headers=named)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def get(self, url: str) -> tuple[int, bytes]:
        """Status and body."""
        answer, body = self.ask(url)
        return answer.status, body

    def soup(self, url: str) -> BeautifulSoup:
        """The page parsed."""
        return BeautifulSoup(self.pages[url][1], "lxml")


def _reach(reader: Reader) -> set[str]:
    """Every URL of the site that can be reached by links from its front page."""
    seen: set[str] = set()
    ahead = [f"{reader.base}/", f"{reader.base}/sitemap-pages.xml"]
    while ahead:
        url = ahead.pop()
        if url in seen:
            continue
        seen.add(url)
        _, body = reader.get(url)
        soup = BeautifulSoup(body, "lxml-xml" if url.endswith(".xml") else "lxml")
        found = [str(tag["href"]) for tag in soup.select("a[href], link[href]")]
        found += [tag.get_text() for tag in soup.find_all("loc")]
        targets = (urljoin(url, target).partition("#")[0] for target in found)
        ahead += [target for target in targets if target.startswith(f"{reader.base}/")]
    return seen


@pytest.fixture(scope="module", params=[1, 2])
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    with Site(request.param) as site:
        yield Reader(site, request.param)


def _texts(reader: Reader) -> dict[str, Fact]:
    return {fact.url: fact for fact in (*reader.truth.articles, *reader.truth.teasers)}


def test_every_link_answers_as_truth_says(reader: Reader) -> None:
    statuses = {url: status for url, (status, _) in reader.pages.items()}
    assert {url for url, status in statuses.items() if status == 301} == reader.truth.moved.keys()
    assert {url for url, status in statuses.items() if status == 410} == set(reader.truth.gone)
    assert not {url: status for url, status in statuses.items() if status not in (200, 301, 410)}


def test_every_article_and_every_left_out_page_is_linked(reader: Reader) -> None:
    named = {fact.url for fact in reader.truth.articles} | {page.url for page in reader.truth.left_out}
    assert not (named | reader.truth.scripted.keys()) - reader.pages.keys()
    copies = {copy for fact in reader.truth.articles for copy in fact.also} - reader.truth.moved.keys()
    assert len(copies) >= 5
    assert not copies - reader.pages.keys()


def test_the_site_is_small_enough_for_a_quick_demo(reader: Reader) -> None:
    tracked = {url for url in reader.pages if "utm_" in url or "fbclid" in url}
    assert 60 <= len(reader.pages.keys() - tracked) <= 95
    assert len(tracked) > 10


def test_pages_parse_and_have_one_headline(reader: Reader) -> None:
    for url, (status, body) in reader.pages.items():
        if status == 200 and b"<html" in body[:100] and url not in reader.truth.scripted:
            soup = reader.soup(url)
            assert len(soup.find_all("h1")) == 1, url
            assert soup.title, url
            assert soup.html
            assert soup.html.get("lang"), url


def test_articles_print_their_facts(reader: Reader) -> None:
    for url, fact in _texts(reader).items():
        soup = BeautifulSoup(reader.pages[url][1].decode("utf-8", "replace"), "lxml")
        if fact.slug == "smokehouse-cafe":
            soup = BeautifulSoup(reader.pages[url][1].decode("cp1252"), "lxml")
        page = " ".join(soup.get_text(" ").split())
        assert soup.h1
        assert soup.h1.get_text() == fact.title
        assert all(name in page for name in fact.authors), url
        words = " ".join(soup.select_one(".copy").get_text("", strip=False).split())  # type: ignore[union-attr]
        for block in fact.text.split("\n\n"):
            assert " ".join(block.split()) in words, (url, block)
        assert soup.html
        assert soup.html["lang"] == fact.language


def test_furniture_is_on_the_page_and_not_in_the_text(reader: Reader) -> None:
    for url, fact in _texts(reader).items():
        if fact.slug == "smokehouse-cafe":
            continue
        page = " ".join(reader.soup(url).get_text(" ").split())
        for words in fact.absent:
            assert " ".join(words.split()) in page, (url, words)
            assert words not in fact.text, (url, words)


def test_machine_readable_facts(reader: Reader) -> None:
    markups = {"jsonld": 0, "meta": 0, "visible": 0}
    for url, fact in _texts(reader).items():
        soup, facts = reader.soup(url), {}
        for script in soup.find_all("script", type="application/ld+json"):
            said = json.loads(script.get_text())
            facts[said["@type"]] = said
        markups[fact.markup] += 1
        assert bool(facts) == (fact.markup == "jsonld")
        assert bool(soup.find("meta", property="article:published_time")) == (fact.markup != "visible")
        assert bool(soup.select_one(".dateline time")) == (fact.markup != "visible")
        assert day_words(fact.published, fact.language) in soup.select_one(".dateline").get_text()  # type: ignore[union-attr]
        for said in facts.values():
            if said["@type"] != "BreadcrumbList":
                assert said["headline"] == fact.title
                assert said["datePublished"] == fact.published.isoformat()
                assert [author["name"] for author in said["author"]] == list(fact.authors)
                assert said["isAccessibleForFree"] == (fact.access == "open")
    assert markups["jsonld"] > 30
    assert markups["meta"] >= 3
    assert markups["visible"] == 2


def test_the_page_that_lies_about_its_charset(reader: Reader) -> None:
    answer, body = reader.ask(reader.truth.fact("smokehouse-cafe").url)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")
    text = body.decode("cp1252")
    assert all(sign in text for sign in "“”’€éûï")


def test_feeds_parse_without_complaint(reader: Reader) -> None:
    rss = feedparser.parse(reader.get(f"{reader.base}/feed.xml")[1])
    assert not rss.bozo
    assert rss.version == "rss20"
    newest = edition(reader.truth.edition).stories[:15]
    assert [entry.title for entry in rss.entries] == [story.title for story in newest]
    for section in SECTIONS:
        atom = feedparser.parse(reader.get(f"{reader.base}/{section}/atom.xml")[1])
        assert (atom.bozo, atom.version) == (False, "atom10")
        assert {entry.link for entry in atom.entries} == {
            url for url, fact in _texts(reader).items() if fact.section == SECTIONS[section]
        }


def test_sitemaps_name_every_article_once(reader: Reader) -> None:
    robots = reader.get(f"{reader.base}/robots.txt")[1].decode()
    index = robots.partition("Sitemap: ")[2].strip()
    inner = [node.text or "" for node in etree.fromstring(reader.get(index)[1]).iter("{*}loc")]
    assert len(inner) == 2
    pages = etree.fromstring(reader.get(inner[0])[1])
    dated = {
        url.findtext("{*}loc"): url.findtext("{*}lastmod") for url in pages.iter("{*}url") if len(url) > 1
    }
    assert {url for url in dated if url in _texts(reader)} == set(_texts(reader))
    assert all(dated[url] == fact.modified.isoformat() for url, fact in _texts(reader).items())
    news = [node.text or "" for node in etree.fromstring(reader.get(inner[1])[1]).iter("{*}loc")]
    assert 3 < len(news) < 15
    assert set(news) <= set(_texts(reader))


def test_what_is_gone_or_moved_is_named_nowhere(reader: Reader) -> None:
    for old in (*reader.truth.gone, *reader.truth.moved):
        listing = {f"{reader.base}/", f"{reader.base}/feed.xml", f"{reader.base}/sitemap-pages.xml"}
        listing |= {page.url for page in reader.truth.left_out if page.why == "a listing"}
        assert not [url for url in listing if f"{old}<".encode() in reader.get(url)[1]]
        assert not [url for url in listing if urlsplit(old).path.encode() + b'"' in reader.get(url)[1]]


def test_moved_and_gone_answer_so(reader: Reader) -> None:
    for old, new in reader.truth.moved.items():
        answer, _ = reader.ask(old)
        assert (answer.status, answer.headers["Location"]) == (301, new)
    for url in reader.truth.gone:
        assert reader.get(url)[0] == 410


def test_pagination_shows_every_story_once(reader: Reader) -> None:
    shown: list[str] = []
    url: str | None = f"{reader.base}/latest"
    while url:
        soup = BeautifulSoup(reader.get(url)[1], "lxml")
        shown += [str(link["href"]) for link in soup.select(".listing h3 a")]
        after = soup.select_one("a[rel=next]")
        url = urljoin(url, str(after["href"])) if after else None
    assert sorted(urljoin(reader.base, path) for path in shown) == sorted(_texts(reader))
    assert reader.get(f"{reader.base}/latest?page=99")[0] == 404
    assert reader.get(f"{reader.base}/latest?page=x")[0] == 404


def test_a_paywalled_page_sends_no_more_than_its_teaser(reader: Reader) -> None:
    (fact,) = reader.truth.teasers
    assert len(fact.text.split("\n\n")) == 2
    assert "What a chapel costs" not in reader.pages[fact.url][1].decode()


def test_conditional_requests(reader: Reader) -> None:
    url = reader.truth.articles[0].url
    first, _ = reader.ask(url)
    tag, day = first.headers["ETag"], first.headers["Last-Modified"]
    assert reader.ask(url, If_None_Match=f'"other", {tag}')[0].status == 304
    assert reader.ask(url, If_None_Match='"other"', If_Modified_Since=day)[0].status == 200
    assert reader.ask(url, If_Modified_Since=day)[0].status == 304
    assert reader.ask(url, If_Modified_Since="Mon, 01 Jan 2001 00:00:00 GMT")[0].status == 200
    assert reader.ask(url, If_Modified_Since="yesterday")[0].status == 200
    answer, body = reader.ask(url, If_None_Match=tag, Accept_Encoding="gzip")
    assert (answer.status, body, answer.headers["Content-Encoding"]) == (304, b"", None)


def test_gzip_and_head(reader: Reader) -> None:
    url = reader.truth.articles[0].url
    answer, packed = reader.ask(url, Accept_Encoding="gzip, deflate")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == reader.pages[url][1]
    head, body = reader.ask(url, "HEAD")
    assert (head.status, body) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(reader.pages[url][1])


def test_soft_404_and_real_404(reader: Reader) -> None:
    (soft,) = (page for page in reader.truth.left_out if "page not found" in page.why)
    assert reader.get(soft.url) == (200, reader.get(f"{reader.base}/there/is/no/such/page")[1])
    assert reader.get(f"{reader.base}/there/is/no/such/page")[0] == 404


def test_every_request_is_a_line_of_json() -> None:
    log = io.StringIO()
    with Site(1, log=log) as site:
        connection = HTTPConnection("127.0.0.1", site.server_port, timeout=5)
        connection.request("GET", "/about?x=1", headers={"User-Agent": "tester"})
        connection.getresponse().read()
        connection.close()
    line = json.loads(log.getvalue())
    assert (line["method"], line["path"], line["status"], line["agent"]) == (
        "GET",
        "/about?x=1",
        200,
        "tester",
    )


def _dated(number: int) -> dict[str, str | None]:
    """URL -> lastmod of one edition's sitemap."""
    sitemap = etree.fromstring(Gazette(edition(number), BASE).reply("/sitemap-pages.xml").body)
    urls = (url for url in sitemap.iter("{*}url") if url.find("{*}lastmod") is not None)
    return {url.findtext("{*}loc") or "": url.findtext("{*}lastmod") for url in urls}


def test_the_sitemaps_of_two_days_differ_by_one_corrected_one_new_one_gone_and_one_moved() -> None:
    before, after, truth = _dated(1), _dated(2), expected(2)
    ((old, new),) = truth.moved.items()
    (gone,) = truth.gone
    assert len([url for url in before.keys() & after.keys() if before[url] != after[url]]) == 1
    assert before.keys() - after.keys() == {old, gone}
    assert len(after.keys() - before.keys() - {new}) == 1
    assert before[old] == after[new]


def _printed(number: int) -> dict[str, str]:
    """Slug -> the words that one edition prints of the story."""
    gazette, words = Gazette(edition(number), BASE), {}
    for fact in expected(number).articles:
        soup = BeautifulSoup(gazette.reply(urlsplit(fact.url).path).body, "lxml")
        words[fact.slug] = " ".join(
            part.get_text() for part in soup.select(".full > .copy > p, .standfirst, h1")
        )
    return words


def test_only_the_corrected_story_reads_otherwise_on_the_second_day() -> None:
    before, after = _printed(1), _printed(2)
    differ = {slug for slug in before.keys() & after.keys() if before[slug] != after[slug]}
    assert differ == {story.slug for story in edition(1).stories if story.correction}


def test_the_tide_board_is_empty_until_its_script_has_run(reader: Reader) -> None:
    [(url, title)] = reader.truth.scripted.items()
    page = reader.soup(url)
    assert page.body
    assert title not in page.get_text()
    [place] = page.select("#app")
    assert not place.get_text()
    script = str(page.select_one("script[src]")["src"])  # type: ignore[index]
    assert b"/static/board.json" in reader.get(script)[1]
    assert title.encode() in reader.get("/static/board.json")[1]
