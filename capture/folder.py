"""The watched folder: whatever a copier, a share or an FTP server puts there becomes pages.

The one source that works with every device, and the one where most goes wrong. A file is taken when it has been
the same for a while *and* parses whole; a copy into the spool is what is looked into and kept. The file itself is
moved to `.done` only after the receiver says that its copy is durable; a refused one goes to `.refused` and comes
back on request. Both names are hidden, and hidden folders are never looked into, so the station cannot feed
on its own output. Events of the file system only wake the watcher early: network shares send none, so it also
looks by itself, and a share that vanishes is simply looked for again.
"""

import contextlib
import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import watchfiles

from capture import problems
from capture.files import LIMITS, Decoder, FileLimits, is_dropping, natural_order, refused, take_copy
from capture.source import Device, RawFile, RefusedFile, ScanSettings
from station.core.files import sha256_of

log = logging.getLogger(__name__)

DONE = ".done"
REFUSED = ".refused"
DEVICE_PREFIX = "folder:"
# How often a folder is looked at when no event comes. Copiers deliver every few seconds at most.
LOOK_EVERY_S = 1.0
# A copy over a slow line may rest; a file that is cut off gets this long to grow before it is refused.
HALF_WRITTEN_PATIENCE_S = 60.0
# What programs call a file that they have not finished.
UNFINISHED_SUFFIXES = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".crdownload",
    ".filepart",
    ".lock",
    ".lck",
    ".swp",
)
UNFINISHED_PREFIXES = ("~", ".", "#")
# A file that a copier or another program holds open, and a share that fails in the middle of the copy, cannot be read
# for a moment either.
MAYBE_UNFINISHED = (problems.HALF_WRITTEN, problems.EMPTY_FILE, problems.DAMAGED, problems.NOT_READABLE)


@dataclass(frozen=True)
class _Shape:
    """What must stay the same for a file to count as finished."""

    size: int
    changed_ns: int
    inode: int
    is_link: bool


@dataclass(frozen=True)
class _Seen:
    shape: _Shape
    since_s: float


class FolderSource:
    """A folder as a CaptureSource.

    Args:
        folder: watched with its inner folders; hidden ones are left out.
        settle_seconds: a file must have been the same for this long.
        patience_seconds: a cut-off file is waited for this long before it is refused.
    """

    def __init__(
        self,
        folder: Path,
        settle_seconds: float,
        limits: FileLimits = LIMITS,
        patience_seconds: float = HALF_WRITTEN_PATIENCE_S,
    ) -> None:
        self._folder = folder.absolute()
        self._settle_s = settle_seconds
        self._patience_s = max(patience_seconds, settle_seconds)
        self._limits = limits
        self._seen: dict[Path, _Seen] = {}
        # Handed over or refused, and still lying there: not to be taken again unless it changes.
        self._handled: dict[Path, _Shape] = {}
        #: Why nothing comes just now; None while the folder can be reached.
        self.problem: problems.FolderGone | None = None

    @property
    def device(self) -> Device:
        folder = self._folder
        return Device(
            f"{DEVICE_PREFIX}{folder}", folder.name or str(folder), "folder", available=folder.is_dir()
        )

    def list_devices(self) -> list[Device]:
        return [self.device]

    def scan(
        self, device_id: str, settings: ScanSettings, spool: Path, should_stop: Callable[[], bool]
    ) -> Iterator[RawFile | RefusedFile]:
        """One sweep: everything that lies there, in natural order, waiting for unfinished files to settle.

        Raises:
            FolderGone: the folder is not there, or vanished; what came before has been handed over.
        """
        for found in self._sweeps(spool, should_stop):
            if found is not None:
                yield found
            elif self.problem is not None:
                raise self.problem
            elif not self._seen:
                return

    def watch(self, spool: Path, should_stop: Callable[[], bool]) -> Iterator[RawFile | RefusedFile]:
        """Files as they arrive, until `should_stop`. A folder that vanishes is waited for (see `problem`)."""
        for found in self._sweeps(spool, should_stop):
            if found is not None:
                yield found

    def list_refused(self) -> list[Path]:
        """Files set aside, oldest name first."""
        aside = self._folder / REFUSED
        return (
            natural_order([p for p in aside.iterdir() if not p.name.startswith(".")])
            if aside.is_dir()
            else []
        )

    def take_after_all(self, sha256: str) -> None:
        """A file that was set aside has been taken in by its bytes: it lies among the taken ones from now on."""
        for path in self.list_refused():
            if path.is_file() and not path.is_symlink() and sha256_of(path) == sha256:
                self._move(path, self._folder / DONE / date.today().isoformat() / path.name)

    def _sweeps(self, spool: Path, should_stop: Callable[[], bool]) -> Iterator[RawFile | RefusedFile | None]:
        """Files, and None at the end of each look around."""
        _refuse_own_data(self._folder, spool)
        decoder = Decoder()
        wake = _Waker(self._folder, min(LOOK_EVERY_S, max(self._settle_s / 2, 0.05)))
        try:
            while not should_stop():
                for path in self._ready():
                    if should_stop():
                        return
                    found = self._take(path, spool, decoder)
                    if found is not None:
                        yield found
                        self._after(found, path)
                yield None
                wake.wait()
        finally:
            wake.close()
            decoder.close()

    def _ready(self) -> list[Path]:
        """Files that have settled, in natural order; updates what is seen."""
        try:
            shapes = dict(_list_files(self._folder))
        except OSError:
            self.problem = problems.FolderGone(folder=str(self._folder))
            self._seen.clear()
            return []
        self.problem = None
        self._handled = {path: shape for path, shape in self._handled.items() if shapes.get(path) == shape}
        now = time.monotonic()
        seen = {}
        for path, shape in shapes.items():
            if path in self._handled:
                continue
            before = self._seen.get(path)
            seen[path] = before if before is not None and before.shape == shape else _Seen(shape, now)
        self._seen = seen
        return natural_order([path for path, it in seen.items() if now - it.since_s >= self._settle_s])

    def _take(self, path: Path, spool: Path, decoder: Decoder) -> RawFile | RefusedFile | None:
        """The file's copy or its refusal; None when it has to be waited for."""
        seen = self._seen[path]
        found = (
            refused(path, problems.OUTSIDE)
            if seen.shape.is_link
            else take_copy(path, spool, decoder, self._limits)
        )
        if _shape_of(path) != seen.shape:
            # It changed or went while it was copied: not finished after all.
            if isinstance(found, RawFile):
                found.path.unlink(missing_ok=True)
            self._seen.pop(path, None)
            return None
        if isinstance(found, RawFile):
            self._settled(path, seen.shape)
            return RawFile(
                found.path,
                found.name,
                found.media_type,
                found.frames,
                done=lambda: self._done(path, seen.shape),
            )
        waited_s = time.monotonic() - seen.since_s
        if found.sentence in MAYBE_UNFINISHED and waited_s < self._patience_s:
            return None
        self._settled(path, seen.shape)
        return found

    def _settled(self, path: Path, shape: _Shape) -> None:
        self._handled[path] = shape
        self._seen.pop(path, None)

    def _after(self, found: RawFile | RefusedFile, path: Path) -> None:
        if isinstance(found, RefusedFile):
            self._move(path, self._folder / REFUSED / path.name)

    def _done(self, path: Path, shape: _Shape) -> None:
        """Moves a source away, unless another scan of the same name has taken its place."""
        if _shape_of(path) == shape:
            self._move(path, self._folder / DONE / date.today().isoformat() / path.name)

    def _move(self, path: Path, target: Path) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(_free_name(target))
        except FileNotFoundError:
            self._handled.pop(path, None)
        except OSError as error:
            # A share that may only be read: the file stays and is remembered as handled.
            log.info("a taken file stays where it is: %s", error.strerror)
        else:
            self._handled.pop(path, None)


