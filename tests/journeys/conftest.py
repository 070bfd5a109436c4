"""Fixtures of the journeys."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "work")]

from conftest_journeys import home, run  # noqa: E402 the folders above come first

__all__ = ["home", "run"]
