"""A stretch of a package that goes in one request, hashed ahead while the one before it is on its way."""

import hashlib
from dataclasses import dataclass, field
from typing import BinaryIO

from sync.protocol import to_base64

# Bytes read, hashed and handed to the socket at a time; between them Stop and the rate limit are looked at.
SLICE_BYTES = 1 << 18


@dataclass
class Chunk:
    """Where it lies in the package, and its SHA-256 as far as it has been reckoned."""

    start: int
    size_bytes: int
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    hashed_bytes: int = 0

    def hash_upto(self, stream: BinaryIO, upto_bytes: int) -> None:
        """Goes on reckoning, from the file; never beyond the chunk."""
        while self.hashed_bytes < min(upto_bytes, self.size_bytes):
            stream.seek(self.start + self.hashed_bytes)
            piece = stream.read(min(SLICE_BYTES, self.size_bytes - self.hashed_bytes))
            if not piece:
                raise EOFError("the package became shorter")
            self.digest.update(piece)
            self.hashed_bytes += len(piece)

    def checksum(self, stream: BinaryIO) -> str:
        """The value of the header Upload-Checksum."""
        self.hash_upto(stream, self.size_bytes)
        return f"sha256 {to_base64(self.digest.digest())}"
