"""A mill's frontier: what is found of one site on one host, and how it is taken and settled."""

from __future__ import annotations

from dataclasses import replace

from scraper.discovery.candidate import Role
from scraper.frontier import Due, Found, Frontier, Settled, State, Task

HOST = "news.example"
NOW = 1_700_000_000.0
DAY = 86_400.0
HOUR = 3600.0


def found(path: str, role: Role = Role.PAGE, **more: object) -> Found:
    url = f"https://{HOST}{path}"
    return replace(Found(url, url, "mill", HOST, role), **more)  # type: ignore[arg-type]


def door(path: str = "/", role: Role = Role.LISTING) -> Found:
    return found(path, role, due=Due.DOOR)


def take(frontier: Frontier, now: float = NOW) -> Task:
    task = frontier.take("mill", HOST, now)
    assert task is not None
    return task


def done(task: Task, at: float = NOW, **more: object) -> Settled:
    return replace(Settled(task, State.DONE, at, status=200), **more)  # type: ignore[arg-type]


def drain(frontier: Frontier, now: float = NOW) -> list[tuple[str, Due]]:
    """Take and settle all that is queued: (path, reason) in order."""
    order = []
    while (task := frontier.take("mill", HOST, now)) is not None:
        order.append((task.url.removeprefix(f"https://{HOST}"), task.due))
        frontier.settle([done(task, now)])
    return order
