"""The example of a Python rule."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from demo.rules.harbour import tidy


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p><b>WINTER</b> Winter came.</p>", "<p> Winter came.</p>"),
        ("<p>WINTER Winter came.</p>", "<p>Winter came.</p>"),
        ("<p><b>Winter</b> winter came.</p>", "<p><b>Winter</b> winter came.</p>"),
        ("<p>NATO met.</p>", "<p>NATO met.</p>"),
        ("<p>1 1 was the score.</p>", "<p>1 1 was the score.</p>"),
        ("<p>One</p>", "<p>One</p>"),
        ("<h2>None</h2>", "<h2>None</h2>"),
        ("", ""),
    ],
)
def test_the_doubled_word_is_taken_away(before: str, after: str) -> None:
    assert str(tidy(BeautifulSoup(before, "html.parser"))) == after
