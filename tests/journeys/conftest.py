"""Fixtures of the journeys."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest_journeys import home, run

__all__ = ["home", "run"]
