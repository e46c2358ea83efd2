"""A rule for one site, where CSS selectors are not enough: The Harbour Gazette's doubled first words.

The paper's columns print their first word twice, once in capitals as an ornament and then in its sentence
("WINTER Winter came late"). No selector can tell that from a bold word that belongs there; a few lines of
Python can.
"""

from __future__ import annotations

from bs4 import BeautifulSoup
from bs4.element import NavigableString


def tidy(article: BeautifulSoup) -> BeautifulSoup:
    """The article without the ornament before its first sentence; unchanged when there is none."""
    paragraph = article.find("p")
    words = paragraph.get_text().split(maxsplit=2) if paragraph else []
    if paragraph is None or len(words) < 2 or not words[0].isupper() or words[0] != words[1].upper():
        return article
    ornament = next(run for run in paragraph.find_all(string=True) if words[0] in run)
    left = ornament.replace(words[0], "", 1).lstrip()
    if not left and ornament.parent is not paragraph and ornament.parent is not None:
        ornament.parent.decompose()
    else:
        ornament.replace_with(NavigableString(left))
    return article
