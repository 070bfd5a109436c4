"""The driver's side of `capture.host`: requests from standard input, reports to standard output.

The first thing a child does is to move its reports to a channel of their own, so that a driver which prints
to the screen cannot disturb them.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any


class Channel:
    """Where this child hears and speaks. Make one before any foreign code is loaded."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._in = sys.stdin.buffer

    def say(self, **report: object) -> None:
        """Sends one report; when the station is gone, this child ends."""
        try:
            self._out.write(json.dumps(report).encode() + b"\n")
            self._out.flush()
        except (BrokenPipeError, OSError):
            os._exit(0)

    def requests(self) -> Iterator[dict[str, Any]]:
        """Each request, until the station closes the channel."""
        for row in self._in:
            yield json.loads(row)

    def next_request(self) -> Mapping[str, Any] | None:
        """The next request, None when the station is gone."""
        row = self._in.readline()
        return json.loads(row) if row else None
