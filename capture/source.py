"""The seam every source of pages stands behind: a scanner, a network copier, a folder, files.

A source hands over whole files in a spool folder, one at a time; the caller makes each durable before it
asks for the next. What came before a fault has been handed over; the fault follows as a ScannerProblem
or InputRefused. Nothing is ever taken back.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Device:
    """A source the operator can choose. `id` is stable: it survives a changed bus number or address."""

    id: str
    name: str
    #: "sane", "escl", "twain", "folder" or "files"
    kind: str
    available: bool


@dataclass(frozen=True)
class Frame:
    """One image inside a captured file; together with the file it is a side."""

    index: int
    width_px: int
    height_px: int
    dpi: int
    #: "colour", "grey" or "bilevel"
    mode: str


@dataclass(frozen=True)
class Remark:
    """Something the operator should know though nothing failed; a catalogue key and its values."""

    sentence: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class RawFile:
    """A captured file as the source gave it; the caller owns `path` (in the spool) afterwards.

    `name` is the delivered path or a scanner's running name; `frames` its images, at least one.
    `done` is called by the receiver after the file is durable and known: only then may a source move
    or delete what it came from. `remarks` are said once, with the first file they apply to.
    """

    path: Path
    name: str
    media_type: str
    frames: tuple[Frame, ...]
    done: Callable[[], None] = field(default=lambda: None, compare=False)
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class RefusedFile:
    """A file that cannot be taken in: the sentence (a catalogue key and its values) says why and what to do."""

    path: Path
    name: str
    sentence: str
    values: dict[str, object] = field(default_factory=dict)


# The largest paper of a counter; wide-format scanners would give a metre of nothing.
A3_WIDTH_MM, A3_HEIGHT_MM = 297.0, 420.0


@dataclass(frozen=True)
class ScanSettings:
    """What to ask a scanner for. Lengths in millimetres; the law asks for 24-bit colour and ≥ 200 dpi.

    A page size of 0 is automatic: as large as the device takes, up to A3; the station crops to the paper.
    """

    source: str = "adf-duplex"  # "flatbed", "adf", "adf-duplex", "auto"
    dpi: int = 300
    mode: str = "colour"
    page_width_mm: float = A3_WIDTH_MM
    page_height_mm: float = A3_HEIGHT_MM
    brightness: int = 0
    double_feed_detection: bool = True
    max_sides: int | None = None
    #: Options by the device's own names, passed on as they are after all others.
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def wanted_mm(self) -> tuple[float, float]:
        """Width and height to ask for."""
        return self.page_width_mm or A3_WIDTH_MM, self.page_height_mm or A3_HEIGHT_MM

    def is_smaller(self, width_mm: float, height_mm: float, tolerance_mm: float) -> bool:
        """Whether a device that gives these cuts papers of the size asked for; never where the size is automatic."""
        return self.page_width_mm - width_mm > tolerance_mm or self.page_height_mm - height_mm > tolerance_mm


class CaptureSource(Protocol):
    """Anything pages come from."""

    def list_devices(self) -> list[Device]:
        """Devices this source can reach now; never raises for an absent driver, the list is empty then."""
        ...

    def scan(
        self, device_id: str, settings: ScanSettings, spool: Path, should_stop: Callable[[], bool]
    ) -> Iterator[RawFile | RefusedFile]:
        """Yields files as they come until the feeder is empty or `should_stop` answers True.

        Raises:
            ScannerProblem: a fault; everything before it has been yielded.
        """
        ...
