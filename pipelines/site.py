"""What a site's rules, and the pages seen of it, teach the cleaner: SiteMemory.

Promises: the same rules and pages give the same memory, in whatever order the pages come.
"""

from __future__ import annotations

from pipelines.model import Site, SiteMemory


def memory(site: Site) -> SiteMemory:
    """What is known of a site before one of its pages is cleaned: the rules of its entry in sites.yml."""
    return SiteMemory(rules=site.rules)
