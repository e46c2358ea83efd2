"""Pauses as hosts ask for them, and delays as sites set them."""

from __future__ import annotations

from email.utils import formatdate
from math import inf

import pytest

from scraper.politeness import LONGEST_REST, Pace, backoff, retry_after

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0), (" 7 ", 7.0), ("999999999999999999999", LONGEST_REST), ("0", None), ("-5", None),
        ("soon", None), ("", None), (None, None), ("1.5", None), (formatdate(NOW + 90, usegmt=True), 90.0),
        (formatdate(NOW - 90, usegmt=True), None), ("Wed, 31 Dec 9999 23:59:59 GMT", LONGEST_REST),
    ],
)  # fmt: skip
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_backoff_grows_with_jitter_and_ends_somewhere() -> None:
    assert 1.0 <= backoff(1) <= 2.0
    assert 4.0 <= backoff(3) <= 8.0
    assert backoff(1000) <= 3600.0
    assert len({backoff(5) for _ in range(20)}) > 1


class TestPace:
    def test_one_at_a_time_and_a_delay_between(self) -> None:
        pace = Pace()
        pace.slow_to("a", 2.0)
        pace.slow_to("a", 1.0)
        pace.started("a")
        pace.sent("a", NOW)
        assert pace.ready_at("a") == inf
        pace.finished("a")
        assert pace.ready_at("a") == NOW + 2.0
        assert pace.ready_at("b") == 0.0

    def test_rest_is_never_shortened(self) -> None:
        pace = Pace()
        pace.rest("a", NOW + 60)
        assert pace.answered("a", 429, 5.0, NOW) == NOW + 60

    def test_a_burst_counts_once_and_peace_forgets(self) -> None:
        pace = Pace()
        first = pace.answered("a", 503, None, NOW)
        assert first is not None
        assert NOW + 1.0 <= first <= NOW + 2.0
        assert pace.answered("a", 503, None, NOW) is not None
        assert pace.ready_at("a") <= NOW + 2.0
        assert pace.answered("a", 200, None, NOW + 10) is None
        later = pace.answered("a", 503, None, NOW + 20)
        assert later is not None
        assert later <= NOW + 22.0

    def test_refusals_in_a_row_make_longer_rests(self) -> None:
        pace, now = Pace(), NOW
        for _ in range(5):
            until = pace.answered("a", 429, None, now)
            assert until is not None
            rest, now = until - now, until + 1
        assert rest >= 16.0


def test_a_slow_host_is_left_idle_as_long_as_it_took_to_answer() -> None:
    pace = Pace()
    pace.slow_to("slow.example", 1.0)
    pace.started("slow.example")
    pace.sent("slow.example", 100.0)
    pace.finished("slow.example", 104.0)
    assert pace.ready_at("slow.example") == 108.0
    pace.slow_to("local.example", 0.0)
    pace.started("local.example")
    pace.sent("local.example", 100.0)
    pace.finished("local.example", 104.0)
    assert pace.ready_at("local.example") == 104.0


def test_bot_walls_slow_a_host_and_the_third_in_a_row_leaves_it_alone() -> None:
    pace = Pace()
    pace.slow_to("walled.example", 1.0)
    assert pace.walled("walled.example", 100.0) is None
    assert pace.delay("walled.example") == 2.0
    pace.open_again("walled.example")
    assert [pace.walled("walled.example", 100.0) for _ in range(2)] == [None, None]
    until = pace.walled("walled.example", 100.0)
    assert until is not None
    assert until > 100.0 + 3600
    assert pace.ready_at("walled.example") == until


def test_pages_that_are_served_take_the_slowness_back_but_no_more() -> None:
    pace = Pace()
    pace.slow_to("walled.example", 1.0)
    pace.walled("walled.example", 100.0)
    pace.open_again("walled.example")
    assert pace.delay("walled.example") == 1.8
    for _ in range(10):
        pace.open_again("walled.example")
    assert pace.delay("walled.example") == 1.0
    pace.slow_to("walled.example", 3.0)
    pace.open_again("walled.example")
    assert pace.delay("walled.example") == 3.0, "what robots.txt asks for is kept"


class TestAddress:
    """Hosts on one address take turns there."""

    @staticmethod
    def shared(**delays: float) -> Pace:
        pace = Pace()
        for host, delay in delays.items():
            pace.slow_to(host, delay)
            pace.locate(host, "192.0.2.1")
        return pace

    def test_one_request_at_a_time_and_the_quickest_ones_delay_between_any_two(self) -> None:
        pace = self.shared(a=1.0, b=5.0)
        pace.slow_to("elsewhere", 1.0)
        pace.started("a")
        pace.sent("a", NOW)
        assert [pace.ready_at(host) for host in ("a", "b", "elsewhere")] == [inf, inf, 1.0]
        pace.finished("a", NOW)
        assert [pace.ready_at(host) for host in ("a", "b")] == [NOW + 1, NOW + 1]
        pace.started("b")
        pace.sent("b", NOW + 1)
        pace.finished("b", NOW + 1)
        assert [pace.ready_at(host) for host in ("a", "b")] == [NOW + 2, NOW + 6]

    def test_who_wants_an_address_back_comes_before_whoever_is_next(self) -> None:
        pace = self.shared(a=1.0, b=1.0)
        pace.started("a")
        pace.finished("a", NOW)
        pace.started("b")
        pace.want_back("a")
        assert not pace.take_back("a"), "b is being asked"
        pace.finished("b", NOW)
        assert [pace.ready_at(host) for host in ("a", "b")] == [inf, inf], "nobody is next but a"
        assert pace.take_back("a")
        assert [pace.ready_at(host) for host in ("a", "b")] == [inf, inf], "a is being asked for more"
        pace.finished("a", NOW)
        assert pace.ready_at("a") < inf

    def test_a_rest_is_that_hosts_alone(self) -> None:
        pace = self.shared(a=1.0, b=1.0)
        pace.answered("a", 429, 600.0, NOW)
        assert pace.ready_at("a") == NOW + 600
        assert pace.ready_at("b") < NOW

    def test_a_second_look_up_moves_nobody_who_is_being_asked(self) -> None:
        pace = self.shared(a=1.0, b=1.0)
        pace.started("a")
        pace.locate("a", "192.0.2.7")
        pace.finished("a")
        assert pace.share("a", "b")
        assert pace.ready_at("b") < inf


def test_the_delay_counts_from_the_wire() -> None:
    pace = Pace()
    pace.slow_to("a", 1.0)
    pace.started("a")
    pace.sent("a", NOW)
    pace.sent("a", NOW + 0.6)  # the loop was busy in between
    pace.finished("a", NOW + 0.61)
    assert pace.ready_at("a") == NOW + 1.6
