"""One scan job on a copier: posted, its pages fetched, its end believed late.

Many copiers answer 404 or "feeder empty" while sheets remain, and keep saying "jam" after the jam is gone. So
the end of a job is what the job itself says, asked again after a moment, and a state of the feeder that was
there before the job proves nothing.
"""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from capture import problems
from capture.batch import Job, Outcome, size_remarks
from capture.escl_link import CONNECT_LIMIT_S, DENIED, PAGE_LIMIT_S, Link
from capture.escl_wire import JobPlan, Status
from capture.files import LIMITS, Decoder
from capture.resolution import MM_PER_INCH
from capture.source import Frame, RawFile, RefusedFile
from station.core.files import full_disk_in_words

log = logging.getLogger(__name__)

# "No more" is asked again this often, this far apart: seen needed by copiers that answer before the sheet is drawn.
END_ASKED_TIMES = 4
END_ASKED_EVERY_S = 0.7
# How often Stop is looked at, and how long a sheet that is being drawn in may still take after it.
STOP_EVERY_S = 0.2
STOP_PATIENCE_S = 10.0
# Another person's copy job; longer than this and the operator should know.
BUSY_LIMIT_S = 30.0
# Servers whose "feeder empty" is never true before a scan.
NO_PAPER_SENSOR = ("airsane",)
MEDIA_SUFFIXES = {"image/jpeg": ".jpg", "application/pdf": ".pdf"}
RUNNING = ("pending", "processing")
# A page as wide as asked, within this, was scanned at the resolution asked.
WIDTH_TOLERANCE = 0.03


