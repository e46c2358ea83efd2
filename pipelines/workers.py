"""Processes that do pure work for this one, so that what a hostile page does to its reader stays there.

Promises: a job that ends its process (a crash, too much memory) or that never comes to an end costs that
process and nothing else; who gave the job is told how it ended. The processes end with this one, and leave
Ctrl-C to it. Jobs and what comes of them must be picklable; promises nothing about what is done with them.

How long one job may take is counted by the kernel, not by whoever waits: it needs no thread that looks on,
holds when this process is gone, and counts the processor's time, which other work on the machine does not
lengthen.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import multiprocessing
import os
import pickle
import resource
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Self, TypeVar

log = logging.getLogger(__name__)

LIMIT = 60.0
"""Seconds of processor time for one job: a thousand times what a page of news takes."""
_LONGEST = 20
"""So many times the limit on the clock, for a job that sleeps."""
MEMORY = 4 << 30
"""Bytes of memory that one process may hold."""
_AHEAD = 64 << 10
"""Bytes of jobs that lie in the pipe to a process while it is at work: so many fit into any pipe."""

Job = TypeVar("Job")
Work = Callable[[Any], Any]


class Ended(Exception):  # noqa: N818 - the process has, whatever for
    """The process ended over a job; the text says how."""

    def __init__(self, how: str, *, by_limit: bool = False, at_start: bool = False) -> None:
        super().__init__(how)
        self.by_limit = by_limit
        """The job took too long: it would again."""
        self.at_start = at_start
        """The process never came to a job: no job is to blame."""


@dataclass(slots=True)
class _Asked:
    """A job, packed, and whom to tell what came of it."""

    job: bytes
    tell: Callable[[Any], None]
    again: bool = False
    """A process has ended over it before."""


class Worker:
    """One process, which does job after job, in the order they are sent."""

    def __init__(self, work: Work, prepare: Callable[..., None], given: Sequence[Any], limit: float) -> None:
        self.under_way: deque[_Asked] = deque()
        """What was sent and has not come back, the job it is at work on first."""
        self._limit = limit
        self._ready = False
        # Not forked: a copy of this process would hold the archive's lock and its database.
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        level = logging.getLogger("pipelines").getEffectiveLevel()
        self._process = context.Process(
            target=_serve, args=(other, level, limit, work, prepare, tuple(given)), daemon=True
        )
        self._process.start()
        other.close()

    def takes(self, asked: _Asked) -> bool:
        """Whether `send` would not have to wait for the process: it is idle, or the job is small enough to
        lie in the pipe with those before it."""
        waiting = sum(len(one.job) for one in self.under_way)
        return not waiting or waiting + len(asked.job) <= _AHEAD

    def send(self, asked: _Asked) -> None:
        """Give it a job; one that has ended tells so when its answer is asked for."""
        self.under_way.append(asked)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.pipe.send_bytes(asked.job)

    def receive(self) -> tuple[_Asked, Any] | None:
        """The oldest job and what came of it; None when it only tells that it has begun. Raises Ended."""
        try:
            found = pickle.loads(self.pipe.recv_bytes())
        except (EOFError, ConnectionResetError) as error:
            self._process.join()
            raise _how(self._process.exitcode or 0, self._limit, at_start=not self._ready) from error
        if not self._ready:
            self._ready = True
            return None
        return self.under_way.popleft(), found

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


class Crew:
    """Up to `most` workers of one kind, begun when those there are have all they can take."""

    def __init__(
        self,
        most: int,
        work: Work,
        prepare: Callable[..., None],
        *given: Any,
        limit: float | None = None,
        on_begun: Callable[[Worker], None] = lambda worker: None,
        on_ended: Callable[[Worker], None] = lambda worker: None,
    ) -> None:
        """limit: LIMIT unless given. on_begun, on_ended: told of each worker whose pipe is to be waited for,
        and no longer."""
        self._most = most
        self._begin = partial(Worker, work, prepare, given, LIMIT if limit is None else limit)
        self._on_begun, self._on_ended = on_begun, on_ended
        self._workers: list[Worker] = []
        self._queue: deque[_Asked] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes, whatever they do."""
        for worker in self._workers:
            self._on_ended(worker)
            worker.stop()
        self._workers.clear()

    def submit(self, job: Any, tell: Callable[[Any], None]) -> None:
        """Have a job done; `tell` is called by `hear` with what came of it, or with Ended."""
        self._queue.append(_Asked(pickle.dumps(job, pickle.HIGHEST_PROTOCOL), tell))
        self._deal()

    def hear(self, worker: Worker) -> None:
        """Take what a worker has to say, whose pipe is readable."""
        try:
            answer = worker.receive()
        except Ended as how:
            self._bury(worker, how)
            return
        self._deal()
        if answer is not None:
            answer[0].tell(answer[1])

    def all(self, jobs: Iterable[Job], ahead: int = 32) -> Iterator[tuple[Job, Any]]:
        """Each job and what came of it, in their order; Ended for one that ended its process.

        `ahead` jobs for each process are under way.
        """
        coming, waiting = iter(jobs), deque[tuple[Job, list[Any]]]()
        while True:
            for job in islice(coming, ahead * self._most - len(waiting)):
                waiting.append((job, []))
                self.submit(job, waiting[-1][1].append)
            if not waiting:
                return
            while not waiting[0][1]:
                busy = {worker.pipe: worker for worker in self._workers}
                for pipe in wait(list(busy)):
                    self.hear(busy[pipe])  # type: ignore[index]
            job, (found,) = waiting.popleft()
            yield job, found

    def _deal(self) -> None:
        while self._queue and (worker := self._free(self._queue[0])):
            worker.send(self._queue.popleft())

    def _free(self, asked: _Asked) -> Worker | None:
        """The worker that has least to do, if it takes this job; a new one where all have something to do."""
        least = min(self._workers, key=lambda worker: len(worker.under_way), default=None)
        if (least is None or least.under_way) and len(self._workers) < self._most:
            least = self._begin()
            self._workers.append(least)
            self._on_begun(least)
        return least if least is not None and least.takes(asked) else None

    def _bury(self, worker: Worker, how: Ended) -> None:
        """Tell who gave the job that ended a worker, and give the others to those that are left.

        The first time, another process is given a try: the system may have ended it for want of memory.
        """
        log.warning("a process that reads pages %s", how)
        self._on_ended(worker)
        self._workers.remove(worker)
        worker.pipe.close()
        lost = list(worker.under_way)
        blamed = lost[:1] if how.by_limit or (lost and lost[0].again) else []
        if how.at_start:
            blamed = [*lost, *self._queue]
            self._queue.clear()
        for asked in lost[:1]:
            asked.again = True
        self._queue.extendleft(reversed(lost[len(blamed) :]))
        self._deal()
        for asked in blamed:
            asked.tell(how)


