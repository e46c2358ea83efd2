"""What all tests share: no example of hypothesis has a deadline, for a busy machine would miss it."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
