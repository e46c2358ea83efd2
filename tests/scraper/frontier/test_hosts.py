"""What is known of hosts: their robots.txt, and their rests."""

from __future__ import annotations

from pathlib import Path

from scraper.frontier import Frontier, RobotsCopy, Settled, State
from tests.scraper.frontier.mill import HOST, NOW, drain, found, take


def test_robots_copies_and_rests_survive(tmp_path: Path) -> None:
    copy = RobotsCopy("https://news.example/robots.txt", NOW, 200, b"User-agent: *", '"tag"')
    with Frontier.open(tmp_path) as frontier:
        frontier.hosts.keep_robots("https://news.example", copy)
        frontier.hosts.keep_rest(HOST, NOW + 60, "HTTP 429")
        frontier.hosts.keep_rest(HOST, NOW + 30, "HTTP 503")
    with Frontier.open(tmp_path) as frontier:
        assert frontier.hosts.robots("https://news.example") == copy
        assert frontier.hosts.rests(NOW) == {HOST: NOW + 60}
        assert frontier.hosts.rests(NOW + 61) == {}


def test_what_robots_forbade_gets_another_chance(frontier: Frontier) -> None:
    frontier.settle([], [found("/a"), found("/b")], NOW)
    frontier.settle([Settled(take(frontier), State.DROPPED, NOW, reason) for reason in ("robots", "address")])
    frontier.hosts.forgive_robots(HOST)
    assert [path for path, _ in drain(frontier)] == ["/a"]
