import os
import signal
from typing import Any

import pytest

from pipelines.workers import Crew, Ended
from tests.pipelines.jobs import do, nothing, refuse, spend

LIMIT = 0.5
"""Seconds of processor time for jobs that never end."""


def crew(most: int = 2, limit: float | None = None) -> Crew:
    return Crew(most, do, nothing, limit=limit)


def done(jobs: list[Any], limit: float | None = None, most: int = 2) -> list[Any]:
    with crew(most, limit) as workers_:
        return [found for _, found in workers_.all(jobs)]


def test_jobs_come_back_in_their_order_from_other_processes() -> None:
    found = done(list(range(200)))
    assert [job for job, _ in found] == list(range(200))
    assert os.getpid() not in {pid for _, pid in found}


def test_a_job_larger_than_any_pipe_comes_back() -> None:
    job = b"x" * (8 << 20)
    assert [found for found, _ in done([job, 1, job])] == [job, 1, job]


@pytest.mark.parametrize(
    ("job", "how"), [("crash", "was ended by SIGSEGV"), ("leave", "ended with exit code 3")]
)
def test_a_job_that_ends_its_process_is_the_only_one_that_is_lost(job: str, how: str) -> None:
    found = done([0, 1, job, 3, 4, job, 6])
    assert [str(found[n]) for n in (2, 5)] == [how] * 2
    assert [found[n][0] for n in (0, 1, 3, 4, 6)] == [0, 1, 3, 4, 6]


def test_a_job_that_never_ends_is_ended_and_the_next_one_is_done() -> None:
    (endless, (after, _)) = done(["spin", 1], limit=LIMIT, most=1)
    assert isinstance(endless, Ended)
    assert endless.by_limit
    assert str(endless) == "took more than 0.5 seconds of the processor's time"
    assert after == 1


def test_the_time_of_one_job_is_no_other_jobs() -> None:
    """The clock of the limit starts anew with each job: together these take longer than one may."""
    with Crew(1, spend, nothing, limit=LIMIT) as busy:
        assert [found for _, found in busy.all([0.3] * 4)] == [0.3] * 4


def test_a_job_that_wants_too_much_memory_fails_without_the_machine() -> None:
    (swollen, (after, _)) = done(["swell", 1], most=1)
    assert isinstance(swollen, Ended)
    assert "exit code 1" in str(swollen)
    assert after == 1


def test_processes_that_cannot_be_prepared_are_no_jobs_fault() -> None:
    with Crew(2, do, refuse) as lame:
        found = [answer for _, answer in lame.all([1, 2, 3])]
    assert [answer.at_start for answer in found] == [True] * 3


def test_an_idle_crew_has_one_process() -> None:
    with crew(4) as workers_:
        for number in range(3):
            assert [found for _, (found, _) in workers_.all([number])] == [number]
        assert len(workers_._workers) == 1


def test_closing_ends_what_is_at_work() -> None:
    stuck = crew()
    stuck.submit("spin", print)
    (process,) = [worker._process for worker in stuck._workers]
    stuck.close()
    assert process.exitcode == -signal.SIGKILL