class _Waker:
    """Waits for an event of the file system, at most a moment."""

    def __init__(self, folder: Path, longest_s: float) -> None:
        self._folder = folder
        self._longest_s = longest_s
        self._events: Iterator[object] | None = None

    def wait(self) -> None:
        try:
            if self._events is None:
                self._events = self._listen()
            next(self._events)
        except (OSError, RuntimeError, StopIteration):
            # No folder, no more watches, a file system without events: looking by itself is enough.
            self.close()
            time.sleep(self._longest_s)

    def close(self) -> None:
        if self._events is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._events.close()  # type: ignore[attr-defined]
        self._events = None

    def _listen(self) -> Iterator[object]:
        longest_ms = max(1, round(self._longest_s * 1000))
        return watchfiles.watch(
            self._folder,
            watch_filter=None,
            debounce=min(200, longest_ms),
            step=min(50, longest_ms),
            rust_timeout=longest_ms,
            yield_on_timeout=True,
        )


def _list_files(folder: Path) -> Iterator[tuple[Path, _Shape]]:
    """Every file and link below the folder that may be finished; inner folders are entered, links are not."""
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith((".", "@")):
                    yield from _list_files(path)
            elif not is_dropping(path) and not _is_unfinished(entry.name):
                shape = _shape_of(path)
                if shape is not None:
                    yield path, shape


def _is_unfinished(name: str) -> bool:
    return name.startswith(UNFINISHED_PREFIXES) or name.lower().endswith(UNFINISHED_SUFFIXES)


def _shape_of(path: Path) -> _Shape | None:
    """None when it is gone, or neither a file nor a link."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    is_link = stat.S_ISLNK(facts.st_mode)
    if not is_link and not stat.S_ISREG(facts.st_mode):
        return None
    return _Shape(facts.st_size, facts.st_mtime_ns, facts.st_ino, is_link)


def _free_name(target: Path) -> Path:
    """The name itself, or with a number when it is taken."""
    number = 1
    free = target
    while os.path.lexists(free):
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return free


def _refuse_own_data(folder: Path, spool: Path) -> None:
    """A watched folder around or inside the station's own would feed on itself."""
    watched, own = folder.resolve(), spool.resolve()
    if watched == own or watched in own.parents or own in watched.parents:
        raise problems.WatchesItself(folder=str(folder))
