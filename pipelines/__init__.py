"""Pure processing and storage: from a captured page to the rows of archive.db. No network here.

The one public call for people who only want clean text is `extract`.
"""

from pipelines.article import extract
from pipelines.model import Extraction, SiteMemory

__all__ = ["Extraction", "SiteMemory", "extract"]
