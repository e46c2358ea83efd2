"""Why a request failed, in words fit for the ledger."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from scrapy import exceptions

from scraper import netguard

log = logging.getLogger(__name__)

_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (exceptions.CannotResolveHostError, "host name unknown"),
    (exceptions.DownloadConnectionRefusedError, "connection refused"),
    (exceptions.DownloadTimeoutError, "timeout"),
    (exceptions.ResponseDataLossError, "connection broken off"),
    (exceptions.UnsupportedURLSchemeError, "not http or https"),
)


def explain(error: BaseException, url: str) -> str:
    """What `error` means for the request of `url`."""
    host = urlsplit(url).hostname or ""
    private = netguard.refused_answer(host)
    if private is not None and isinstance(error, exceptions.CannotResolveHostError):
        return f"address: {host} resolves to {private}, which is not a public address"
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    if isinstance(error, exceptions.DownloadFailedError):
        return _broken(error)
    if not isinstance(error, (exceptions.IgnoreRequest, OSError)):
        log.warning("%s: an error that nobody foresaw", url, exc_info=error)
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0][:200]}" if said else type(error).__name__


def _broken(error: exceptions.DownloadFailedError) -> str:
    """What went wrong on the wire, from the failures that Twisted gathered."""
    failures = getattr(error.__cause__, "reasons", None) or ()
    names = {type(failure.value).__name__ for failure in failures} or {type(error.__cause__).__name__}
    if "HeadTooLong" in names:
        return "headers without end"
    if "ParseError" in names:
        return "not an answer in HTTP"
    closed = {"ConnectionDone", "ConnectionLost", "ResponseNeverReceived"}
    return "connection closed without an answer" if names & closed else " and ".join(sorted(names))
