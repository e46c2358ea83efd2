"""Which addresses are one, and which words are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.identify import article_key, canonical_url, content_hash, is_variant, original_of, plain
from pipelines.model import Site

SITE = Site("example", "https://www.example.com/", hosts=("blogs.example.org",))


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://WWW.Example.COM:80/a", "http://www.example.com/a"),
        ("https://example.com:443/a#top", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://user:secret@example.com./a", "https://example.com/a"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com/a/./b/../c/", "https://example.com/a/c/"),
        ("https://example.com/a/index.html", "https://example.com/a/"),
        ("https://example.com/index.php?id=7", "https://example.com/?id=7"),
        ("https://example.com/%7euser/%c3%a9", "https://example.com/~user/%C3%A9"),
        ("https://example.com/caf\u00e9 au lait", "https://example.com/caf%C3%A9%20au%20lait"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://example.com/a?b=2&a=1&b=1", "https://example.com/a?a=1&b=2&b=1"),
        ("https://example.com/a?utm_source=x&fbclid=1&id=7&mc_cid=2", "https://example.com/a?id=7"),
        ("https://example.com/a;jsessionid=1F?PHPSESSID=2&page=2", "https://example.com/a?page=2"),
        ("https://b\u00fccher.example/a", "https://xn--bcher-kva.example/a"),
        (" https://example.com/\n a ", "https://example.com/%20a"),
        ("mailto:desk@example.com", "mailto:desk@example.com"),
        ("http://[::1/", "http://[::1/"),
        ("http://[::1]:80/a", "http://[::1]/a"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    "parameter", ["id=7", "p=12", "page=2", "story=utm", "q=gclid", "ref=home", "s=1", "lang=de"]
)
def test_a_parameter_that_may_choose_the_page_is_kept(parameter: str) -> None:
    assert canonical_url(f"https://example.com/a?{parameter}").endswith(parameter)


def test_a_site_can_keep_a_parameter() -> None:
    assert canonical_url("https://example.com/?icid=5&utm_id=1", ["icid"]) == "https://example.com/?icid=5"


WEB = st.builds(
    "{}://{}/{}?{}".format,
    st.sampled_from(["http", "HTTPS"]),
    st.sampled_from(["example.com", "WWW.Example.com:80", "b\u00fccher.example:8080"]),
    st.text(st.sampled_from("ab/.%2e\u00e9 ;=&+")),
    st.text(st.sampled_from("ab=&%41utm_\u00e9 /?;")),
)


@given(WEB | st.text())
def test_canonicalising_twice_changes_nothing(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once


@given(st.text(), st.none() | st.text())
def test_a_key_is_found_for_anything(url: str, canonical: str | None) -> None:
    assert isinstance(article_key(url, canonical, SITE), str)


def test_schemes_www_and_a_last_slash_are_folded() -> None:
    spellings = ["http://example.com/a", "https://www.example.com/a/", "https://EXAMPLE.com/a?utm_medium=rss"]
    assert {article_key(url, None, SITE) for url in spellings} == {"example.com/a"}


@pytest.mark.parametrize(
    ("canonical", "believed"),
    [
        ("https://example.com/story", True),
        ("https://m.example.com/story", True),
        ("https://blogs.example.org/story", True),
        ("https://other.example.net/story", False),
        ("https://example.com/", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_rel_canonical_is_believed_on_the_same_site_only(canonical: str, believed: bool) -> None:
    own = article_key("https://example.com/story/amp", None, SITE)
    assert (article_key("https://example.com/story/amp", canonical, SITE) != own) is believed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u201cIt\u2019s done\u201d", '"It\'s done"'),
        ("the  first\n\nword", "the first word"),
        ("co\u00adoper\u00adation", "cooperation"),
        ("\ufb01nal", "final"),
        ("1990\u20131995 \u2014 and on", "1990-1995 - and on"),
        ("wait\u2026", "wait..."),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_typography_is_no_difference(one: str, other: str) -> None:
    assert content_hash(one, None, one) == content_hash(other, None, other)


@pytest.mark.parametrize(("one", "other"), [("five", "six"), ("Five", "five"), ("a b", "ab"), ("1.5", "15")])
def test_words_are_a_difference(one: str, other: str) -> None:
    assert content_hash(None, None, one) != content_hash(None, None, other)


def test_a_word_that_moves_from_title_to_text_is_a_difference() -> None:
    assert content_hash("a", None, "b c") != content_hash("a b", None, "c")


@given(st.text())
def test_plain_is_idempotent_and_hashing_never_raises(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert len(content_hash(text, text, text)) == 32


def test_lone_surrogates_are_hashed() -> None:
    assert len(content_hash("\ud800", None, "a\udfff")) == 32


@pytest.mark.parametrize(
    ("copy", "original"),
    [
        ("https://news.example/amp/town/the-bridge", "https://news.example/town/the-bridge"),
        ("https://news.example/town/the-bridge/amp/", "https://news.example/town/the-bridge/"),
        ("https://news.example/town/the-bridge/amp", "https://news.example/town/the-bridge"),
        ("https://news.example/town/the-bridge?print=1&id=7", "https://news.example/town/the-bridge?id=7"),
        ("https://amp.news.example/town/the-bridge", "https://news.example/town/the-bridge"),
        ("https://news.example/town/the-bridge", None),
        ("https://news.example/town/amplifiers", None),
        ("http://[", None),
    ],
)
def test_the_original_of_a_copy(copy: str, original: str | None) -> None:
    assert original_of(copy) == original


@pytest.mark.parametrize(
    ("other", "variant"),
    [
        ("http://www.example.com/story/?ref=home", True),
        ("https://m.example.com/story", True),
        ("https://example.com/amp/story", True),
        ("https://example.com/story/print", True),
        ("https://example.com/another-story", False),
        ("https://example.org/story", False),
        ("https://example.com:x/story", False),
    ],
)
def test_variants_of_an_address(other: str, *, variant: bool) -> None:
    assert is_variant("https://example.com/story", other) is variant
    assert is_variant(other, "https://example.com/story") is variant
