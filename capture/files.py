"""Files as a source of pages: given on the command line, chosen, dropped, pasted.

Every file is looked into by a decoder that lives in a child process with limits (capture.decoder). One child
serves all files and is started again when a file kills it; such a file is refused with a sentence and the next
goes on.
"""

import atexit
import logging
import os
import re
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from capture import problems
from capture.host import Child, ChildDied, ChildSilent, Report
from capture.source import Device, Frame, RawFile, RefusedFile, ScanSettings
from station.core.errors import DiskFull
from station.core.files import CHUNK_BYTES, full_disk_in_words

log = logging.getLogger(__name__)

FILES_DEVICE = Device(id="files", name="Files", kind="files", available=True)
# Left by Windows and macOS in every folder they show; never a paper.
DROPPINGS = {"thumbs.db", "desktop.ini", ".ds_store"}


@dataclass(frozen=True)
class FileLimits:
    """How much one file may ask for before it is refused."""

    #: An A0 map at 300 dpi has 139 million; an A3 sheet at 600 dpi 70 million.
    pixels: int = 200_000_000
    #: The thickest dossier the pilot figures know has under 500 sides.
    pages: int = 2000
    file_bytes: int = 2 << 30
    #: Address space of the decoder: 200 million RGB pixels twice, and the libraries.
    memory_bytes: int = 2 << 30
    #: For one page; a page at 200 million pixels decodes in about 8 s on a slow office PC.
    seconds: float = 60.0


LIMITS = FileLimits()


class Decoder:
    """The decoder's child process, started at the first file and again after a crash."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._memory_bytes = 0
        self._lock = threading.Lock()

    def inspect(self, path: Path, limits: FileLimits) -> RawFile | RefusedFile:
        """What the file holds. Files are looked into one after the other, also from several threads."""
        with self._lock:
            try:
                report = self._ask(path, limits)
            except ChildSilent:
                self._child = None
                return refused(path, problems.TOO_SLOW, limit=round(limits.seconds))
            except ChildDied:
                self._child = None
                return refused(path, problems.DECODER_DIED)
        if "refused" in report:
            log.info("a file was refused: %s %s", report["refused"], report.get("detail", ""))
            return refused(path, str(report["refused"]), **report["values"])
        frames = tuple(Frame(**frame) for frame in report["frames"])
        return RawFile(path, readable(path), str(report["media_type"]), frames)

    def close(self) -> None:
        """Ends the child; the next file starts a new one."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None

    def _ask(self, path: Path, limits: FileLimits) -> Report:
        if self._memory_bytes != limits.memory_bytes:
            self._end()  # a cap on memory can be lowered but never raised again
        if self._child is None:
            self._child = Child("capture.decoder")
            self._child.send({"memory_bytes": limits.memory_bytes})
            self._memory_bytes = limits.memory_bytes
        self._child.send(
            {
                "path": str(path.absolute()),
                "pixels": limits.pixels,
                "pages": limits.pages,
                "file_bytes": limits.file_bytes,
            }
        )
        while "alive" in (report := self._child.receive(limits.seconds)):
            pass
        return report


_decoder = Decoder()
atexit.register(_decoder.close)


def inspect(path: Path, limits: FileLimits = LIMITS) -> RawFile | RefusedFile:
    """Looks into a file where it lies: the pictures in it, or the sentence why it is refused.

    Never raises for bad files. The decoder process behind it stays for the next file; whoever is through with
    its files calls `close_decoder`.
    """
    if path.is_symlink():
        return refused(path, problems.OUTSIDE)
    try:
        if not path.is_file():
            return refused(path, problems.NOT_READABLE)
        with path.open("rb"):
            pass
    except OSError:
        return refused(path, problems.NOT_READABLE)
    return _decoder.inspect(path, limits)


def close_decoder() -> None:
    """Ends the shared decoder process; it starts again by itself when needed."""
    _decoder.close()


