"""The log: rotating files in HOME/logs, without personal data.

Sentences in the log name database ids, codes of errors and times; never a citizen's name, number or text.
"""

import logging
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

LOG_BYTES = 2_000_000
LOG_FILES = 5


class Nameless(logging.Formatter):
    """Of an exception only its kind and where it was raised are written: its message may hold what stands on a paper."""

    def format(self, record: logging.LogRecord) -> str:
        # A record remembers the text another handler made of its exception.
        kept, record.exc_text = record.exc_text, None
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatException(self, ei: Any) -> str:
        error: BaseException | None = ei[1]
        lines: list[str] = []
        while error is not None:
            lines = [*traceback.format_tb(error.__traceback__), f"{type(error).__name__}\n", *lines]
            error = error.__cause__ or error.__context__
        return "".join(lines).rstrip("\n")


def start_log(folder: Path) -> None:
    """Sends every record from INFO up to HOME/logs/station.log. Calling again for another folder moves it."""
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, RotatingFileHandler)]:
        root.removeHandler(handler)
        handler.close()
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / "station.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True
    )
    handler.setFormatter(Nameless("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root.addHandler(handler)
    if root.level in (logging.NOTSET, logging.WARNING):
        root.setLevel(logging.INFO)
