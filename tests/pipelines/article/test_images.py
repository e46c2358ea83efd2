"""The words below a picture, and whose picture it is."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import fields


@pytest.mark.parametrize(
    ("written", "caption", "credit"),
    [
        ("The new bridge. (Photo: Bo Chen)", "The new bridge.", "Bo Chen"),
        ("The new bridge. Photo Bo Chen", "The new bridge.", "Bo Chen"),
        ("The new bridge. Photo by Édith Moreau", "The new bridge.", "Édith Moreau"),
        ("The new bridge. photo: harbour museum", "The new bridge.", "harbour museum"),
        ("The new bridge. Photo courtesy of Harbour Museum", "The new bridge.", "Harbour Museum"),
        ("An old photograph of the harbour", "An old photograph of the harbour", None),
        ("The town's first photo studio", "The town's first photo studio", None),
    ],
)
def test_a_credit_is_told_from_the_caption(written: str, caption: str, credit: str | None) -> None:
    page = f'<h1>x</h1><figure><img src="/bridge-at-dawn.jpg"><figcaption>{written}</figcaption></figure>'
    image = fields.read(LexborHTMLParser(page), "https://gazette.example/a").image
    assert image is not None
    assert (image.caption, image.credit) == (caption, credit)
