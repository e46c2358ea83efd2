"""Scope: what each kind of address is taken for, and that no address can make it raise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import SiteListError
from pipelines.model import Site
from scraper.discovery.candidate import Place, Role
from scraper.scope import Reason, Scope, Verdict, without_session

SITE = Site("gazette", "https://www.gazette.example/", hosts=("sport.gazette.example",))
TODAY = date(2026, 11, 23)
HOST = "https://www.gazette.example"


def reason(
    url: str, *, role: Role = Role.PAGE, place: Place = Place.MAIN, text: str = "", site: Site = SITE
) -> Reason:
    return (
        Scope(site, TODAY).judge(url if ":" in url else HOST + url, role=role, place=place, text=text).reason
    )


ARTICLES = {
    "/2026/07/06/fish-shop-burns/": Reason.DATED,
    "/news/2026/jul/06/fish": Reason.DATED,
    "/2026/07/fish.html": Reason.DATED,
    "/news/2026-07-06-fish-shop": Reason.DATED,
    "/20260706/k00/00m/030/335000c": Reason.DATED,
    "/1998/01/02/an-old-story": Reason.DATED,
    "/news/fish-shop-burns-down-in-town/2026/07": Reason.DATED,
    "/news/uk-12345678": Reason.NUMBERED,
    "/news/articles/c4gz0r1m2xyo": Reason.NUMBERED,
    "/artikel/1234567/": Reason.NUMBERED,
    "/index.php?id=4711": Reason.NUMBERED,
    "/?p=123": Reason.NUMBERED,
    "/fish-shop-burns-down-in-town": Reason.SLUG,
    "/local/fish-shop-burns": Reason.SLUG,
    "/local/fish_shop_burns.html": Reason.SLUG,
    "/local/fish-shop-burns-down/2": Reason.SLUG,
    "/news/" + quote("город-без-воды"): Reason.SLUG,
    "/news/" + quote("日本語の記事の長い題名であるもの"): Reason.SLUG,
    "/local/fish-shop-burns?utm_source=a&utm_medium=b&utm_term=c&fbclid=d&gclid=e&utm_id=f": Reason.SLUG,
    "/people/local/fish-shop-burns-62276.html": Reason.NUMBERED,
    "http://gazette.example/local/fish-shop-burns": Reason.SLUG,
    "https://sport.gazette.example/fish-team-wins-again": Reason.SLUG,
}
LISTINGS = {
    "/": Reason.FRONT_PAGE,
    "http://gazette.example": Reason.FRONT_PAGE,
    "/news": Reason.SECTION,
    "/news/local/": Reason.SECTION,
    "/category/fish-and-chips-and-more": Reason.SECTION,
    "/news/page/3/": Reason.PAGINATION,
    "/news?page=12": Reason.PAGINATION,
    "/2026/07/06/": Reason.DATE_ARCHIVE,
    "/archive/2026-07-06": Reason.DATE_ARCHIVE,
    "/archive/2026/07": Reason.DATE_ARCHIVE,
}
UNLIKELY = {
    "/tag/fish-shops-and-more-things": Reason.TOPIC,
    "/author/jane-doe-of-the-gazette": Reason.TOPIC,
    "/about": Reason.ABOUT,
    "/en/imprint": Reason.ABOUT,
    "/a/b/c/d/e": Reason.SHAPELESS,
    "/news?sort=asc": Reason.SHAPELESS,
}
REFUSED = {
    "https://other.example/2026/07/06/fish-shop-burns": Reason.OTHER_HOST,
    "https://gazette.example:8443/news": Reason.OTHER_HOST,
    "https://gazette.example.evil.example/": Reason.OTHER_HOST,
    "https://gazette.example@evil.example/": Reason.OTHER_HOST,
    "ftp://gazette.example/a": Reason.SCHEME,
    "file:///etc/passwd": Reason.SCHEME,
    "https://[": Reason.MALFORMED,
    "/files/report.pdf": Reason.FILE,
    "/2026/07/06/picture.JPG": Reason.FILE,
    "/login?next=/": Reason.ACCOUNT,
    "/account/orders": Reason.ACCOUNT,
    "/search/fish": Reason.SEARCH,
    "/?s=fish": Reason.SEARCH,
    "/cart": Reason.SHOP,
    "/local/fish-shop-burns/comments": Reason.SHARE,
    "/local/fish-shop-burns?replytocom=7": Reason.SHARE,
    "/local/fish-shop-burns/amp": Reason.COPY,
    "/local/fish-shop-burns?print=1": Reason.COPY,
    "https://m.gazette.example/local/fish-shop-burns": Reason.COPY,
    "https://amp.gazette.example/local/fish-shop-burns": Reason.COPY,
    "https://m.other.example/local/fish-shop-burns": Reason.OTHER_HOST,
    "/wp-json/wp/v2/posts": Reason.MACHINE,
    "/" + "a" * 2000: Reason.TOO_LONG,
    "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p": Reason.TOO_DEEP,
    "/news/local/news/local/": Reason.REPEATED,
    "/a/x/a/y/a/z": Reason.REPEATED,
    "/news?a=1&b=2&c=3&d=4&e=5&f=6": Reason.PARAMETERS,
    "/news?sid=0123456789abcdef0123": Reason.SESSION,
    "/events/2031/05/": Reason.CALENDAR,
    "/events/1971-05-12": Reason.CALENDAR,
    "/calendar?date=2031-05-12": Reason.CALENDAR,
    "/2029/05/12/a-story-of-the-future": Reason.CALENDAR,
    "/news/page/5000/": Reason.ENDLESS,
}  # fmt: skip


@pytest.mark.parametrize(
    ("url", "expected", "verdict"),
    [
        (url, expected, verdict)
        for table, verdict in (
            (ARTICLES, Verdict.ARTICLE),
            (LISTINGS, Verdict.LISTING),
            (UNLIKELY, Verdict.UNLIKELY),
            (REFUSED, Verdict.REFUSED),
        )
        for url, expected in table.items()
    ],
)
def test_shapes(url: str, expected: Reason, verdict: Verdict) -> None:
    judgement = Scope(SITE, TODAY).judge(url if ":" in url else HOST + url, place=Place.MAIN)
    assert (judgement.verdict, judgement.reason) == (verdict, expected)


def test_every_reason_is_tried_somewhere_and_reads_as_its_verdict() -> None:
    tried = {*ARTICLES.values(), *LISTINGS.values(), *UNLIKELY.values(), *REFUSED.values()}
    elsewhere = {
        Reason.LISTED, Reason.HEADLINE, Reason.ALLOWED, Reason.NOT_ALLOWED, Reason.DENIED, Reason.FURNITURE,
        Reason.DOCUMENT_OF_LINKS, Reason.NAMED_LISTING, Reason.COMMENT_FEED,
    }  # fmt: skip
    assert tried | elsewhere == set(Reason)
    assert all(r.startswith(("scope: ", "trap: ")) for r in REFUSED.values())


def test_the_words_of_a_link_count_where_the_address_tells_nothing() -> None:
    headline = "Fish shop burns down in the old town"
    assert reason("/x/k3", text=headline) is Reason.HEADLINE
    assert reason("/fish", text=headline) is Reason.HEADLINE
    assert (
        reason("/x/k3", text="\u9b5a\u5c4b\u304c\u65e7\u5e02\u8857\u3067\u706b\u4e8b" * 3) is Reason.HEADLINE
    )
    assert reason("/x/k3", text="Fish and chips") is Reason.SECTION
    assert reason("/x/k3", text=headline, place=Place.FOOTER) is Reason.SECTION
    assert reason("/list?by=fish", text=headline) is Reason.SHAPELESS
    assert reason("/tag/fish", text=headline) is Reason.TOPIC
    assert reason("/list?start=20", text="2") is Reason.PAGINATION
    assert reason("/local/fish-shop-burns", text="12") is Reason.SLUG, "as many comments"
    only_stories = replace(SITE, allow=("/story/",))
    assert reason("/fish", text=headline, site=only_stories) is Reason.SECTION


def test_parameters_that_the_archivist_keeps_choose_a_page_here() -> None:
    keeps = replace(SITE, keep_params=("utm_id", "q", "sid"))
    assert reason("/story?utm_id=1234567", site=SITE) is Reason.SECTION
    assert reason("/story?utm_id=1234567", site=keeps) is Reason.SHAPELESS
    assert (reason("/story?q=fish", site=SITE), reason("/story?q=fish", site=keeps)) == (
        Reason.SEARCH, Reason.SHAPELESS,
    )  # fmt: skip
    session = "/story?sid=0123456789abcdef0123"
    assert (reason(session, site=SITE), reason(session, site=keeps)) == (Reason.SESSION, Reason.SHAPELESS)
    assert without_session(f"{HOST}{session}&a=1") == f"{HOST}/story?a=1"
    assert without_session(f"{HOST}{session}", ["sid"]) == f"{HOST}{session}"


def test_place_counts() -> None:
    assert reason("/terms-of-our-service-and-use", place=Place.FOOTER) is Reason.FURNITURE
    assert reason("/2026/07/06/fish", place=Place.NAV) is Reason.DATED
    assert reason("/news/fish", place=Place.NEWS_SITEMAP) is Reason.LISTED
    assert reason("/fish", place=Place.FEED) is Reason.LISTED
    assert reason("/tag/fish", place=Place.FEED) is Reason.TOPIC
    assert reason("https://other.example/fish", place=Place.FEED) is Reason.OTHER_HOST


def test_feeds_sitemaps_and_named_listings() -> None:
    assert reason("/feed/", role=Role.FEED, place=Place.HEAD) is Reason.DOCUMENT_OF_LINKS
    assert reason("/sitemap.xml.gz", role=Role.SITEMAP, place=Place.SITEMAP_INDEX) is Reason.DOCUMENT_OF_LINKS
    assert reason("/comments/feed/", role=Role.FEED, place=Place.HEAD) is Reason.COMMENT_FEED
    elsewhere = "https://cdn.example/sitemap.xml"
    assert reason(elsewhere, role=Role.SITEMAP, place=Place.ROBOTS) is Reason.DOCUMENT_OF_LINKS
    assert reason(elsewhere, role=Role.SITEMAP, place=Place.SITEMAP_INDEX) is Reason.OTHER_HOST
    assert reason("/some-section-with-many-words", role=Role.LISTING) is Reason.NAMED_LISTING


def test_allow_and_deny_are_the_archivists_word() -> None:
    site = Site("g", HOST + "/", allow=(r"/story/",), deny=(r"/private/", r"\?full$"))
    assert reason("/story/x", site=site) is Reason.ALLOWED
    assert reason("/2026/07/06/fish-shop", site=site) is Reason.NOT_ALLOWED
    assert reason("/news/", site=site) is Reason.SECTION
    assert reason("/private/story/x", site=site) is Reason.DENIED
    assert reason("/story/x?full", site=site) is Reason.DENIED
    with pytest.raises(SiteListError, match=r"site g, deny: '\[' is no regular expression"):
        Scope(Site("g", HOST, deny=("[",)))


def test_without_a_day_the_future_is_open() -> None:
    assert Scope(SITE).judge(HOST + "/2099/05/12/a-story").verdict is Verdict.ARTICLE


def test_a_port_is_part_of_the_host() -> None:
    scope = Scope(Site("demo", "http://127.0.0.1:8090/"))
    assert scope.judge("http://127.0.0.1:8090/news").verdict is Verdict.LISTING
    assert scope.judge("http://127.0.0.1:8091/news").reason is Reason.OTHER_HOST


@given(
    st.one_of(st.text(), st.text().map(lambda t: HOST + "/" + t)),
    st.sampled_from(Role),
    st.sampled_from(Place),
)
def test_no_address_makes_it_raise(url: str, role: Role, place: Place) -> None:
    judgement = Scope(SITE, TODAY).judge(url, role=role, place=place)
    assert (judgement.verdict is Verdict.REFUSED) == judgement.reason.startswith(("scope: ", "trap: "))


SEGMENT = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.", min_size=1, max_size=20)


@given(st.lists(SEGMENT, max_size=5).map("/".join))
def test_scheme_and_www_do_not_matter(path: str) -> None:
    spellings = ("https://www.gazette.example/", "http://gazette.example/", "HTTPS://GAZETTE.example:443/")
    assert len({reason(spelling + path) for spelling in spellings}) == 1
