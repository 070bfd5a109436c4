"""The way to the warehouse over a round of sending: one connection, and how much it carries in one request.

The first request is small, so that a poor line gets somewhere; each one that arrives lets the next be larger, as long
as the line carries it in CHUNK_S: that is what a cut wastes at most, whatever the line. What was learned serves the
packages that follow.
"""

from dataclasses import dataclass, field
from types import TracebackType

import httpx

from sync.protocol import TUS_VERSION
from sync.trust import WarehouseTarget, check_address, tls_context

# Eight seconds are 1 MB at 1 Mbit/s; on an office's own network the largest chunk takes a second.
FIRST_CHUNK_BYTES = 1 << 20
LARGEST_CHUNK_BYTES = 128 << 20
CHUNK_GROWTH = 16
CHUNK_S = 8.0
# Storing a 2 GB package on a slow disk takes the warehouse about this long.
TIMEOUT = httpx.Timeout(60.0, connect=10.0, read=120.0)


@dataclass
class Line:
    """A line to one warehouse; a context manager.

    Attributes:
        chunk_bytes: how much the next request may carry.
        checksum: what chunks are checked by, one of protocol.CHECKSUMS.
    """

    target: WarehouseTarget
    chunk_bytes: int = FIRST_CHUNK_BYTES
    checksum: str = "crc32"
    _largest_bytes: int = LARGEST_CHUNK_BYTES
    _client: httpx.Client | None = field(default=None, repr=False)

    @property
    def client(self) -> httpx.Client:
        """The connection, opened when it is first wanted.

        Raises:
            InsecureAddress: the warehouse is not reached over https.
        """
        if self._client is None:
            check_address(self.target.url)
            secure = self.target.url.startswith("https:")
            self._client = httpx.Client(
                # Loading the system's authorities takes a fifth of a second; without TLS it is for nothing.
                verify=tls_context(self.target.certificate_pins, self.target.ca_file) if secure else False,
                headers={"Tus-Resumable": TUS_VERSION, "Authorization": f"Bearer {self.target.token}"},
                timeout=TIMEOUT,
                follow_redirects=False,
            )
        return self._client

    def arrived(self, size_bytes: int, seconds: float, limit_bytes_s: float | None) -> None:
        """A request's bytes were answered for so many seconds after it began; `limit_bytes_s` is the office's own."""
        rate_bytes_s = size_bytes / max(0.001, seconds)
        carried_bytes = int(min(rate_bytes_s, limit_bytes_s or rate_bytes_s) * CHUNK_S)
        largest_bytes = min(self._largest_bytes, self.chunk_bytes * CHUNK_GROWTH, carried_bytes)
        self.chunk_bytes = max(FIRST_CHUNK_BYTES, largest_bytes)

    def broke(self) -> None:
        """A request did not arrive: begin small again."""
        self.chunk_bytes = FIRST_CHUNK_BYTES

    def checksum_failed(self) -> None:
        """The bytes were spoiled, or the warehouse is of an earlier version and knows no CRC-32: both say it so."""
        self.checksum = "sha256"

    def takes_short_requests_only(self) -> bool:
        """A proxy on the way refused a long request; short ones get through everywhere. False if that was known."""
        is_new = self._largest_bytes > FIRST_CHUNK_BYTES
        self._largest_bytes = FIRST_CHUNK_BYTES
        return is_new

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()
