"""One door to the disk: whole files or none.

Every blob of the data folder is written here: to a temporary name in the same file system, flushed to
the disk, then renamed, then the folder flushed. A reader never sees half a file, and a power cut leaves
either the old file or the new one. Encryption at rest can later come behind this door.
"""

import errno
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from station.core.errors import DiskFull

CHUNK_BYTES = 1 << 20
# How often a lock that somebody holds is tried again.
LOOK_AGAIN_S = 0.1


@contextmanager
def full_disk_in_words(folder: Path) -> Iterator[None]:
    """Turns ENOSPC and EDQUOT into the sentence an operator can act on."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(folder=str(folder)) from error
        raise


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 lower-case hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def flush_folder(folder: Path) -> None:
    """Makes a rename in the folder durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become `target` at the end, whole and durable, or not at all.

    Raises:
        DiskFull: no space; nothing is left behind.
    """
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    with full_disk_in_words(target.parent):
        try:
            with temporary.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
            flush_folder(target.parent)
        finally:
            temporary.unlink(missing_ok=True)


def put_bytes(target: Path, content: bytes) -> Path:
    """Writes `content` as `target`, whole and durable."""
    with whole_file(target) as stream:
        stream.write(content)
    return target


def put_copy(source: Path, target: Path) -> Path:
    """Copies a file to `target`, whole and durable; the source stays."""
    with whole_file(target) as stream, source.open("rb") as original:
        shutil.copyfileobj(original, stream, CHUNK_BYTES)
    return target


def keep_original(source: Path, originals: Path) -> str:
    """Takes a captured file in under its own hash and returns the hash; the source stays.

    Keeping the same bytes twice is harmless: the name is the content.
    """
    with full_disk_in_words(originals):
        originals.mkdir(parents=True, exist_ok=True)
        digest = sha256_of(source)
        target = originals / digest
        if not target.exists():
            put_copy(source, target)
            if sha256_of(target) != digest:
                target.unlink()
                raise OSError(errno.EIO, f"{source} changed while it was copied")
        return digest


def adopt_original(source: Path, originals: Path) -> str:
    """Takes a file of our own spool in under its hash, without copying it, and returns the hash.

    The original is a second name of the same bytes, so `source` must never be written again; its own name stays
    until the caller removes it, and a power cut before any row speaks of the original costs nothing. Where the
    file system knows no second names (FAT, some shares) the bytes are copied.
    """
    with full_disk_in_words(originals):
        originals.mkdir(parents=True, exist_ok=True)
        digest = sha256_of(source)
        target = originals / digest
        if target.exists():
            return digest
        with source.open("r+b") as stream:
            os.fsync(stream.fileno())
        try:
            os.link(source, target)
        except FileExistsError:
            return digest
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            put_copy(source, target)
        else:
            flush_folder(originals)
        return digest


def lock_at_once(handle: int) -> None:
    """Locks an open file for this process alone; the system frees it when the process ends, however it ends.

    Raises:
        OSError: another process holds it.
    """
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def held(lock: Path, patience_s: float) -> Iterator[None]:
    """Holds a lock file, made where it is missing, and waits for whoever else holds it.

    Raises:
        TimeoutError: somebody held it for all of `patience_s`.
    """
    until_s = time.monotonic() + patience_s
    with full_disk_in_words(lock.parent), lock.open("a+b") as stream:
        while True:
            try:
                lock_at_once(stream.fileno())
                break
            except OSError as error:
                if time.monotonic() > until_s:
                    raise TimeoutError(str(lock)) from error
                time.sleep(LOOK_AGAIN_S)
        yield


def private_folder(folder: Path) -> Path:
    """Makes a folder only its owner can read."""
    with full_disk_in_words(folder.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def sweep(folder: Path) -> int:
    """Removes what an earlier run left half-written in a spool folder; returns how many entries went."""
    count = 0
    for entry in folder.iterdir() if folder.is_dir() else ():
        count += 1
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return count


def read_text(path: Path) -> str:
    """A small text file as UTF-8."""
    return path.read_text(encoding="utf-8")
