"""How long work goes: a live line on stderr when a terminal looks on, else a plain line now and then.

Never writes to stdout, and nothing at all when quiet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from newsarchive import output

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from scraper.report import Progress

PLAIN_EVERY = 15.0
"""Seconds between two plain lines."""


@contextmanager
def crawling(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """What `scraper.crawl` is to call with snapshots; None when nothing is to be shown."""
    if quiet:
        yield None
    elif output.at_terminal():
        with _bar("{task.fields[counts]}", "[dim]{task.fields[host]}") as bar:
            task = bar.add_task("crawl", total=None, counts="", host="")

            def draw(now: Progress) -> None:
                known = now.fetched + now.queued + now.in_flight
                bar.update(
                    task, completed=now.fetched, total=known or None, counts=_counts(now), host=_host(now)
                )

            yield draw
    else:
        now_and_then = _Seldom()
        yield lambda now: now_and_then.say(f"{now.fetched:,} answers, {now.queued:,} to go, {_counts(now)}")


@contextmanager
def files(count: int, quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """What `import` is to call with the name of each file and the part of it that is done, 1 at its end."""
    done = iter(range(count))
    at = [next(done, 0)]

    def passed(part: float) -> float:
        """Files that are done, and the part of the one at hand."""
        now = at[0] + part
        if part >= 1:
            at[0] = next(done, at[0])
        return now

    if quiet:
        yield lambda name, part: None
    elif output.at_terminal():
        with _bar("[dim]{task.fields[name]}") as bar:
            task = bar.add_task("import", total=count, name="")
            yield lambda name, part: bar.update(task, completed=passed(part), name=output.plain(name)[-50:])
    else:
        now_and_then = _Seldom()
        yield lambda name, part: now_and_then.say(
            f"{passed(part):,.2f} of {count:,} files; {output.plain(name)}: {part:.0%}"
        )


@contextmanager
def counting(what: str, quiet: bool) -> Iterator[Callable[[int], None]]:
    """What work of unknown length is to call with the number of things that are done."""
    if quiet:
        yield lambda done: None
    elif output.at_terminal():
        with _bar("[dim]{task.fields[what]}") as bar:
            task = bar.add_task(what, total=None, what=what)
            yield lambda done: bar.update(task, completed=done)
    else:
        now_and_then = _Seldom()
        yield lambda done: now_and_then.say(f"{done:,} {what}")


@contextmanager
def stages(quiet: bool) -> Iterator[Callable[[str], None]]:
    """What work in stages is to call with the name of each as it begins."""
    if quiet:
        yield lambda stage: None
    elif output.at_terminal():
        with _bar("[dim]{task.fields[stage]}") as bar:
            task = bar.add_task("stages", total=None, stage="")
            yield lambda stage: bar.update(task, advance=1, stage=stage)
    else:
        now_and_then = _Seldom()
        yield lambda stage: now_and_then.say(stage)


@contextmanager
def steps(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """What is to be called with (what is being done, how much of it is done, of how much)."""
    if quiet:
        yield lambda what, done, total: None
    elif output.at_terminal():
        with _bar("[dim]{task.fields[what]}") as bar:
            task = bar.add_task("steps", total=None, what="")
            yield lambda what, done, total: bar.update(task, completed=done, total=total, what=what)
    else:
        now_and_then = _Seldom()
        yield lambda what, done, total: now_and_then.say(f"{done:,} of {total:,} {what}")


def _bar(*texts: str) -> Bar:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = [TextColumn(text) for text in texts]
    console = Console(stderr=True)
    return Progress(SpinnerColumn(), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(), *columns,
                    console=console, transient=True)  # fmt: skip


def _counts(now: Progress) -> str:
    parts = [f"{now.archived:,} articles"]
    if now.walked:
        parts.append(f"{now.walked:,} listings" + (f" back to {now.reached}" if now.reached else ""))
    if now.new_revisions:
        parts.append(f"{now.new_revisions:,} new versions")
    if now.failed:
        parts.append(f"{now.failed:,} failed")
    return ", ".join(parts)


def _host(now: Progress) -> str:
    return output.plain(urlsplit(now.url).netloc if now.url else "")


class _Seldom:
    """Writes a line when the last one is long enough ago."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def say(self, text: str) -> None:
        if time.monotonic() - self._last >= PLAIN_EVERY:
            self._last = time.monotonic()
            click.echo(text, err=True)
