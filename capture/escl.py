"""Network copiers without a driver: eSCL over HTTP, as every maker has shipped since about 2015.

Found by mDNS or given by address. A copier found is known by its UUID, one given by hand by its address.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from capture import problems
from capture.batch import Outcome, new_folder, remove_when_empty
from capture.escl_find import Address, find_addresses
from capture.escl_job import EsclJob
from capture.escl_link import Link
from capture.escl_trust import Trust
from capture.escl_wire import JobPlan, plan_job
from capture.source import Device, RawFile, RefusedFile, ScanSettings
from station.core.errors import ScannerProblem

log = logging.getLogger(__name__)

PREFIX = "escl:"


class EsclSource:
    """Network copiers as a CaptureSource.

    Args:
        addresses: copiers given by hand, as URLs ("http://192.0.2.7/eSCL"); listed even when they do not answer.
        trust_file: where certificates are remembered; None: as long as this source lives.
        discover_s: how long mDNS answers are waited for; 0 leaves the network alone.
        wait: how time passes between two questions to a device.
    """

    def __init__(
        self,
        addresses: Sequence[str] = (),
        trust_file: Path | None = None,
        discover_s: float = 2.0,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._given = [Address.from_url(url) for url in addresses]
        self._trust = Trust(trust_file)
        self._discover_s = discover_s
        self._wait = wait
        #: How the last batch ended.
        self.outcome = Outcome()

    def list_devices(self) -> list[Device]:
        devices = []
        for address in self._given:
            try:
                with self._link(address) as link:
                    devices.append(Device(PREFIX + address.url, link.name, "escl", available=True))
            except ScannerProblem as problem:
                log.info("a copier given by hand does not answer: %s", type(problem).__name__)
                devices.append(Device(PREFIX + address.url, address.name, "escl", available=False))
        given = {(address.host, address.port) for address in self._given}
        devices += [
            Device(PREFIX + (address.uuid or address.url), address.name, "escl", available=True)
            for address in self._discover()
            if (address.host, address.port) not in given
        ]
        return devices

    def forget_certificate(self, device_id: str) -> None:
        """The copier's next certificate is trusted anew, after IT staff have said so."""
        self._trust.forget(self._find(device_id).key)

    def plan(self, device_id: str, settings: ScanSettings) -> JobPlan:
        """What a scan with these settings will ask, and what of the wish cannot be had."""
        with self._link(self._find(device_id)) as link:
            return plan_job(link.capabilities, settings, link.name)

    def scan(
        self, device_id: str, settings: ScanSettings, spool: Path, should_stop: Callable[[], bool]
    ) -> Iterator[RawFile | RefusedFile]:
        """Pages as they come until the job ends, the asked number is reached or `should_stop`.

        Raises:
            ScannerProblem: after all pages before the fault.
        """
        self.outcome = Outcome()
        with self._link(self._find(device_id)) as link:
            plan = plan_job(link.capabilities, settings, link.name)
            folder = new_folder(spool, link.name, plan.dpi)
            try:
                job = EsclJob(link, plan, folder, self.outcome)
                if job.start(should_stop):
                    most = 1 if plan.source == "flatbed" else settings.max_sides
                    yield from job.pages(most, should_stop)
            finally:
                remove_when_empty(folder)

    def _find(self, device_id: str) -> Address:
        wanted = device_id.removeprefix(PREFIX)
        if wanted.startswith(("http://", "https://")):
            return Address.from_url(wanted)
        for address in self._discover():
            if address.uuid == wanted:
                return address
        raise problems.UnknownDevice(device=wanted)

    def _discover(self) -> list[Address]:
        return find_addresses(self._discover_s) if self._discover_s else []

    def _link(self, address: Address) -> Link:
        return Link(address, self._trust, self._wait)
