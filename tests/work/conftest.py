"""Fixtures of the office's tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest_work import read_home, station

__all__ = ["read_home", "station"]
