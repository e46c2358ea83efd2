"""What the pages of a site have taught."""

from __future__ import annotations

from scraper.frontier import Frontier, Look
from tests.scraper.frontier.mill import HOUR, NOW, done, found, take


def test_what_revisits_found_is_remembered_by_section_and_for_the_site(frontier: Frontier) -> None:
    frontier.settle([], [found("/politics/a"), found("/b")], NOW)
    frontier.settle([done(take(frontier), look=Look("politics", 0, HOUR, True))])
    frontier.settle([done(take(frontier), look=Look("", 0, 3 * HOUR, False))])
    assert frontier.lessons.looks("mill") == {("politics", 0): (1, HOUR), ("", 0): (1, 4 * HOUR)}
    assert frontier.lessons.looks("other") == {}
