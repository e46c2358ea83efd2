"""The command line of newsarchive, a thin face that calls the other rooms; and `open`, the archive for
scripts (see newsarchive.client)."""

from newsarchive.client import Archive, Article, Match, Period, Site, Version, open

__all__ = ["Archive", "Article", "Match", "Period", "Site", "Version", "open"]
