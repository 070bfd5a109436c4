"""The warehouse's bytes: a folder on one machine, or any S3 store for a province.

Keys are `uploads/<id>/<offset>-<nonce>` while a package arrives and `bags/<sha256>` once it is whole. A bag is
there with all its bytes or not at all, and in a folder it is on the disk before the call returns. Parts are not
waited for: the station keeps its package until it holds the receipt, so a part that a power cut took costs
sending again, while waiting for the disk at every part would cost every evening.
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from station.core.errors import N_, StorageProblem
from station.core.files import CHUNK_BYTES, flush_folder, full_disk_in_words, whole_file


class ObjectsUnreachable(StorageProblem):
    sentence = N_(
        "The warehouse's object store does not answer ({reason}). Nothing was lost; it is tried again."
    )


class Objects(Protocol):
    def put(self, key: str, stream: IO[bytes], size_bytes: int) -> None:
        """Stores `size_bytes` from the stream, whole and durable, replacing what was there."""

    def put_part(self, key: str, stream: IO[bytes], size_bytes: int) -> None:
        """Stores `size_bytes` from the stream under a fresh key; a power cut may take them again."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The object's bytes in pieces. Raises KeyError if it is not there."""

    def size(self, key: str) -> int | None:
        """Size in bytes, None where there is no such object."""

    def delete(self, key: str) -> None:
        """Removes the object; harmless if it is gone."""

    def list(self, prefix: str) -> Iterator[str]:
        """Keys that begin with `prefix`."""


def open_objects(url: str) -> Objects:
    """The store at `url`: file:///folder, or s3://bucket[/prefix] with the usual AWS_… variables."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderObjects(Path(unquote(parts.path)))
    return CloudObjects(url)


class FolderObjects:
    """Objects as files, flushed to the disk before they count."""

    def __init__(self, root: Path) -> None:
        self._root = root
        with full_disk_in_words(root.parent):
            root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, key: str, stream: IO[bytes], size_bytes: int) -> None:
        target = self._root / key
        with full_disk_in_words(self._root):
            if not target.parent.is_dir():
                target.parent.mkdir(parents=True, exist_ok=True)
                flush_folder(target.parent.parent)
        with whole_file(target) as file:
            for piece in _pieces(stream, size_bytes):
                file.write(piece)

    def put_part(self, key: str, stream: IO[bytes], size_bytes: int) -> None:
        target = self._root / key
        with full_disk_in_words(self._root):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with target.open("xb") as file:
                    for piece in _pieces(stream, size_bytes):
                        file.write(piece)
            except BaseException:
                target.unlink(missing_ok=True)
                raise

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        try:
            stream = (self._root / key).open("rb")
        except FileNotFoundError as error:
            raise KeyError(key) from error
        with stream:
            left = os.fstat(stream.fileno()).st_size - start if length is None else length
            stream.seek(start)
            yield from _pieces(stream, left)

    def size(self, key: str) -> int | None:
        try:
            return (self._root / key).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        path = self._root / key
        path.unlink(missing_ok=True)
        if path.parent != self._root and path.parent.name not in ("bags", "uploads"):
            try:
                path.parent.rmdir()
            except OSError:
                pass  # other parts are still there

    def list(self, prefix: str) -> Iterator[str]:
        folder = self._root / prefix
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file() and not path.name.endswith(".part"):
                yield path.relative_to(self._root).as_posix()


class CloudObjects:
    """Objects in an S3 store (or another that obstore speaks)."""

    def __init__(self, url: str) -> None:
        self._store = from_url(
            url,
            client_options={"timeout": "60s", "connect_timeout": "5s", "allow_http": True},
            retry_config={"max_retries": 3},
        )

    def put(self, key: str, stream: IO[bytes], size_bytes: int) -> None:
        if size_bytes <= CHUNK_BYTES * 16:
            self._call(obstore.put, key, stream.read(size_bytes))
        else:
            self._call(obstore.put, key, _pieces(stream, size_bytes))

    def put_part(self, key: str, stream: IO[bytes], size_bytes: int) -> None:
        self.put(key, stream, size_bytes)

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        size = self.size(key)
        if size is None:
            raise KeyError(key)
        end = size if length is None else min(size, start + length)
        # WORKAROUND(rclone serve s3 1.75): a range that is the whole object is answered as no range, which
        # obstore refuses; so the whole is asked for without one.
        if start == 0 and end == size:
            try:
                yield from (bytes(piece) for piece in self._call(obstore.get, key))
            except BaseError as error:
                raise ObjectsUnreachable(reason=type(error).__name__) from error
            return
        while start < end:
            upto = min(end, start + 8 * CHUNK_BYTES)
            yield bytes(self._call(obstore.get_range, key, start=start, end=upto))
            start = upto

    def size(self, key: str) -> int | None:
        try:
            return int(self._call(obstore.head, key)["size"])
        except KeyError:
            return None

    def delete(self, key: str) -> None:
        try:
            self._call(obstore.delete, key)
        except KeyError:
            pass

    def list(self, prefix: str) -> Iterator[str]:
        try:
            for batch in obstore.list(self._store, prefix=prefix):
                yield from (str(entry["path"]) for entry in batch)
        except BaseError as error:
            raise ObjectsUnreachable(reason=type(error).__name__) from error

    def _call(self, function: object, key: str, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]  # obstore's own types
        try:
            return function(self._store, key, *args, **kwargs)  # type: ignore[operator]
        except FileNotFoundError as error:
            raise KeyError(key) from error
        except BaseError as error:
            raise ObjectsUnreachable(reason=type(error).__name__) from error


def part_key(upload_id: str, offset_bytes: int) -> str:
    """A fresh key for a part. The nonce keeps two requests for the same offset from writing over each other."""
    return f"uploads/{upload_id}/{offset_bytes:015d}-{uuid.uuid4().hex[:8]}"


def bag_key(sha256: str) -> str:
    return f"bags/{sha256}"


def _pieces(stream: IO[bytes], size_bytes: int) -> Iterator[bytes]:
    while size_bytes > 0:
        piece = stream.read(min(CHUNK_BYTES, size_bytes))
        if not piece:
            raise EOFError("the stream ended early")
        size_bytes -= len(piece)
        yield piece
