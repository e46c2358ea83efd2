"""What is written of a page's circumstances is read back; what others write is passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.model import Circumstances
from pipelines.warc.circumstances import from_fields, to_fields

WORDS = st.text("abcé:/?=. ", min_size=1).map(str.strip).filter(bool)


@given(
    st.builds(
        Circumstances, WORDS, WORDS, st.none() | st.integers(0), st.none() | WORDS,
        st.lists(WORDS).map(tuple), st.none() | WORDS,
    )
)  # fmt: skip
def test_what_is_written_is_read_back(how: Circumstances) -> None:
    assert from_fields(to_fields(how)) == how


def test_no_line_break_of_a_value_starts_a_field_of_its_own() -> None:
    how = Circumstances("mill", found_on="http://a/\r\nsite: evil\u2028role: feed")
    found = from_fields(to_fields(how))
    assert found is not None
    assert (found.site, found.role) == ("mill", "page")


@pytest.mark.parametrize("block", [b"", b"via: http://a/\r\n", b"\xff\x00", b"site:\r\n", b"no colon"])
def test_metadata_of_others_says_nothing(block: bytes) -> None:
    assert from_fields(block) is None


def test_a_strange_crawl_number_is_none() -> None:
    assert from_fields(b"site: mill\r\ncrawl: x\r\nfurther: field\r\n") == Circumstances("mill")
