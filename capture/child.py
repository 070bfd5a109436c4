"""The driver's side of `capture.host`: requests from standard input, reports to standard output.

The first thing a child does is to move its reports to a channel of their own, so that a driver which prints
to the screen cannot disturb them.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from station.core.files import lock_at_once

# Held by a driver as long as it lives: a station that starts again waits for the sheet it is at.
HELD_NAME = "driver"


def hold(folder: Path) -> None:
    """Says that a driver is at work in its batch's folder, until this process ends.

    Raises:
        OSError: the folder is gone: the station was killed, and nobody waits for these sides.
    """
    lock_at_once(os.open(folder / HELD_NAME, os.O_RDWR | os.O_CREAT, 0o600))


class Channel:
    """Where this child hears and speaks. Make one before any foreign code is loaded."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        # Unbuffered: a child that waits on several things at once must not have requests hidden in a buffer.
        self._in = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115

    def say(self, **report: object) -> None:
        """Sends one report; to nobody when the station is gone: a child finishes its sheet and then ends."""
        with contextlib.suppress(OSError):
            self._out.write(json.dumps(report).encode() + b"\n")

    def requests(self) -> Iterator[dict[str, Any]]:
        """Each request, until the station closes the channel."""
        for row in self._in:
            yield json.loads(row)

    def next_request(self) -> Mapping[str, Any] | None:
        """The next request, None when the station is gone."""
        row = self._in.readline()
        return json.loads(row) if row else None
