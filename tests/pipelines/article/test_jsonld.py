from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.article import jsonld

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


def test_graph_members_come_with_their_references_resolved() -> None:
    script = json.dumps(
        {
            "@graph": [
                {"@type": "WebPage", "@id": "#page"},
                {"@type": "NewsArticle", "headline": "Bridge opens", "author": {"@id": "#ida"}},
                {"@type": "Person", "@id": "#ida", "name": "Ida Holm"},
            ]
        }
    )
    article = next(node for node in jsonld.read([script]) if "newsarticle" in jsonld.types(node))
    assert jsonld.strings(article["author"]) == ["Ida Holm"]


def test_outer_objects_come_before_inner_ones() -> None:
    script = json.dumps({"@type": "WebPage", "mainEntity": {"@type": "Article", "headline": "In"}})
    assert [jsonld.types(node) for node in jsonld.read([script])] == [{"webpage"}, {"article"}]


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type": "Article", "headline": "A b"} -->',
        '//<![CDATA[\n{"@type": "Article", "headline": "A b"}\n//]]>',
        '{"@type": "Article", "headline": "A b",}',
        '{"@type": "Article", "headline": "A b"};',
        '{"@type": "Article",\n"x": "it\\\'s",\n"headline": "A b"}',
        '{"@type": "Article"\n"headline": "A b"}',
        '{"@type": "Article", "headline": "A b"} {"@type": "Thing"}',
        '{"@type": "Article", "headline": "A b", "description": "line\nbreak"}',
        '{"@type": "Article", "headline": "A b", "description": "he said "no" to it"}',
        '{"@type": "Article", "headline": "A b", "cut": "off he',
        "{&quot;@type&quot;: &quot;Article&quot;, &quot;headline&quot;: &quot;A b&quot;}",
    ],
)
def test_broken_scripts_are_salvaged(script: str) -> None:
    assert jsonld.read([script])[0]["headline"] == "A b"


def test_authors_are_salvaged_from_a_script_that_cannot_be_mended() -> None:
    script = '{"headline": "A "b" c", "author": {"@type": "Person", "name": "Ida Holm"}, "x": '
    assert jsonld.strings(jsonld.read([script])[0]["author"]) == ["Ida Holm"]


def test_types_lose_the_address_of_their_vocabulary() -> None:
    node = {"@type": ["https://schema.org/NewsArticle", "schema:Report", 5]}
    assert jsonld.types(node) == {"newsarticle", "report"}


@pytest.mark.parametrize(
    "script", ["[" * 200_000, '{"a":' * 100_000, "", "null", '"x"', '{"a": ' + "9" * 5000 + "}", "\x00", "}"]
)
def test_hostile_scripts_give_no_error(script: str) -> None:
    assert isinstance(jsonld.read([script]), list)


def test_deep_but_valid_nesting_is_read_up_to_the_bound() -> None:
    script = '{"@type": "Article", "author": ' + "[" * 900 + '"x"' + "]" * 900 + "}"
    assert jsonld.types(jsonld.read([script])[0]) == {"article"}


def test_scripts_beyond_the_bound_are_not_read() -> None:
    long = json.dumps({"@type": "Article", "articleBody": "x" * jsonld.MAX_CHARS})
    assert jsonld.read([long, '{"@type": "Article"}']) == []


@given(JSON)
def test_any_json_is_read_without_error(value: object) -> None:
    for node in jsonld.read([json.dumps(value)]):
        assert all(isinstance(name, str) for name in jsonld.types(node))
        assert isinstance(jsonld.string(node.get("a")), str | None)


@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text: str) -> None:
    assert all(isinstance(node, dict) for node in jsonld.read([text]))
