"""What the capture tests share: a spool, and no process left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.files import close_decoder


@pytest.fixture(scope="module")
def shared_decoder() -> Iterator[None]:
    """Keeps one decoder process for a module's files and ends it behind the last test."""
    yield
    close_decoder()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder
