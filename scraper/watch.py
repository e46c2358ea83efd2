"""After a crawl: who is told how its sites stand. By webhook and e-mail, and in a file for Prometheus.

Promises: what is told is a change of a site's health, once; what could not be delivered is tried again after
the next crawl; nothing here takes longer than a minute or fails a crawl, what goes wrong comes back as
warnings. Goes only where sites.yml says, and follows no redirect.
"""

from __future__ import annotations

import contextlib
import json
import os
import smtplib
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from pipelines import observations
from pipelines.health import WORDS
from pipelines.observations import Standing
from pipelines.sitelist import Alerts, SiteList
from pipelines.store import Archive, overview
from scraper.report import CrawlReport

PASSWORD = "NEWSARCHIVE_SMTP_PASSWORD"
"""The variable of the environment that holds the mail server's password."""
TIMEOUT = 10.0
"""Seconds for one try of a delivery."""
PAUSES = (0.0, 1.0, 4.0)
"""Seconds before each try."""
GOOD = "good"
_TROUBLES = (OSError, smtplib.SMTPException, httpx.HTTPError, httpx.InvalidURL)


def tell(archive: Archive, listed: SiteList, report: CrawlReport, now: datetime) -> tuple[str, ...]:
    """Send alerts and write the metrics, as sites.yml asks; what went wrong, a line each."""
    warnings: list[str] = []
    if listed.alerts is not None:
        warnings += _alert(archive, listed.alerts, list(listed.sites))
    if listed.metrics is not None:
        try:
            write(listed.metrics, metrics(archive, list(listed.sites), report, now))
        except OSError as error:
            warnings.append(f"the metrics could not be written to {listed.metrics}: {error.strerror}")
    return tuple(warnings)


# Alerts.


def changes(standings: Sequence[Standing]) -> list[Standing]:
    """Of these, what the archivist has not been told; that a new site is well is no news."""
    return [one for one in standings if one.word != (one.told or GOOD)]


def _alert(archive: Archive, alerts: Alerts, sites: list[str]) -> Iterator[str]:
    """Tell what changed. What reached one of the ways counts as told; a way that failed is a warning."""
    changed = changes(observations.standings(archive, sites))
    if not changed:
        return
    ways: list[tuple[str, Callable[[], None]]] = []
    if alerts.webhook:
        address = alerts.webhook
        ways.append((f"webhook {address}", lambda: _post(address, document(changed))))
    if alerts.email:
        ways.append((f"e-mail by {alerts.smtp}", lambda: _mail(alerts, message(alerts, changed))))
    failures = {name: failure for name, way in ways if (failure := _try(way)) is not None}
    if len(failures) < len(ways):
        observations.put_told(archive, changed)
        archive.commit()
    for name, failure in failures.items():
        yield f"alert not delivered ({name}): {failure}"


def _try(way: Callable[[], None]) -> str | None:
    """Deliver, with patience; None when it was delivered, else why not."""
    failure = None
    for pause in PAUSES:
        time.sleep(pause)
        try:
            way()
            return None
        except _TROUBLES as error:
            failure = str(error).partition("\n")[0] or type(error).__name__
    return failure


def line(one: Standing) -> str:
    """A sentence about one site."""
    if one.word == GOOD:
        return f"{one.name} is well again (it was {one.told})"
    return f"{one.name} is {one.word}: {one.why}" if one.why else f"{one.name} is {one.word}"


def document(changed: Sequence[Standing]) -> dict[str, object]:
    """What the webhook gets; `text` is what chat programs show."""
    return {
        "text": "\n".join(line(one) for one in changed),
        "sites": [
            {
                "site": one.site, "name": one.name, "health": one.word, "was": one.told, "why": one.why,
                "since": one.since,
            }
            for one in changed
        ],
    }  # fmt: skip


def message(alerts: Alerts, changed: Sequence[Standing]) -> EmailMessage:
    """The e-mail."""
    mail = EmailMessage()
    what = line(changed[0]) if len(changed) == 1 else f"the health of {len(changed)} sites changed"
    mail["Subject"] = f"newsarchive: {' '.join(what.split())[:150]}"
    mail["From"] = alerts.sender or alerts.email[0]
    mail["To"] = ", ".join(alerts.email)
    mail["Date"] = localtime()
    mail["Message-ID"] = make_msgid(domain=mail["From"].addresses[0].domain)
    lines = (f"{line(one)}\n  since {one.since}; newsarchive status {one.site}" for one in changed)
    mail.set_content("\n\n".join(lines) + "\n")
    return mail


