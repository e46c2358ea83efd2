"""The durable frontier: `frontier.db`, one row for every URL that is, was or will be fetched.

It promises that a URL it has accepted is never lost. A page is settled, and the links found on it are
entered, in one transaction; whatever was in flight when a process died is queued again at the next opening.
It also remembers what is needed to come back at the right time: validators, what each door listed, when the
next visit is due.

It never fetches, never writes archive.db, and never reads the clock: `now` is passed in, in Unix seconds.

    queued -> in flight -> done       fetched; perhaps to be visited again
                        -> failed     tried often enough; due for retry at `not_before`
                        -> dropped    refused: robots, scope, address
                        -> queued     not its fault (a pause, a stop), or to be tried again

`frontier` hands out and settles; `entry` says what enters, and what is fetched again. `hosts`, `lessons` and
`past` remember what is known of hosts, of sites and of back-fills; `ahead` tells what is to come. `words` and
`rows` are what goes in and out, and how that stands in the table; `connection` and `schema` are the file.
"""

from scraper.frontier.connection import FRONTIER, unusable
from scraper.frontier.frontier import Frontier
from scraper.frontier.lessons import Lessons
from scraper.frontier.words import (
    WALL,
    Backfill,
    Coming,
    Due,
    Entered,
    Found,
    Look,
    RobotsCopy,
    Settled,
    State,
    Task,
)

__all__ = [
    "FRONTIER",
    "WALL",
    "Backfill",
    "Coming",
    "Due",
    "Entered",
    "Found",
    "Frontier",
    "Lessons",
    "Look",
    "RobotsCopy",
    "Settled",
    "State",
    "Task",
    "unusable",
]
