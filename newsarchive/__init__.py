"""The command line of newsarchive, a thin face that calls the other rooms; and `newsarchive.open`, the
archive for scripts (see newsarchive.client), loaded when asked for, so that `--help` answers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsarchive.client import Archive, Article, Match, Period, Site, Version, open

__all__ = ["Archive", "Article", "Match", "Period", "Site", "Version", "open"]


def __getattr__(name: str) -> Any:
    """What __all__ names, from the client. https://peps.python.org/pep-0562/"""
    if name not in __all__:
        raise AttributeError(f"module 'newsarchive' has no attribute {name!r}")
    from newsarchive import client

    return getattr(client, name)
