"""Fixtures of the office's tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest_work import decoder, read_home, station

__all__ = ["decoder", "read_home", "station"]
