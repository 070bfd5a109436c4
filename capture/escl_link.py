"""The connection to one copier: its certificate, its capabilities, its state, and faults in words."""

import logging
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urljoin

import httpx

from capture import problems
from capture.escl_find import Address
from capture.escl_trust import Trust
from capture.escl_wire import BadXml, Capabilities, Status, parse_capabilities, parse_status
from station.core.errors import ScannerProblem

log = logging.getLogger(__name__)

CONNECT_LIMIT_S = 10.0
# A3 at 600 dpi colour from a slow copier, and its warm-up before the first.
PAGE_LIMIT_S = 120.0
BUSY_ASKED_EVERY_S = 1.0
LONGEST_RETRY_AFTER_S = 10.0
DENIED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
FEEDER_FAULTS: tuple[tuple[str, type[ScannerProblem]], ...] = (
    ("multipick", problems.DoubleFeed),
    ("jam", problems.PaperJam),
    ("mispick", problems.PaperJam),
    ("pagetoo", problems.PaperJam),
    ("hatch", problems.CoverOpen),
    ("dooropen", problems.CoverOpen),
    ("inputtray", problems.TrayFault),
)


class Link:
    """An open connection to a copier that answered; use it as a context.

    Raises on opening:
        ScannerOffline, StrangeCertificate, AccessDenied; DriverFailed when it does not speak eSCL.
    """

    def __init__(self, address: Address, trust: Trust, wait: Callable[[float], None]) -> None:
        self.wait = wait
        self._address = address
        self.name = address.name
        try:
            verify = trust.context(address.key, address.host, address.port) if address.is_tls else True
        except OSError as error:
            raise problems.ScannerOffline(device=address.name) from error
        # Straight to the device: a proxy of the office has no business between.
        self.client = httpx.Client(
            verify=verify,
            trust_env=False,
            timeout=httpx.Timeout(PAGE_LIMIT_S, connect=CONNECT_LIMIT_S),
            headers={"Content-Type": "text/xml"},
        )
        try:
            self.capabilities, self.server = self._meet()
        except BaseException:
            self.client.close()
            raise
        self.name = self.capabilities.model or address.name

    def __enter__(self) -> "Link":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the device."""
        self.client.close()

    def url(self, path: str) -> str:
        """Below the address that reached the device, whatever host the device calls itself."""
        return urljoin(self._address.url, path)

    def ask(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        """Raises a ScannerProblem when the device does not answer; its answer may still be a refusal."""
        try:
            return self.client.request(method, self.url(path), content=content)
        except httpx.HTTPError as error:
            raise self.problem(error) from error

    def status(self) -> Status:
        """What the copier says it is doing; empty words when it says nothing readable."""
        try:
            return parse_status(self.ask("GET", "ScannerStatus").content)
        except BadXml:
            return Status("", "", {})

    def pause(self, answer: httpx.Response) -> float:
        """Waits as long as the device asked, within reason; returns the seconds."""
        asked = answer.headers.get("Retry-After", "")
        seconds = min(float(asked), LONGEST_RETRY_AFTER_S) if asked.isdecimal() else BUSY_ASKED_EVERY_S
        seconds = max(seconds, BUSY_ASKED_EVERY_S / 10)
        self.wait(seconds)
        return seconds

    def feeder_fault(self, feeder: str) -> ScannerProblem | None:
        for word, problem in FEEDER_FAULTS:
            if word in feeder.lower():
                return problem(device=self.name)
        return None

    def refusal(self, code: int) -> ScannerProblem:
        """The sentence for a job that the copier did not take."""
        if code in DENIED:
            return problems.AccessDenied(device=self.name)
        fault = self.feeder_fault(self.status().feeder)
        if fault is not None:
            return fault
        if code in (httpx.codes.CONFLICT, httpx.codes.BAD_REQUEST):
            return problems.SettingRefused(device=self.name, reason=f"HTTP {code}")
        return problems.DriverFailed(device=self.name, reason=f"HTTP {code}")

    def problem(self, error: httpx.HTTPError) -> ScannerProblem:
        """The sentence for a connection that failed."""
        log.info("a copier failed: %r", error)
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return problems.StrangeCertificate(device=self.name)
        if isinstance(error, httpx.ReadTimeout):
            return problems.ScannerSilent(device=self.name, seconds=round(PAGE_LIMIT_S))
        return problems.ScannerOffline(device=self.name)

    def _meet(self) -> tuple[Capabilities, str]:
        answer = self.ask("GET", "ScannerCapabilities")
        if answer.status_code in DENIED:
            raise problems.AccessDenied(device=self.name)
        if answer.status_code != httpx.codes.OK:
            raise problems.DriverFailed(device=self.name, reason=f"HTTP {answer.status_code}")
        try:
            return parse_capabilities(answer.content), answer.headers.get("Server", "")
        except BadXml as error:
            raise problems.DriverFailed(device=self.name, reason="it does not speak eSCL") from error
