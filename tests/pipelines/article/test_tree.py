"""The flat arrays: blocks as a reader sees them, and what each element holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import tree
from pipelines.article.cues import HIDDEN_BIT


def walk(markup: str) -> tree.Page:
    return tree.walk(tree.strip(LexborHTMLParser(markup)))


def tags(page: tree.Page) -> list[str]:
    return [page.tag(element) for element in range(len(page.make))]


@pytest.mark.parametrize(
    ("markup", "texts"),
    [
        ("<p>a <b>b</b>\n c</p><p>d</p>", ["a b c", "d"]),
        ("<div>a<p>b</p>c</div>", ["a", "b", "c"]),
        ("a<br>b<br><br>c<br>&nbsp;<br>d", ["a b", "c", "d"]),
        ("<a href=/><div>a</div><div>b</div></a>", ["a", "b"]),
        ("<p>a<script>b</script><style>c</style><noscript>d</noscript><!-- e --></p>", ["a"]),
        ("<ul><li>a<ul><li>b</li></ul>c</li></ul>", ["a", "b", "c"]),
        ("<template><p>a</p></template><svg><text>b</text></svg><p>c</p>", ["c"]),
        ("", []),
        ("   ", []),
    ],
)
def test_blocks_are_what_a_reader_sees(markup: str, texts: list[str]) -> None:
    assert walk(markup).text == texts


def test_links_and_bold_type_are_counted_in_characters() -> None:
    page = walk("<p>one <a href=x>two</a> <b>three</b></p><p>four</p>")
    assert page.linked.tolist() == [3, 0]
    assert page.links.tolist() == [1, 0]
    assert page.strong.tolist() == [5, 0]


def test_elements_know_their_blocks() -> None:
    page = walk("<main><p>a</p><section><p>b</p><p>c</p></section></main><p>d</p>")
    ranges = {tag: (page.first[i], page.end[i]) for i, tag in enumerate(tags(page))}
    assert ranges["main"] == (0, 3)
    assert ranges["section"] == (1, 3)
    assert ranges["body"] == (0, 4)


def test_hidden_elements_are_marked_and_not_dropped() -> None:
    page = walk(
        '<div hidden id="S:0"><p>a</p></div><p style="display: none">b</p><p aria-hidden=true>c</p><p>d</p>'
    )
    assert page.text == ["a", "b", "c", "d"]
    hidden = [
        bool(bits & HIDDEN_BIT)
        for bits, tag in zip(page.tags.tolist(), tags(page), strict=True)
        if tag in ("div", "p")
    ]
    assert hidden == [True, False, True, True, False]


def test_a_page_of_too_many_blocks_is_cut_and_says_so() -> None:
    page = walk("<p>a</p>" * (tree.MAX_BLOCKS + 10))
    assert (len(page.text), page.cut) == (tree.MAX_BLOCKS, True)


@given(st.text(alphabet=st.sampled_from("<>/ apbdiv=\"'hrulite\n!-"), max_size=300))
def test_ranges_nest_whatever_the_markup(markup: str) -> None:
    page = walk(markup)
    for element, parent in enumerate(page.parent):
        assert page.first[element] <= page.end[element]
        if parent >= 0 and page.tag(element) not in tree.INLINE:
            assert page.first[parent] <= page.first[element]
            assert page.end[element] <= page.end[parent]
    for block, holder in enumerate(page.holder):
        assert page.first[holder] <= block < page.end[holder]
