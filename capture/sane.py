"""Scanners on Linux, through SANE.

Every call goes to scanimage, in a process of its own: a backend that hangs or crashes never touches the
station. A device's identity is its serial number where it has one; the bus and address that SANE puts in its
names change with the socket and are looked up again at each scan.

SANE_CONFIG_DIR is honoured. The `test` device is there only under STATION_SANE_TEST=1, so that no clerk meets a
scanner that does not exist.
"""

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from capture import problems
from capture.batch import SILENCE_S, Job, Outcome, run_batch
from capture.host import Child
from capture.sane_options import Plan, parse_options, plan, shows_double_feed, source_argument
from capture.source import Device, RawFile, ScanSettings
from station.core.errors import ScannerProblem, StationError

log = logging.getLogger(__name__)

PREFIX = "sane:"
# Network backends ask the whole network and answer after 5 to 15 s; a hanging one must not stop the others.
LIST_LIMIT_S = 40.0
OPTIONS_LIMIT_S = 60.0
USB_FOLDER = Path("/sys/bus/usb/devices")
USB_NAME = re.compile(r"^(?P<backend>[\w-]+):libusb:(?P<bus>\d+):(?P<address>\d+)(?P<rest>.*)$")
# The bus of another computer cannot be looked up on this one.
NOT_HERE = Path(os.devnull)
# Pillow's memory for two A3 sides is kept from side to side: fetching it anew costs the kernel 0.04 s a side.
KEEP_PIXELS = {"PILLOW_BLOCK_SIZE": "16m", "PILLOW_BLOCKS_MAX": "12"}
# A name with a network address in it, which drivers take from whoever knows it though they announce nothing there.
BY_ADDRESS = re.compile(r"^[\w-]+:.*(://|\b\d{1,3}(\.\d{1,3}){3}\b)|^net:[^:]+:.+")
# Cameras are devices to SANE; no paper goes through them.
NO_SCANNERS = ("v4l:",)

# The words of sane_strstatus, the same in every version but for one letter of "cancelled"; each with the sentence
# for it. Then scanimage's own words for an option that the device refuses.
FAULTS: tuple[tuple[str, type[ScannerProblem]], ...] = (
    ("out of documents", problems.NoPaper),
    ("jammed", problems.PaperJam),
    ("cover is open", problems.CoverOpen),
    ("busy", problems.ScannerBusy),
    ("lamp not ready", problems.ScannerBusy),
    ("locked for transport", problems.HeadLocked),
    ("was cancel", problems.StoppedAtDevice),
    ("end of file", problems.SideLost),
    ("out of memory", problems.ScannerMemory),
    ("access to resource has been denied", problems.AccessDenied),
    ("error during device i/o", problems.ScannerOffline),
    ("invalid argument", problems.SettingRefused),
    ("not supported", problems.SettingRefused),
    ("setting of option", problems.SettingRefused),
    ("unrecognized option", problems.SettingRefused),
)
# After these the device may come back in another place, or offer other options than before.
LOST = (
    problems.ScannerOffline,
    problems.SettingRefused,
    problems.DriverFailed,
    problems.ScannerSilent,
    problems.AccessDenied,
)


@dataclass(frozen=True)
class Found:
    """A device as SANE names it today, and as the station names it for ever."""

    id: str
    sane_name: str
    name: str
    kind: str

    @property
    def device(self) -> Device:
        return Device(self.id, self.name, "sane", available=True)