class EsclJob:
    """A job on an open link; `pages` may be called once."""

    def __init__(self, link: Link, plan: JobPlan, folder: Path, outcome: Outcome) -> None:
        self._link = link
        self._plan = plan
        self._folder = folder
        self._outcome = outcome
        self._path = ""
        self._feeder_before = ""
        self._fetched = 0  # touched by the fetcher alone
        self._is_over = False

    def start(self, should_stop: Callable[[], bool]) -> bool:
        """Posts the job; False when the operator stopped while the copier was busy.

        Raises:
            NoPaper, ScannerBusy, and the sentence for any other refusal.
        """
        self._feeder_before = self._look_at_feeder()
        waited_s = 0.0
        while True:
            answer = self._link.ask("POST", "ScanJobs", content=self._plan.xml.encode())
            if answer.status_code in (httpx.codes.OK, httpx.codes.CREATED):
                break
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                raise self._link.refusal(answer.status_code)
            if waited_s >= BUSY_LIMIT_S:
                raise problems.ScannerBusy(device=self._link.name)
            if should_stop():
                self._outcome.stopped_by = "stopped"
                return False
            waited_s += self._link.pause(answer)
        # The host in it is often the device's own idea of its name; ours reached it.
        self._path = urlsplit(answer.headers.get("Location", "")).path.rstrip("/")
        if not self._path:
            raise problems.DriverFailed(device=self._link.name, reason="no job address")
        return True

    def pages(self, most: int | None, should_stop: Callable[[], bool]) -> Iterator[RawFile | RefusedFile]:
        """Pages until the job ends, `most` sides came, or `should_stop`; then tells the copier it is over.

        One page is fetched ahead, while the one before is looked into and made durable.
        """
        decoder = Decoder()
        fetcher = ThreadPoolExecutor(1, "copier")
        coming: Future[Path | None] | None = fetcher.submit(self._next_page)
        asked_for = 1
        try:
            while coming is not None:
                path = self._wait_for(coming, should_stop)
                coming = None
                if path is None:
                    self._outcome.stopped_by = "stopped" if self._is_over else "empty"
                    return
                self._outcome.stopped_by = self._why_no_more(asked_for, most, should_stop)
                if not self._outcome.stopped_by:
                    coming = fetcher.submit(self._next_page)
                    asked_for += 1
                try:
                    yield self._look_into(path, decoder)
                except problems.PageCutOff:
                    # The operator feeds the sheets behind it again: the one on its way must not come twice.
                    _drop(coming)
                    raise
        finally:
            if (
                coming is not None
            ):  # the caller has lost interest; a sheet that is being drawn in is still kept
                wait([coming], STOP_PATIENCE_S)
            self._is_over = True
            fetcher.shutdown(wait=False)
            decoder.close()
            self._end()

    def _why_no_more(self, asked_for: int, most: int | None, should_stop: Callable[[], bool]) -> str:
        """How the batch ends with the page that has just come; empty while it goes on."""
        if most is not None and asked_for >= most:
            return "count"
        back_is_due = self._plan.source == "adf-duplex" and asked_for % 2
        return "stopped" if should_stop() and not back_is_due else ""

    def _wait_for(self, coming: "Future[Path | None]", should_stop: Callable[[], bool]) -> Path | None:
        """The page on its way. When Stop is pressed and it does not come, the copier is told to give up."""
        stop_seen_s = 0.0
        while not wait([coming], STOP_EVERY_S).done:
            if not should_stop():
                continue
            stop_seen_s += STOP_EVERY_S
            if stop_seen_s >= STOP_PATIENCE_S:
                self._is_over = True
                self._end()
                return None
        return coming.result()

    def _look_at_feeder(self) -> str:
        """The feeder's state before the job. Some copiers jam when asked to feed nothing, so "empty" is believed
        when it is said twice, unless the server is known never to see paper."""
        feeder = self._link.status().feeder
        if self._plan.source == "flatbed" or "empty" not in feeder.lower():
            return feeder
        if any(server in self._link.server.lower() for server in NO_PAPER_SENSOR):
            return feeder
        self._link.wait(END_ASKED_EVERY_S)
        feeder = self._link.status().feeder
        if "empty" in feeder.lower():
            raise problems.NoPaper(device=self._link.name)
        return feeder

    def _next_page(self) -> Path | None:
        """Fetches the next page; None when the job has no more.

        Raises:
            ScannerProblem: the job ended with a fault, or nothing came for too long.
        """
        asked_again = 0
        silent_since_s = time.monotonic()
        while time.monotonic() - silent_since_s < PAGE_LIMIT_S:
            if self._is_over:
                return None
            try:
                with self._link.client.stream("GET", self._url("NextDocument")) as answer:
                    if answer.status_code == httpx.codes.OK:
                        return self._receive(answer)
            except httpx.HTTPError as error:
                raise self._link.problem(error) from error
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                self._link.pause(answer)
                continue
            status = self._link.status()
            state, left = self._state(status)
            says_more = state in RUNNING or bool(left) or "loaded" in status.feeder.lower()
            if not says_more or asked_again == END_ASKED_TIMES:
                self._raise_fault(status, state, answer.status_code)
                return None
            asked_again += 1
            self._link.wait(END_ASKED_EVERY_S)
        raise problems.ScannerSilent(device=self._link.name, seconds=round(PAGE_LIMIT_S))

    def _receive(self, answer: httpx.Response) -> Path:
        """The page's bytes as a file. Without a length, a page cut off shows only when it is decoded."""
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        name = f"side-{self._fetched + 1:06d}{MEDIA_SUFFIXES.get(media_type, '.bin')}"
        part, path = self._folder / f"{name}.part", self._folder / name
        received = 0
        try:
            with full_disk_in_words(self._folder), part.open("wb") as stream:
                for chunk in answer.iter_bytes():
                    received += stream.write(chunk)
                    if received > LIMITS.file_bytes:
                        raise problems.DriverFailed(device=self._link.name, reason="a page without end")
        except httpx.HTTPError as error:
            part.unlink(missing_ok=True)
            log.info("a page was cut off: %r", error)
            raise self._cut_off(self._fetched + 1) from error
        part.replace(path)
        self._fetched += 1
        return path

    def _look_into(self, path: Path, decoder: Decoder) -> RawFile | RefusedFile:
        found = decoder.inspect(path, LIMITS)
        first = self._outcome.sides == 0
        name = f"{self._link.name} {self._outcome.sides + 1}"
        if isinstance(found, RefusedFile):
            if found.sentence in (problems.HALF_WRITTEN, problems.EMPTY_FILE):
                path.unlink()
                raise self._cut_off(self._outcome.sides + 1)
            self._outcome.sides += 1
            return replace(found, name=name, values={**found.values, "name": name})
        frames = tuple(self._with_dpi(frame) for frame in found.frames)
        self._outcome.sides += len(frames)
        job = Job(self._link.name, self._plan.width_mm, self._plan.height_mm)
        remarks = (*self._plan.remarks, *size_remarks(frames[0], job)) if first else ()
        return RawFile(path, name, found.media_type, frames, remarks=remarks)

    def _with_dpi(self, frame: Frame) -> Frame:
        """The asked resolution where the page's width agrees with it: copiers leave it out or write the screen's."""
        expected_px = self._plan.width_mm / MM_PER_INCH * self._plan.dpi
        agrees = abs(frame.width_px - expected_px) <= expected_px * WIDTH_TOLERANCE
        return replace(frame, dpi=self._plan.dpi) if agrees else frame

    def _raise_fault(self, status: Status, state: str, code: int) -> None:
        """Raises when the job ended by a fault and not by the last sheet."""
        fault = self._link.feeder_fault(status.feeder)
        is_stale = status.feeder == self._feeder_before and state == "completed"
        if fault is not None and not is_stale:
            raise fault
        if code in DENIED:
            raise problems.AccessDenied(device=self._link.name)
        if state == "aborted":
            raise problems.DriverFailed(device=self._link.name, reason="the copier gave the job up")
        if code == httpx.codes.CONFLICT or code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise problems.DriverFailed(device=self._link.name, reason=f"HTTP {code}")
        if self._fetched == 0:
            raise problems.NoPaper(device=self._link.name)

    def _state(self, status: Status) -> tuple[str, int | None]:
        for uri, (state, left) in status.jobs.items():
            if urlsplit(uri).path.rstrip("/") == self._path:
                return state.lower(), left
        return "", None

    def _cut_off(self, page: int) -> problems.PageCutOff:
        return problems.PageCutOff(device=self._link.name, page=page)

    def _url(self, what: str) -> str:
        return self._link.url(f"{self._path}/{what}".rstrip("/"))

    def _end(self) -> None:
        """Tells the copier that we are through; what it makes of that is its own business."""
        try:
            self._link.client.delete(self._url(""), timeout=CONNECT_LIMIT_S)
        except httpx.HTTPError as error:
            log.info("the copier did not hear the end of the job: %r", error)


def _drop(coming: "Future[Path | None] | None") -> None:
    """Takes a page away that was fetched ahead, whatever became of it."""
    if coming is None:
        return
    wait([coming], CONNECT_LIMIT_S)
    if coming.done() and coming.exception() is None and (path := coming.result()) is not None:
        path.unlink(missing_ok=True)
