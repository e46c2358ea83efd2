"""What lies ahead: how much of it, and what comes first."""

from __future__ import annotations

from scraper.discovery.candidate import Role
from scraper.frontier import Due, Frontier, Settled, State
from tests.scraper.frontier.mill import DAY, HOUR, NOW, done, door, found, take


class TestAhead:
    def test_the_work_of_a_day_by_its_reasons(self, frontier: Frontier) -> None:
        frontier.visit_doors([door("/feed", Role.FEED)], ["mill"], NOW)
        frontier.settle([done(take(frontier), next_visit=NOW + HOUR, found=[found("/a"), found("/b")])])
        frontier.settle([done(take(frontier), next_visit=NOW + 12 * HOUR)])
        load = frontier.ahead.workload(["mill"], NOW, NOW + DAY)
        assert load == {
            "mill": {
                Due.DOOR: (1, 24, NOW + HOUR),
                Due.NEW: (1, 1, 0.0),
                Due.AGE: (1, 2, NOW + 12 * HOUR),
            }
        }
        assert frontier.ahead.workload(["mill"], NOW, NOW)["mill"].keys() == {Due.NEW}

    def test_the_visits_in_their_order(self, frontier: Frontier) -> None:
        frontier.visit_doors([door("/feed", Role.FEED)], ["mill"], NOW)
        frontier.settle([done(take(frontier), next_visit=NOW + HOUR, found=[found("/a"), found("/b")])])
        failed = Settled(take(frontier), State.FAILED, NOW, "timeout", not_before=NOW + 2 * HOUR)
        frontier.settle([failed])
        coming = [(visit.at, visit.due) for visit in frontier.ahead.coming(["mill"], NOW + DAY, 10)]
        assert coming == [(0.0, Due.NEW), (NOW + HOUR, Due.DOOR), (NOW + 2 * HOUR, Due.RETRY)]
        assert len(list(frontier.ahead.coming(["mill"], NOW + DAY, 1))) == 1