class _Memory:
    """What was asked of SANE once and holds until a scan fails: looking around the network takes seconds, opening a
    device to read its options one or two, and the operator has pressed F5."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], Found] = {}
        self.plans: dict[tuple[str, str, str], Plan] = {}


_memory = _Memory()


class SaneSource:
    """SANE's devices as a CaptureSource.

    A device once found is driven without looking around again; when it does not open, its place is looked up anew.

    Args:
        program: scanimage, or what stands in for it.
        silence_s: a device that sends nothing for so long is stopped.
    """

    def __init__(self, program: str = "scanimage", silence_s: float = SILENCE_S) -> None:
        self._program = program
        self._silence_s = silence_s
        self._place = f"{program} {os.environ.get('STATION_SANE_TEST')} {os.environ.get('SANE_CONFIG_DIR')}"
        #: How the last batch ended.
        self.outcome = Outcome()

    def list_devices(self) -> list[Device]:
        return [found.device for found in self.list_found()]

    def list_found(self) -> list[Found]:
        """Devices with today's SANE names; empty when SANE is not installed or does not answer."""
        return self.begin_listing()()

    def begin_listing(self) -> Callable[[], list[Found]]:
        """Starts asking for devices; the answer is waited for when the returned function is called."""
        if shutil.which(self._program) is None:
            return list
        asking = subprocess.Popen(
            [self._program, "-f", "%d\t%v\t%m\t%t%n"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_words(),
        )

        def collect() -> list[Found]:
            with asking:
                try:
                    rows, _ = asking.communicate(timeout=LIST_LIMIT_S)
                except subprocess.TimeoutExpired:
                    asking.kill()
                    log.info("SANE did not name its devices within %d s", LIST_LIMIT_S)
                    return []
            found = name_devices(rows.decode(errors="replace"), USB_FOLDER)
            for place, device_id in [key for key in _memory.found if key[0] == self._place]:
                del _memory.found[place, device_id]
            _memory.found.update({(self._place, each.id): each for each in found})
            return found

        return collect

    def plan(self, device_id: str, settings: ScanSettings) -> Plan:
        """What a scan with these settings will ask of the device, and what of the wish it cannot do.

        Raises:
            UnknownDevice: it is not there.
            ScannerProblem: it does not answer.
        """
        return self._find_and_plan(device_id, settings)[1]

    def scan(
        self, device_id: str, settings: ScanSettings, spool: Path, should_stop: Callable[[], bool]
    ) -> Iterator[RawFile]:
        """Sides as they come until the feeder is empty, the asked number is reached or `should_stop`.

        Calling it again after a fault continues the pile.

        Raises:
            ScannerProblem: after all sides before the fault.
        """
        found, planned = self._find_and_plan(device_id, settings)
        self.outcome = Outcome()
        job = Job(
            found.name,
            planned.width_mm,
            planned.height_mm,
            planned.remarks,
            self._silence_s,
            self.outcome,
        )
        request = {
            "program": self._program,
            "device": found.sane_name,
            "arguments": planned.arguments,
            "dpi": planned.dpi,
            "two_sided": planned.source == "adf-duplex",
            "silence_s": self._silence_s,
            "count": 1 if planned.source == "flatbed" else settings.max_sides,
        }
        child = Child("capture.sane_driver", environment={**sane_environment(), **KEEP_PIXELS})
        try:
            yield from run_batch(
                child, request, job, spool, should_stop, lambda words, sides: self._fault(found, words, sides)
            )
        except LOST:
            self._forget(found)
            raise

    def _find_and_plan(self, device_id: str, settings: ScanSettings) -> tuple[Found, Plan]:
        remembered = _memory.found.get((self._place, device_id))
        if remembered is not None and _is_still_there(remembered):
            try:
                return remembered, self._plan(remembered, settings)
            except ScannerProblem as problem:
                log.info("a scanner is looked for again: %s", type(problem).__name__)
                self._forget(remembered)
        found = self._find(device_id)
        return found, self._plan(found, settings)

    def _find(self, device_id: str) -> Found:
        for found in self.list_found():
            if device_id in (found.id, f"{PREFIX}{found.sane_name}"):
                return found
        if (by_hand := device_by_address(device_id)) is not None:
            _memory.found[self._place, device_id] = by_hand
            return by_hand
        raise problems.UnknownDevice(device=device_id.removeprefix(PREFIX))

    def _plan(self, found: Found, settings: ScanSettings) -> Plan:
        key = (self._place, found.sane_name, repr(settings))
        if key not in _memory.plans:
            _memory.plans[key] = self._ask_plan(found, settings)
        return _memory.plans[key]

    def _forget(self, found: Found) -> None:
        _memory.found.pop((self._place, found.id), None)
        for key in [key for key in _memory.plans if key[:2] == (self._place, found.sane_name)]:
            del _memory.plans[key]

    def _ask_plan(self, found: Found, settings: ScanSettings) -> Plan:
        device = f"--device-name={found.sane_name}"
        options = parse_options(self._call(device, "-A", limit_s=OPTIONS_LIMIT_S, name=found.name))
        chosen = source_argument(options, settings.source)
        if chosen is not None:
            options = parse_options(
                self._call(device, chosen, "-A", limit_s=OPTIONS_LIMIT_S, name=found.name)
            )
        return plan(options, settings, found.name, found.kind)

    def _fault(self, found: Found, words: str, sides: int) -> StationError:
        """The sentence for SANE's words. A double feed is a jam to SANE; the device's sensor tells them apart."""
        problem = problem_of(words, found.name)
        if isinstance(problem, problems.PaperJam):
            try:
                options = parse_options(
                    self._call(
                        f"--device-name={found.sane_name}", "-A", limit_s=OPTIONS_LIMIT_S, name=found.name
                    )
                )
            except StationError:
                return problem
            if shows_double_feed(options):
                return problems.DoubleFeed(device=found.name)
        return problem

    def _call(self, *arguments: str, limit_s: float, name: str = "SANE") -> str:
        """Runs scanimage and returns what it printed.

        Raises:
            DriverMissing, ScannerSilent; the sentence for its words when it failed.
        """
        if shutil.which(self._program) is None:
            raise problems.DriverMissing(program=self._program)
        try:
            run = subprocess.run(
                [self._program, *arguments],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=limit_s,
                check=False,
                stdin=subprocess.DEVNULL,
                env=_words(),
            )
        except subprocess.TimeoutExpired:
            raise problems.ScannerSilent(device=name, seconds=round(limit_s)) from None
        if run.returncode != 0:
            words = run.stderr.strip().rpartition("\n")[2].removeprefix("scanimage: ")
            log.info("scanimage %s: %s", arguments[-1], words)
            raise problem_of(words, name)
        return run.stdout


def device_by_address(device_id: str) -> Found | None:
    """A device named by SANE's own name for a network address, such as `sane:epson2:net:192.0.2.7` or
    `sane:net:scan-server:fujitsu:fi-7160`, which SANE opens without listing it; None for any other id."""
    sane_name = device_id.removeprefix(PREFIX)
    if device_id == sane_name or not BY_ADDRESS.match(sane_name):
        return None
    return Found(device_id, sane_name, sane_name, "scanner")


def _words() -> dict[str, str]:
    """Variables for scanimage, whose words we read: in English."""
    return {**os.environ, **sane_environment(), "LC_ALL": "C"}


def problem_of(words: str, device: str) -> ScannerProblem:
    """The sentence for what SANE or scanimage said."""
    for part, problem in FAULTS:
        if part in words.casefold():
            return problem(device=device, reason=words)
    return problems.DriverFailed(device=device, reason=words)


def sane_environment() -> dict[str, str]:
    """Variables for SANE: its configuration folders as set, and our `test` device when asked for."""
    if os.environ.get("STATION_SANE_TEST") != "1":
        return {}
    own = str(files("resources") / "sane")
    given = os.environ.get("SANE_CONFIG_DIR")
    return {"SANE_CONFIG_DIR": f"{given}{os.pathsep}{own}" if given else own}


def name_devices(rows: str, usb_folder: Path) -> list[Found]:
    """Devices from scanimage's list (name, vendor, model, kind, parted by tabs), with stable ids.

    Two devices that cannot be told apart are numbered in the order of their names.
    """
    found: list[Found] = []
    taken: dict[str, int] = {}
    for row in sorted(rows.splitlines()):
        parts = row.split("\t")
        if len(parts) < 4 or parts[0].startswith(NO_SCANNERS):
            continue
        sane_name, vendor, model, kind = (part.strip() for part in parts[:4])
        label = " ".join(word for word in (vendor, model) if word and word != "Noname")
        identity = _stable(sane_name, label, usb_folder)
        taken[identity] = taken.get(identity, 0) + 1
        number = f"#{taken[identity]}" if taken[identity] > 1 else ""
        found.append(Found(f"{PREFIX}{identity}{number}", sane_name, label + (number and f" {number}"), kind))
    return found


def _stable(sane_name: str, label: str, usb_folder: Path) -> str:
    """SANE's name without what changes: bus and address, running numbers, network address."""
    if sane_name.startswith("net:"):
        host, _, rest = sane_name.removeprefix("net:").partition(":")
        return f"net:{host}:{_stable(rest, label, NOT_HERE)}"
    if usb := USB_NAME.match(sane_name):
        serial = _usb_serial(int(usb["bus"]), int(usb["address"]), usb_folder)
        return f"{usb['backend']}:{serial or _slug(label)}{usb['rest']}"
    if airscan := re.match(r"^airscan:([ew])\d+:(.*)$", sane_name):
        return f"airscan:{airscan[1]}:{_slug(airscan[2])}"
    if sane_name.startswith("hpaio:/net/"):
        return re.sub(r"[?&]ip=[^&]*", "", sane_name)
    return _slug(sane_name)


def _is_still_there(found: Found) -> bool:
    """Whether SANE's name still means this device; only the place of a USB device can be checked from here."""
    usb = USB_NAME.match(found.sane_name)
    if usb is None:
        return True
    serial = _usb_serial(int(usb["bus"]), int(usb["address"]), USB_FOLDER)
    return serial is not None and serial in found.id


def _usb_serial(bus: int, address: int, usb_folder: Path) -> str | None:
    """Maker, product and serial number of the USB device at an address, None when it has no serial number."""
    for device in usb_folder.glob("*"):
        facts = {
            name: _read(device / name) for name in ("busnum", "devnum", "serial", "idVendor", "idProduct")
        }
        if facts["busnum"].isdecimal() and (int(facts["busnum"]), int(facts["devnum"] or 0)) == (
            bus,
            address,
        ):
            return (
                f"{facts['idVendor']}-{facts['idProduct']}-{_slug(facts['serial'])}"
                if facts["serial"]
                else None
            )
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _slug(text: str) -> str:
    return re.sub(r"\s+", "-", text.strip())
