"""What all tests share: no example of hypothesis has a deadline, for a busy machine would miss it, and no
process that a test begins finds pandas."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

_places = (str(Path(__file__).parent / "without"), os.environ.get("PYTHONPATH"))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, _places))
