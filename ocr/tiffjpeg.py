"""One JPEG of the strips of a TIFF, without decoding a pixel.

Copiers write JPEG TIFFs in strips that share their tables. Each strip starts afresh, exactly as a restart
interval of one long scan does: with the right interval stated and markers between, they are that scan.
"""

import re
import struct
from dataclasses import dataclass


def joined_jpeg(
    strips: list[bytes], tables: bytes, size: tuple[int, int], rows_per_strip: int
) -> bytes | None:
    """One JPEG of a TIFF's strips: each strip becomes a restart interval, no coefficient is touched.

    None where the strips are not plain baseline JPEGs that can follow each other.
    """
    parts = [_jpeg_parts(strip) for strip in strips]
    first = parts[0]
    if first is None:
        return None
    sampling_h, sampling_v = first.sampling
    across = -(-size[0] // (8 * sampling_h))
    down = rows_per_strip / (8 * sampling_v)
    if len(strips) > 1 and (down != int(down) or across * int(down) > 0xFFFF):
        return None
    scan = bytearray()
    for index, part in enumerate(parts):
        if part is None or part.header_kind != first.header_kind or part.tables != first.tables:
            return None
        if index:
            scan += bytes((0xFF, 0xD0 + (index - 1) % 8))
        scan += part.scan
    frame = bytearray(first.frame)
    frame[5:7] = struct.pack(">H", size[1])
    shared = tables[2:-2] if tables else b""
    interval = b"" if len(strips) == 1 else b"\xff\xdd\x00\x04" + struct.pack(">H", across * int(down))
    return (
        b"\xff\xd8"
        + shared
        + first.tables
        + bytes(frame)
        + interval
        + first.scan_header
        + bytes(scan)
        + b"\xff\xd9"
    )


@dataclass(frozen=True)
class _JpegParts:
    tables: bytes
    frame: bytes
    scan_header: bytes
    scan: bytes

    @property
    def sampling(self) -> tuple[int, int]:
        # A single component is never interleaved: its sampling factors mean nothing.
        if self.frame[9] == 1:
            return 1, 1
        return self.frame[11] >> 4, self.frame[11] & 15

    @property
    def header_kind(self) -> tuple[bytes, bytes]:
        """What must be the same for strips to share one header: all of the frame but its height."""
        return self.frame[:5] + self.frame[7:], self.scan_header


def _jpeg_parts(strip: bytes) -> _JpegParts | None:
    """A strip's own tables, frame header, scan header and scan; None for anything but one baseline scan."""
    position, tables, frame = 2, bytearray(), b""
    while position + 4 <= len(strip) and strip[position] == 0xFF:
        marker = strip[position + 1]
        length = int.from_bytes(strip[position + 2 : position + 4], "big")
        segment = strip[position : position + 2 + length]
        position += 2 + length
        if marker in (0xC0, 0xC1):
            frame = segment
        elif marker in (0xDB, 0xC4):
            tables += segment
        elif marker == 0xDA:
            end = strip.rfind(b"\xff\xd9")
            scan = strip[position : end if end > position else len(strip)]
            if not frame or re.search(rb"\xff[\xd0-\xd7]", scan):
                return None
            return _JpegParts(bytes(tables), frame, segment, scan)
        elif marker != 0xFE and not 0xE0 <= marker <= 0xEF:
            return None
    return None
