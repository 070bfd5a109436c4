"""Scanners on Windows, through TWAIN, where most counters are.

The data source of each maker runs in a helper process (`capture.twain_driver`) with an interpreter of its own
word size: STATION_TWAIN_PYTHON names a 32-bit Python with pytwain and Pillow, which most drivers need; without
it this process's own interpreter is used. A helper that hangs is ended after a silence, and the pages before
are kept. Contract-tested with a scripted data source; not tried on a device (resources/docs/scanners.md).
"""

import dataclasses
import importlib.util
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from capture import problems
from capture.batch import SILENCE_S, Job, Outcome, run_batch
from capture.host import Child, ChildDied, ChildSilent
from capture.source import Device, RawFile, ScanSettings
from station.core.errors import ScannerProblem, StationError

log = logging.getLogger(__name__)

PREFIX = "twain:"
PYTHON_VARIABLE = "STATION_TWAIN_PYTHON"
LIST_LIMIT_S = 20.0

# The exceptions of pytwain, which are the condition codes of TWAIN; each with the sentence for it. Codes that pytwain
# has no exception for stand as numbers in its UnknownError: 24 interlock, 29 no media.
FAULTS: dict[str, type[ScannerProblem]] = {
    "UnknownError ConditionCode = 24": problems.CoverOpen,
    "UnknownError ConditionCode = 29": problems.NoPaper,
    "DSTransferCancelled": problems.StoppedAtDevice,
    "MemoryError": problems.ScannerMemory,
    "NoMedia": problems.NoPaper,
    "PaperJam": problems.PaperJam,
    "PaperDoubleFeedError": problems.DoubleFeed,
    "CheckDeviceOnlineError": problems.ScannerOffline,
    "DeniedError": problems.AccessDenied,
    "MaxConnectionsError": problems.ScannerBusy,
    "NoDataSourceError": problems.UnknownDevice,
    "CapUnsupported": problems.SettingRefused,
    "BadCapability": problems.SettingRefused,
    "SMLoadFileFailed": problems.DriverMissing,
}


class TwainSource:
    """TWAIN's data sources as a CaptureSource.

    Args:
        show_window: lets the maker's own window open; only for finding out what a driver cannot say.
        silence_s: a source that sends nothing for so long is ended.
    """

    def __init__(self, show_window: bool = False, silence_s: float = SILENCE_S) -> None:
        self._show_window = show_window
        self._silence_s = silence_s
        self._python = os.environ.get(PYTHON_VARIABLE) or sys.executable
        #: How the last batch ended.
        self.outcome = Outcome()

    def list_devices(self) -> list[Device]:
        if PYTHON_VARIABLE not in os.environ and importlib.util.find_spec("twain") is None:
            return []
        child = Child("capture.twain_driver", python=self._python)
        try:
            child.send({"list": True})
            report = child.receive(LIST_LIMIT_S)
        except (ChildDied, ChildSilent) as failure:
            log.info("TWAIN does not answer: %r", failure)
            return []
        finally:
            child.close()
        return [Device(PREFIX + name, name, "twain", available=True) for name in report.get("sources", [])]

    def scan(
        self, device_id: str, settings: ScanSettings, spool: Path, should_stop: Callable[[], bool]
    ) -> Iterator[RawFile]:
        """Sides as they come until the feeder is empty, the asked number is reached or `should_stop`.

        Raises:
            ScannerProblem: after all sides before the fault.
        """
        name = device_id.removeprefix(PREFIX)
        self.outcome = Outcome()
        job = Job(name, settings.page_width_mm, settings.page_height_mm, (), self._silence_s, self.outcome)
        request = {
            "source": name,
            "settings": {**dataclasses.asdict(settings), "extra": dict(settings.extra)},
            "dpi": settings.dpi,
            "count": 1 if settings.source == "flatbed" else settings.max_sides,
            "show_window": self._show_window,
        }
        child = Child("capture.twain_driver", python=self._python)
        yield from run_batch(
            child, request, job, spool, should_stop, lambda words, _: problem_of(words, name)
        )


def problem_of(words: str, device: str) -> StationError:
    """The sentence for a condition code of TWAIN."""
    kind = FAULTS.get(words) or FAULTS.get(words.partition(" ")[0], problems.DriverFailed)
    return kind(device=device, reason=words, program="TWAIN")