class FileSource:
    """Named files as a CaptureSource: each is copied to the spool and looked into there; the files given stay."""

    def __init__(self, paths: Sequence[Path], limits: FileLimits = LIMITS) -> None:
        self._paths = list(paths)
        self._limits = limits

    def list_devices(self) -> list[Device]:
        return [FILES_DEVICE]

    def scan(
        self, device_id: str, settings: ScanSettings, spool: Path, should_stop: Callable[[], bool]
    ) -> Iterator[RawFile | RefusedFile]:
        """The files in the order given. Scanner settings do not apply: a file is taken as it is."""
        decoder = Decoder()
        try:
            for path in self._paths:
                if should_stop():
                    return
                yield take_copy(path, spool, decoder, self._limits)
        finally:
            decoder.close()


def take_copy(
    path: Path, spool: Path, decoder: Decoder, limits: FileLimits = LIMITS
) -> RawFile | RefusedFile:
    """Copies a file into the spool and looks into the copy, so that nobody can change it in between.

    Returns:
        A RawFile whose `path` is the copy and whose `name` is the delivered path; or the refusal, and no copy.
    """
    if path.is_symlink():
        return refused(path, problems.OUTSIDE)
    copy = spool / f"{uuid.uuid4().hex}{path.suffix.lower()}"
    try:
        with full_disk_in_words(spool), _open_no_link(path) as source, copy.open("xb") as target:
            shutil.copyfileobj(source, target, CHUNK_BYTES)
    except OSError:
        copy.unlink(missing_ok=True)
        return refused(path, problems.NOT_READABLE)
    except DiskFull:
        copy.unlink(missing_ok=True)
        raise
    found = decoder.inspect(copy, limits)
    if isinstance(found, RefusedFile):
        copy.unlink(missing_ok=True)
        return refused(path, found.sentence, **{**found.values, "name": readable(Path(path.name))})
    return RawFile(copy, readable(path), found.media_type, found.frames)


def _open_no_link(path: Path) -> BinaryIO:
    """Opens a file for reading; a link put in its place meanwhile fails."""
    return os.fdopen(
        os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)), "rb"
    )


def natural_order(paths: Sequence[Path]) -> list[Path]:
    """Sorted as a person would: page 2 before page 10, whatever the case."""
    return sorted(paths, key=lambda p: ([_natural_key(part) for part in p.parts], p.parts))


def list_intakes(paths: Sequence[Path]) -> list[tuple[str, list[Path]]]:
    """What the operator fed: each folder that directly holds files is one intake; files named are one together.

    Returns:
        Pairs of a name and its files in natural order. The name is the folder's path below the folder that
        was given, or the given folder's own name; the files named on their own are called after the first.
    """
    files = [path for path in paths if not path.is_dir()]
    intakes = [(files[0].stem, files)] if files else []
    for top in (path for path in paths if path.is_dir()):
        for folder in [top, *natural_order([p for p in top.rglob("*") if _is_inner_folder(p, top)])]:
            held = natural_order([p for p in folder.iterdir() if not p.is_dir() and not is_dropping(p)])
            if held:
                name = folder.relative_to(top).as_posix() if folder != top else top.resolve().name
                intakes.append((name, held))
    return intakes


def is_dropping(path: Path) -> bool:
    """Hidden files and what desktops leave in folders."""
    return path.name.startswith(".") or path.name.lower() in DROPPINGS


def _is_inner_folder(path: Path, top: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(top).parts)
    return path.is_dir() and not path.is_symlink() and not hidden


def _natural_key(text: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", text.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def refused(path: Path, sentence: str, **values: object) -> RefusedFile:
    """The refusal of a file, with its name in the sentence."""
    shown = {"name": readable(Path(path.name)), **values}
    return RefusedFile(path=path, name=readable(path), sentence=sentence, values=shown)


def readable(path: Path) -> str:
    """A path as text for people and rows: old copiers write names that are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")
