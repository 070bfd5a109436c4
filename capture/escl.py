"""Network copiers without a driver: eSCL over HTTP, as every maker has shipped since about 2015.

Found by mDNS or given by address; known by its UUID wherever it stands, by its address where it tells none.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
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
        """Copiers given by hand, whether they answer or not, then those that announce themselves."""
        devices: dict[str, Device] = {}
        for given in self._given:
            address, answers = self._meet(given)
            devices[_id_of(address)] = Device(_id_of(address), address.name, "escl", available=answers)
        for address in self._discover():
            devices.setdefault(_id_of(address), Device(_id_of(address), address.name, "escl", available=True))
        return list(devices.values())

    def _meet(self, given: Address) -> tuple[Address, bool]:
        """A copier given by hand under its own name and UUID, remembered ones where it does not answer."""
        try:
            with self._link(given) as link:
                met = replace(given, name=link.name, uuid=link.capabilities.uuid)
        except ScannerProblem as problem:
            log.info("a copier given by hand does not answer: %s", type(problem).__name__)
            return next((met for met in self._trust.list_met() if met.url == given.url), given), False
        self._trust.note(met)
        return met, True

    def forget_certificate(self, device_id: str) -> None:
        """The copier's next certificate is trusted anew, after IT staff have said so.

        Raises:
            UnknownDevice: no copier of that id was ever met.
        """
        wanted = device_id.removeprefix(PREFIX)
        address = _by_hand(wanted) or self._trust.find_met(wanted)
        if address is None:
            raise problems.UnknownDevice(device=wanted)
        self._trust.forget(address.key)

    def plan(self, device_id: str, settings: ScanSettings) -> JobPlan:
        """What a scan with these settings will ask, and what of the wish cannot be had."""
        with self._open(device_id) as link:
            return plan_job(link.capabilities, settings, link.name)

    def scan(
        self, device_id: str, settings: ScanSettings, spool: Path, should_stop: Callable[[], bool]
    ) -> Iterator[RawFile | RefusedFile]:
        """Pages as they come until the job ends, the asked number is reached or `should_stop`.

        Raises:
            ScannerProblem: after all pages before the fault.
        """
        self.outcome = Outcome()
        with self._open(device_id) as link:
            plan = plan_job(link.capabilities, settings, link.name)
            folder = new_folder(spool, link.name, plan.dpi)
            try:
                job = EsclJob(link, plan, folder, self.outcome)
                if job.start(should_stop):
                    most = 1 if plan.source == "flatbed" else settings.max_sides
                    yield from job.pages(most, should_stop)
            finally:
                remove_when_empty(folder)

    def _open(self, device_id: str) -> Link:
        """A connection to the device where it was met last, else where it is found now."""
        wanted = device_id.removeprefix(PREFIX)
        if (address := _by_hand(wanted)) is not None:
            return self._link(address)
        failure: ScannerProblem = problems.UnknownDevice(device=wanted)
        for address in self._places(wanted):
            try:
                link = self._link(address)
            except (problems.ScannerOffline, problems.StrangeCertificate) as problem:
                log.info("a copier is looked for elsewhere: %s", type(problem).__name__)
                failure = problem
                continue
            if link.capabilities.uuid in ("", wanted):
                self._trust.note(replace(address, name=link.name))
                return link
            link.close()  # another device has taken its address
        for address in self._discover():
            if address.uuid == wanted:
                return self._link(address)
        raise failure

    def _places(self, uuid: str) -> list[Address]:
        """Where to try before the network is asked: the last place, then what was given by hand and not met yet."""
        met = self._trust.find_met(uuid)
        taken = {address.url for address in self._trust.list_met()}
        new = [replace(address, uuid=uuid) for address in self._given if address.url not in taken]
        return [met, *new] if met else new

    def _discover(self) -> list[Address]:
        found = find_addresses(self._discover_s) if self._discover_s else []
        for address in found:
            self._trust.note(address)
        return found

    def _link(self, address: Address) -> Link:
        return Link(address, self._trust, self._wait)


def _id_of(address: Address) -> str:
    return PREFIX + (address.uuid or address.url)


def _by_hand(wanted: str) -> Address | None:
    """The address that an id is, None where it is a UUID."""
    return Address.from_url(wanted) if wanted.startswith(("http://", "https://")) else None
