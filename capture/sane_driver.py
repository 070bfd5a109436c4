"""Drives a SANE device, in a child process: runs scanimage for a batch and encodes what it delivers.

scanimage asks before every side ("Press <RETURN>"); that question is the brake. The answer is given ahead, so
the scanner never waits for the encoding, but never more sides ahead than the station has room for, and Stop
simply gives no more answers: the side on its way is finished and kept. Sides are encoded two at a time, each on
a thread of its own (the encoder lets go of Python's lock), and reported in the order they were scanned. Runs as
`python -m capture.sane_driver`; the station's side is `capture.sane`.

    {"device", "arguments", "folder", "batch", "dpi", "two_sided", "count", "silence_s", "program"}  then {"kept": n}, {"stop": true}
    → {"page": {...}}, {"alive": n}, {"end": reason}, {"fault": status words, "pages": n}
"""

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image

from capture.child import Channel, hold
from capture.encode import Encoded, encode_side
from station.core.errors import DiskFull
from station.core.process import limit_memory

# Sides scanimage may deliver before the station has kept the first: bounds the spool (52 MB a raw A3 side).
SIDES_AHEAD = 8
# Answers given before scanimage asks: one to scan and one so that it never waits.
ANSWERS_AHEAD = 2
# Sides encoded at once: an A3 side takes a fast core 0.2 s and an office PC twice that, while a feeder of 80 sheets a
# minute brings one every 0.37 s. Each holds 70 MB and its JPEG, twice that at 400 dpi.
ENCODERS = min(2, os.cpu_count() or 1)
# How often a growing file is reported as a sign of life.
LOOK_EVERY_S = 0.5
STATUS = re.compile(r"scanimage: (?:sane_\w+: |open of device .* failed: )(?P<words>.*)")
BAD_OPTION = re.compile(
    r"scanimage: (?P<words>(?:setting of option|unrecognized option|bad value|attempted).*)"
)
# SANE's own words for a side that ends too early.
CUT_OFF_WORDS = "End of file reached"
OUT_OF_PAPER = "out of documents"
# A3 at 600 dpi in colour is 280 MB as Pillow holds it, twice while it is encoded; drivers hold one side.
MEMORY_BYTES = 3 << 30
# After its last words scanimage cancels the device and ends, within a second or two.
GIVE_UP_S = 10.0
# scanimage does not say why it could not write, or leaves half a side; below one raw A3 side at 400 dpi it is the disk.
LEAST_FREE_BYTES = 100 << 20


class CutOff(Exception):
    """The driver said that a side was complete, but rows are missing."""


