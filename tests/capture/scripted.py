"""A scanner that follows a script: what comes, what goes wrong, and when. For tests of everything above a source.

It gives pages as a driver would, in its own folder of the spool, and faults where the script says.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from capture.batch import new_folder, remove_when_empty
from capture.encode import encode_side
from capture.source import Device, RawFile, RefusedFile, ScanSettings
from station.core.errors import StationError


@dataclass
class ScriptedScanner:
    """A CaptureSource over pictures.

    Args:
        sheets: what lies in the feeder; taken sheets leave it, so that a second scan continues the pile.
        faults: number of sides delivered so far (over all scans) → what is raised before the next.
        refusals: likewise → a file that is handed over as refused instead.
    """

    sheets: list[Image.Image]
    faults: dict[int, StationError] = field(default_factory=dict)
    refusals: dict[int, str] = field(default_factory=dict)
    device_id: str = "scripted:1"
    #: whether pages come in a batch's folder, one ahead of what is handed over, as from a driver's child process
    batch: bool = False
    delivered: int = 0
    #: pages whose receiver said that they are durable
    done: list[str] = field(default_factory=list)

    def list_devices(self) -> list[Device]:
        return [Device(self.device_id, "Scripted scanner", "scripted", available=True)]

    def scan(
        self, device_id: str, settings: ScanSettings, spool: Path, should_stop: Callable[[], bool]
    ) -> Iterator[RawFile | RefusedFile]:
        if self.batch:
            yield from self._in_batch(spool, settings, should_stop)
            return
        count = 0
        while self.sheets and not should_stop():
            if settings.max_sides is not None and count >= settings.max_sides:
                return
            if self.delivered in self.faults:
                raise self.faults.pop(self.delivered)
            count += 1
            self.delivered += 1
            yield self._deliver(spool, settings.dpi)
        if self.delivered in self.faults and not should_stop():
            raise self.faults.pop(self.delivered)

    def _in_batch(
        self, spool: Path, settings: ScanSettings, should_stop: Callable[[], bool]
    ) -> Iterator[RawFile | RefusedFile]:
        folder = new_folder(spool, "Scripted scanner", settings.dpi)
        ready: list[RawFile] = []
        try:
            while (self.sheets or ready) and not should_stop():
                while self.sheets and len(ready) < 2:
                    self.delivered += 1
                    name = f"side-{self.delivered:06d}"
                    side = encode_side(self.sheets.pop(0), folder / name, settings.dpi, name)
                    ready.append(RawFile(side.path, name, side.media_type, (side.frame,)))
                yield ready.pop(0)
        finally:
            remove_when_empty(folder)

    def _deliver(self, spool: Path, dpi: int) -> RawFile | RefusedFile:
        name = f"Scripted scanner {self.delivered}"
        sheet = self.sheets.pop(0)
        if self.delivered in self.refusals:
            return RefusedFile(spool / name, name, self.refusals[self.delivered], {"name": name})
        side = encode_side(sheet, spool / uuid.uuid4().hex, dpi, name)
        return RawFile(side.path, name, side.media_type, (side.frame,), done=lambda: self.done.append(name))


def scripted(sheets: Sequence[Image.Image], **script: object) -> ScriptedScanner:
    """A scanner with these sheets in its feeder."""
    return ScriptedScanner(list(sheets), **script)  # type: ignore[arg-type]