def _post(address: str, told: dict[str, object]) -> None:
    with httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
        answer = client.post(address, content=json.dumps(told), headers={"Content-Type": "application/json"})
    if not answer.is_success:
        raise OSError(f"it answers with status {answer.status_code}")


def _mail(alerts: Alerts, mail: EmailMessage) -> None:
    server = urlsplit(alerts.smtp)
    host = server.hostname or "localhost"
    context = ssl.create_default_context()
    with contextlib.ExitStack() as stack:
        connection: smtplib.SMTP
        if server.scheme == "smtps":
            connection = smtplib.SMTP_SSL(host, server.port or 465, timeout=TIMEOUT, context=context)
            stack.enter_context(connection)
        else:
            connection = stack.enter_context(smtplib.SMTP(host, server.port or 25, timeout=TIMEOUT))
            connection.ehlo()
            if connection.has_extn("starttls"):
                connection.starttls(context=context)
            elif server.username:
                raise OSError("it offers no STARTTLS, and a password is never sent in the clear")
        if server.username:
            connection.login(unquote(server.username), os.environ.get(PASSWORD, ""))
        connection.send_message(mail)


# Metrics.


def metrics(archive: Archive, sites: Sequence[str], report: CrawlReport, now: datetime) -> str:
    """The figures in Prometheus' text format: per site what is in the archive, what this day brought, and how
    the site stands; and of the crawl, when it ended and how long it took."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {name: [] for name in _METRICS}
    stands = {one.site: one.word for one in observations.standings(archive, sites)}
    for site in overview(archive, 1).sites:
        if site.key not in sites:
            continue
        label = {"site": site.key}
        found["articles"].append((label, site.articles))
        found["revisions"].append((label, site.revisions))
        if site.last_crawl:
            moment = datetime.fromisoformat(site.last_crawl).timestamp()
            found["last_crawl_timestamp_seconds"].append((label, moment))
        found["urls"] += [
            ({**label, "outcome": outcome}, count) for outcome, count in sorted(site.outcomes.items())
        ]
        found["health"] += [
            ({**label, "word": word}, float(stands[site.key] == word)) for word in WORDS if site.key in stands
        ]
        for day in archive.days(site.key, 1):
            if day.day == now.date():
                found["today"] += [({**label, "what": name}, getattr(day, name)) for name in _OF_A_DAY]
            found["listed"].append((label, day.listed))
            found["covered"].append((label, day.covered))
    found["crawl_seconds"].append(({}, round(report.seconds, 3)))
    found["crawl_failed_sites"].append(({}, len(report.failed_sites)))
    found["crawl_end_timestamp_seconds"].append(({}, now.astimezone(UTC).timestamp()))
    return "".join(_family(name, found[name]) for name in _METRICS)


_OF_A_DAY = ("seen", "fetched", "pages", "new", "changed", "refused", "failed", "walls")
_METRICS = {
    "articles": "Articles in the archive.",
    "revisions": "Versions of articles in the archive.",
    "urls": "Addresses in the ledger, by outcome.",
    "last_crawl_timestamp_seconds": "When the last crawl of the site began.",
    "health": "1 for the word by which newsarchive status calls the site, 0 for the others.",
    "today": "What this day's crawls (UTC) did at the site; begins again at midnight.",
    "listed": "Addresses in the feeds and sitemaps of the site.",
    "covered": "Of these, those that have been fetched.",
    "crawl_seconds": "How long the last crawl took.",
    "crawl_failed_sites": "Sites of which the last crawl could reach nothing.",
    "crawl_end_timestamp_seconds": "When the last crawl ended.",
}
"""Name, behind "newsarchive_" -> what it says."""


def _family(name: str, samples: Sequence[tuple[dict[str, str], float]]) -> str:
    lines = [f"# HELP newsarchive_{name} {_METRICS[name]}", f"# TYPE newsarchive_{name} gauge"]
    for labels, value in samples:
        said = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"newsarchive_{name}{'{' + said + '}' if said else ''} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def write(path: Path, text: str) -> None:
    """Put `text` in the place of the file in one step: who reads sees the old or the new, whole. The name of
    the unfinished file does not end in .prom, so that no collector reads it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".metrics-", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        unfinished.chmod(0o644)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