class Batch:
    """One run of scanimage."""

    def __init__(self, channel: Channel, request: dict[str, Any]) -> None:
        self._channel = channel
        self._request = request
        self._folder = Path(request["folder"])
        self._encoding: deque[Future[Encoded]] = deque()
        self._encoders = ThreadPoolExecutor(ENCODERS, "encoder")
        self._woken, self._waker = os.pipe()
        self._answers = 0
        self._delivered = 0
        self._encoded = 0
        self._kept = 0
        self._stopping = False
        self._words = ""
        self._words_at_s = 0.0
        self._last_fingerprint = -1
        self._repeats = 0
        self._grown_bytes = -1
        self._is_alone = False
        self._alive_at_s = time.monotonic()

    def run(self) -> None:
        """Scans until the feeder is empty, the count is reached, the station says stop, or a fault."""
        with subprocess.Popen(
            self._command(),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_plain_words(),
        ) as scan:
            try:
                self._attend(scan)
            finally:
                if scan.poll() is None:
                    scan.send_signal(signal.SIGINT)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        scan.wait(10)
                if scan.poll() is None:
                    scan.kill()
                self._encoders.shutdown()
        self._report(scan.returncode)

    def _command(self) -> list[str]:
        request = self._request
        command = [
            request["program"],
            f"--device-name={request['device']}",
            "--format=pnm",
            f"--batch={self._folder / 'raw-%06d.pnm'}",
            "--batch-print",
            "--batch-prompt",
        ]
        if request["count"]:
            command.append(f"--batch-count={request['count']}")
        return [*command, *request["arguments"]]

    def _attend(self, scan: subprocess.Popen[bytes]) -> None:
        """Answers questions and reports encoded sides until scanimage has ended and all is reported."""
        assert scan.stdout is not None and scan.stderr is not None
        ears = selectors.DefaultSelector()
        for stream, hear in ((scan.stdout, self._hear_file), (scan.stderr, self._hear_words)):
            os.set_blocking(stream.fileno(), False)
            ears.register(stream, selectors.EVENT_READ, hear)
        ears.register(sys.stdin, selectors.EVENT_READ, self._hear_station)
        os.set_blocking(sys.stdin.fileno(), False)
        ears.register(self._woken, selectors.EVENT_READ, None)
        rests: dict[int, bytes] = {}
        open_streams = 2
        while open_streams or self._encoding:
            self._answer(scan)
            heard = ears.select(LOOK_EVERY_S)
            if not heard and not self._encoding and self._is_over(scan):
                break
            if heard:
                self._alive_at_s = time.monotonic()
            for key, _ in heard:
                content = os.read(key.fd, 65536)
                if key.data is None:
                    continue
                rows = (rests.pop(key.fd, b"") + content).split(b"\n")
                rests[key.fd] = rows.pop()
                for row in rows:
                    key.data(row.decode(errors="replace"))
                if not content:
                    ears.unregister(key.fileobj)
                    if key.data == self._hear_station:
                        self._stopping = self._is_alone = True
                    else:
                        open_streams -= 1
            self._report_encoded()
            self._show_growth()
        ears.close()

    def _is_over(self, scan: subprocess.Popen[bytes]) -> bool:
        """Whether no more will come though the pipes are open: a driver's own helper may outlive scanimage, and
        scanimage may hang while it gives up."""
        now_s = time.monotonic()
        gave_up = bool(self._words) and now_s - self._words_at_s > GIVE_UP_S
        hangs_alone = self._is_alone and now_s - self._alive_at_s > self._request["silence_s"]
        return scan.poll() is not None or gave_up or hangs_alone

    def _answer(self, scan: subprocess.Popen[bytes]) -> None:
        stdin = scan.stdin
        assert stdin is not None
        if stdin.closed:
            return
        with contextlib.suppress(BrokenPipeError):
            while not self._stopping and self._answers < self._allowed():
                self._give(stdin)
            if self._stopping:
                # A back already read waits in the scanner: without it the next batch would begin with it.
                if self._request["two_sided"] and self._answers % 2:
                    self._give(stdin)
                stdin.close()

    def _allowed(self) -> int:
        return min(self._delivered + ANSWERS_AHEAD, self._kept + SIDES_AHEAD)

    def _give(self, stdin: Any) -> None:
        stdin.write(b"\n")
        self._answers += 1

    def _hear_file(self, row: str) -> None:
        self._delivered += 1
        encoding = self._encoders.submit(self._encode, Path(row.strip()), self._delivered)
        encoding.add_done_callback(lambda _: os.write(self._waker, b"."))
        self._encoding.append(encoding)

    def _hear_words(self, row: str) -> None:
        found = STATUS.search(row) or BAD_OPTION.search(row)
        # What the driver says of the sheets behind a lost side explains nothing.
        if found and self._words != CUT_OFF_WORDS:
            self._words = found["words"].strip()
            self._words_at_s = time.monotonic()
        self._channel.say(alive=self._delivered)

    def _hear_station(self, row: str) -> None:
        if '"stop"' in row:
            self._stopping = True
        elif '"kept"' in row:
            self._kept += 1

    def _show_growth(self) -> None:
        """A side that takes minutes (a map at 600 dpi on glass) still grows on the disk."""
        part = self._folder / f"raw-{self._delivered + 1:06d}.pnm.part"
        try:
            size = part.stat().st_size
        except FileNotFoundError:
            size = -1  # not begun, or finished this moment
        if size > self._grown_bytes:
            self._alive_at_s = time.monotonic()
            self._channel.say(alive=self._delivered)
        self._grown_bytes = size

    def _encode(self, raw: Path, number: int) -> Encoded:
        """On an encoder's thread; touches nothing of the batch but its files."""
        note = f"batch {self._request['batch']} side {number}"
        try:
            with Image.open(raw, formats=["PPM"]) as opened:
                opened.load()
                picture = opened
        except (OSError, ValueError) as error:
            raw.unlink()
            raise CutOff from error
        side = encode_side(picture, self._folder / f"side-{number:06d}", self._request["dpi"], note)
        raw.unlink()
        return side

    def _report_encoded(self) -> None:
        """Sides that are ready, in the order they were scanned; none behind one that came cut off."""
        while self._encoding and self._encoding[0].done():
            try:
                self._say_page(self._encoding.popleft().result())
            except CutOff:
                self._stopping = True
                self._words = CUT_OFF_WORDS
                self._drop_rest()

    def _drop_rest(self) -> None:
        """The operator feeds the sheets behind a lost one again: those on their way must not come twice."""
        while self._encoding:
            with contextlib.suppress(CutOff):
                self._encoding.popleft().result().path.unlink()

    def _say_page(self, side: Encoded) -> None:
        self._encoded += 1
        self._repeats = self._repeats + 1 if side.fingerprint == self._last_fingerprint else 1
        self._last_fingerprint = side.fingerprint
        frame = side.frame
        self._channel.say(
            page={
                "path": str(side.path),
                "media_type": side.media_type,
                "width_px": frame.width_px,
                "height_px": frame.height_px,
                "dpi": frame.dpi,
                "mode": frame.mode,
                "repeats": self._repeats,
            }
        )

    def _report(self, code: int) -> None:
        unexplained = self._words == CUT_OFF_WORDS or (not self._words and code != 0)
        if unexplained and shutil.disk_usage(self._folder).free < LEAST_FREE_BYTES:
            self._channel.say(disk_full=str(self._folder))
        elif self._words and (OUT_OF_PAPER not in self._words or not self._encoded):
            self._channel.say(fault=self._words, pages=self._encoded)
        elif self._words:
            self._channel.say(end="empty")
        elif code == 0:
            self._channel.say(end="stopped" if self._stopping else "count")
        else:
            self._channel.say(fault=f"scanimage ended with {code}", pages=self._encoded)


def main() -> None:
    channel = Channel()
    request = channel.next_request()
    if request is None:
        return
    hold(Path(request["folder"]))
    limit_memory(MEMORY_BYTES)  # scanimage and the maker's driver inherit it
    if shutil.which(request["program"]) is None:
        channel.say(missing=request["program"])
        return
    try:
        Batch(channel, dict(request)).run()
    except DiskFull:
        channel.say(disk_full=request["folder"])


def _plain_words() -> dict[str, str]:
    """Status words in English, whatever the office's language."""
    return {**os.environ, "LC_ALL": "C", "LANGUAGE": "C"}


if __name__ == "__main__":
    main()