def _how(code: int, limit: float, *, at_start: bool) -> Ended:
    """How a process ended, from its exit code."""
    if -code in (signal.SIGPROF, signal.SIGALRM):
        clock = "of the processor's time" if -code == signal.SIGPROF else "in all"
        seconds = limit if -code == signal.SIGPROF else limit * _LONGEST
        return Ended(f"took more than {seconds:g} seconds {clock}", by_limit=True, at_start=at_start)
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return Ended(f"was ended by {name}", at_start=at_start)
    return Ended(f"ended with exit code {code}", at_start=at_start)


# What lies below runs in the processes.


def _serve(
    pipe: Connection,
    level: int,
    limit: float,
    work: Work,
    prepare: Callable[..., None],
    given: tuple[Any, ...],
) -> None:
    """Job after job, until the one that sends them is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(name, signal.SIG_DFL)  # which ends the process, wherever it is
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _bound_memory()
    prepare(*given)
    logging.getLogger("pipelines").setLevel(level)
    gc.freeze()  # what was loaded stays: no need to look through it again and again
    pipe.send_bytes(pickle.dumps("ready"))
    while True:
        try:
            job = pickle.loads(pipe.recv_bytes())
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, limit)
        signal.setitimer(signal.ITIMER_REAL, limit * _LONGEST)
        found = pickle.dumps(work(job), pickle.HIGHEST_PROTOCOL)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        pipe.send_bytes(found)


def _bound_memory() -> None:
    """Let a page that takes too much fail, and if the whole machine runs short, this process be the first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if soft == resource.RLIM_INFINITY or soft > MEMORY:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, hard))
    with contextlib.suppress(OSError):  # not Linux, or not allowed
        Path("/proc/self/oom_score_adj").write_text("500")


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
