"""Pure processing and storage: from a captured page to the rows of archive.db. No network here.

The one public call for people who only want clean text is `extract`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.model import Extraction, SiteMemory

if TYPE_CHECKING:
    from pipelines.article import extract

__all__ = ["Extraction", "SiteMemory", "extract"]


def __getattr__(name: str) -> Any:
    """`extract`, loaded when first asked for (PEP 562): who cleans nothing does not wait for it."""
    if name == "extract":
        from pipelines.article import extract

        return extract
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
