"""Network copiers: the protocol as written, and as copiers really speak it."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from zeroconf import ServiceInfo, Zeroconf

from capture import problems
from capture.batch import list_left
from capture.escl import EsclSource
from capture.escl_find import Address
from capture.escl_trust import Trust
from capture.escl_wire import BadXml, parse_capabilities
from capture.source import RawFile, RefusedFile, ScanSettings
from station.core.errors import ScannerProblem
from tests.capture.escl_device import UUID, EsclDevice, Manners, running, sign_own

BOTH = ScanSettings(source="adf-duplex", dpi=50, page_width_mm=210, page_height_mm=297)
FRONTS = ScanSettings(source="adf", dpi=50, page_width_mm=210, page_height_mm=297)
GLASS = ScanSettings(source="flatbed", dpi=50, page_width_mm=210, page_height_mm=297)


@pytest.fixture
def copier() -> Iterator[Callable[..., EsclDevice]]:
    """Starts a copier with the given manners."""
    with ExitStack() as stack:
        yield lambda certificate=None, **manners: stack.enter_context(
            running(Manners(**manners), certificate)
        )


def never() -> bool:
    return False


def soon(seconds: float) -> None:
    """Time passes faster here; the order of questions stays."""


def source_of(device: EsclDevice, trust: Path | None = None) -> EsclSource:
    return EsclSource([device.url], trust, discover_s=0, wait=soon)


def fetch(device: EsclDevice, settings: ScanSettings, spool: Path) -> list[RawFile | RefusedFile]:
    return list(source_of(device).scan(f"escl:{device.url}", settings, spool, never))


def until_fault(
    device: EsclDevice, spool: Path, kind: type[ScannerProblem], settings: ScanSettings = FRONTS
) -> list[RawFile | RefusedFile]:
    pages: list[RawFile | RefusedFile] = []
    scanning = source_of(device).scan(f"escl:{device.url}", settings, spool, never)
    with pytest.raises(kind):
        while True:
            pages.append(next(scanning))
    return pages


def test_both_sides_of_every_sheet(copier: Callable[..., EsclDevice], spool: Path) -> None:
    device = copier(sheets=3)
    source = source_of(device)
    pages = list(source.scan(f"escl:{device.url}", BOTH, spool, never))
    assert len(pages) == 6
    assert (source.outcome.sides, source.outcome.stopped_by) == (6, "empty")
    for page in pages:
        assert isinstance(page, RawFile)
        assert (page.media_type, page.frames[0].dpi, page.frames[0].mode) == ("image/jpeg", 50, "colour")
    (job,) = device.asked.jobs
    assert (job["InputSource"], job["Duplex"], job["ColorMode"], job["XResolution"]) == (
        "Feeder",
        "true",
        "RGB24",
        "50",
    )
    assert device.asked.deleted == ["/eSCL/ScanJobs/1"]


def test_one_side_and_glass(copier: Callable[..., EsclDevice], spool: Path) -> None:
    device = copier(sheets=2)
    assert len(fetch(device, GLASS, spool)) == 1
    assert len(fetch(device, FRONTS, spool)) == 2
    assert device.asked.jobs[0]["InputSource"] == "Platen"
    assert "Duplex" not in device.asked.jobs[0]


def test_a_number_of_sides_can_be_asked_for(copier: Callable[..., EsclDevice], spool: Path) -> None:
    device = copier(sheets=5)
    settings = ScanSettings(source="adf", dpi=50, max_sides=2)
    assert len(fetch(device, settings, spool)) == 2


def test_a_pdf_from_the_copier_has_a_frame_for_each_page(
    copier: Callable[..., EsclDevice], spool: Path
) -> None:
    (page,) = fetch(copier(sheets=3, form="application/pdf"), FRONTS, spool)
    assert isinstance(page, RawFile)
    assert page.media_type == "application/pdf"
    assert len(page.frames) == 3


@pytest.mark.parametrize(
    "manners",
    [
        {"early_404": 2},
        {"busy_page": 3},
        {"busy_job": 2},
        {"length": "close"},
        {"length": "chunked"},
        {"location": "relative"},
        {"location": "other-host"},
        {"feeder_state": "ScannerAdfProcessing"},
        {"feeder_state": "ScannerAdfJam", "feeder_after": "ScannerAdfJam"},
        {"feeder_state": "ScannerAdfEmpty", "server": "AirSane"},
        {"dpi_in_file": False},
    ],
    ids=lambda manners: ",".join(manners),
)
def test_bad_manners_cost_no_page(
    copier: Callable[..., EsclDevice], spool: Path, manners: dict[str, object]
) -> None:
    pages = fetch(copier(sheets=3, **manners), BOTH, spool)
    assert len(pages) == 6
    assert all(isinstance(page, RawFile) and page.frames[0].dpi == 50 for page in pages)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("ScannerAdfJam", problems.PaperJam),
        ("ScannerAdfMultipickDetected", problems.DoubleFeed),
        ("ScannerAdfHatchOpen", problems.CoverOpen),
        ("ScannerAdfMispick", problems.PaperJam),
        ("ScannerAdfDuplexPageTooLong", problems.PaperJam),
        ("ScannerAdfInputTrayOverloaded", problems.TrayFault),
    ],
)
def test_pages_before_a_fault_are_kept_and_the_batch_goes_on(
    copier: Callable[..., EsclDevice], spool: Path, state: str, kind: type[ScannerProblem]
) -> None:
    device = copier(sheets=5, fault_after=2, fault=state)
    pages = until_fault(device, spool, kind)
    assert len(pages) == 2
    device.server.manners.fault_after = None
    device.server.load(3)
    pages += fetch(device, FRONTS, spool)
    assert len(pages) == 5


def test_pages_before_a_copier_lost_its_power_are_kept_and_the_batch_goes_on(
    copier: Callable[..., EsclDevice], spool: Path
) -> None:
    device = copier(sheets=5, vanish_after=3)
    pages = until_fault(device, spool, problems.ScannerOffline)
    ((_, left),) = list_left(spool)
    assert len(pages) == len(left) == 3
    device.server.manners.vanish_after = None
    device.server.load(2)
    pages += fetch(device, FRONTS, spool)
    assert len(pages) == 5


@pytest.mark.parametrize("length", ["given", "chunked", "close"])
def test_a_page_that_is_cut_off_is_said_and_the_ones_before_are_kept(
    copier: Callable[..., EsclDevice], spool: Path, length: str
) -> None:
    pages = until_fault(copier(sheets=5, cut_page=2, length=length), spool, problems.PageCutOff)
    assert len(pages) == 1
    ((_, left),) = list_left(spool)
    assert [raw.path for raw in left] == [pages[0].path], (
        "the sheets behind it come again, so none is kept twice"
    )


def test_the_next_page_is_fetched_while_one_is_made_durable(
    copier: Callable[..., EsclDevice], spool: Path
) -> None:
    device = copier(sheets=4)
    scanning = source_of(device).scan(f"escl:{device.url}", FRONTS, spool, never)
    next(scanning)
    until_s = time.monotonic() + 10
    while list(device.server.given.values()) != [2] and time.monotonic() < until_s:
        time.sleep(0.01)
    assert list(device.server.given.values()) == [2], "one page ahead, no more"
    assert len(list(scanning)) == 3


def test_a_page_that_was_fetched_ahead_outlives_a_station_that_gave_up(
    copier: Callable[..., EsclDevice], spool: Path
) -> None:
    device = copier(sheets=4)
    scanning = source_of(device).scan(f"escl:{device.url}", FRONTS, spool, never)
    next(scanning)
    scanning.close()  # type: ignore[attr-defined]
    ((_, left),) = list_left(spool)
    assert len(left) == next(iter(device.server.given.values())) == 2


def test_stop_ends_a_job_whose_next_page_never_comes(
    copier: Callable[..., EsclDevice], spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capture.escl_job.STOP_PATIENCE_S", 0.2)
    device = copier(sheets=5, hang_after=2)
    source = source_of(device)
    pages: list[RawFile | RefusedFile] = []
    for page in source.scan(f"escl:{device.url}", FRONTS, spool, lambda: len(pages) >= 2):
        pages.append(page)
    assert len(pages) == 2
    assert source.outcome.stopped_by == "stopped"
    assert device.asked.deleted


def test_an_empty_feeder_is_said(copier: Callable[..., EsclDevice], spool: Path) -> None:
    device = copier(sheets=0)
    assert until_fault(device, spool, problems.NoPaper) == []
    assert device.asked.jobs == [], "some copiers jam when asked to feed nothing"


def test_a_busy_copier_is_said(copier: Callable[..., EsclDevice], spool: Path) -> None:
    assert until_fault(copier(busy_job=-1), spool, problems.ScannerBusy) == []


def test_a_copier_that_wants_a_sign_in_is_said(copier: Callable[..., EsclDevice], spool: Path) -> None:
    assert until_fault(copier(refuse=401), spool, problems.AccessDenied) == []


def test_a_copier_that_is_off_is_said_and_still_listed(spool: Path) -> None:
    source = EsclSource(["http://127.0.0.1:9/eSCL"], discover_s=0, wait=soon)
    (device,) = source.list_devices()
    assert not device.available
    with pytest.raises(problems.ScannerOffline):
        list(source.scan(device.id, FRONTS, spool, never))


def test_a_copier_given_by_hand_keeps_its_id_and_name_when_it_is_off(
    copier: Callable[..., EsclDevice], spool: Path, tmp_path: Path
) -> None:
    memory = tmp_path / "copiers.json"
    device = copier(sheets=2)
    (on,) = source_of(device, memory).list_devices()
    assert (on.id, on.name, on.available) == (f"escl:{UUID}", "Loop Copier A3", True)
    assert len(list(source_of(device, memory).scan(on.id, FRONTS, spool, never))) == 2
    device.server.shutdown()
    device.server.server_close()
    (off,) = source_of(device, memory).list_devices()
    assert (off.id, off.name, off.available) == (on.id, on.name, False)
    with pytest.raises(problems.ScannerOffline):
        list(source_of(device, memory).scan(on.id, FRONTS, spool, never))


def test_a_copier_is_found_at_its_new_address_and_not_looked_for_at_its_old_one(
    copier: Callable[..., EsclDevice], spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "copiers.json"
    looks = 0
    there = copier(sheets=1)

    def announced(_seconds: float) -> list[Address]:
        nonlocal looks
        looks += 1
        return [Address(there.url + "/", "Loop Copier A3", UUID)]

    monkeypatch.setattr("capture.escl.find_addresses", announced)
    for _ in range(2):
        there.server.load(1)
        assert (
            len(list(EsclSource(trust_file=memory, wait=soon).scan(f"escl:{UUID}", FRONTS, spool, never)))
            == 1
        )
    assert looks == 1, "where it was met last is tried first"
    there.server.shutdown()
    there.server.server_close()
    there = copier(sheets=1)
    assert len(list(EsclSource(trust_file=memory, wait=soon).scan(f"escl:{UUID}", FRONTS, spool, never))) == 1
    assert looks == 2


def test_a_copier_known_by_hand_and_by_its_announcement_is_one(
    copier: Callable[..., EsclDevice], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = copier()
    other_name = device.url.replace("127.0.0.1", "localhost") + "/"
    monkeypatch.setattr("capture.escl.find_addresses", lambda _s: [Address(other_name, "Loop", UUID)])
    assert [d.id for d in EsclSource([device.url], wait=soon).list_devices()] == [f"escl:{UUID}"]


def test_stop_keeps_what_came_and_ends_the_job(copier: Callable[..., EsclDevice], spool: Path) -> None:
    device = copier(sheets=20)
    source = source_of(device)
    pages: list[RawFile | RefusedFile] = []
    for page in source.scan(f"escl:{device.url}", BOTH, spool, lambda: len(pages) >= 3):
        pages.append(page)
    assert len(pages) == 4, "the back of the second sheet belongs to it"
    assert source.outcome.stopped_by == "stopped"
    assert device.asked.deleted


def test_a_copier_for_one_side_says_so(copier: Callable[..., EsclDevice], spool: Path) -> None:
    first, *_ = fetch(copier(both_sides=False), BOTH, spool)
    assert isinstance(first, RawFile)
    assert [remark.sentence for remark in first.remarks] == [problems.ONE_SIDE_ONLY]


def test_a_copier_without_a_feeder_says_so(copier: Callable[..., EsclDevice], spool: Path) -> None:
    (page,) = fetch(copier(feeder=False), BOTH, spool)
    assert isinstance(page, RawFile)
    assert problems.NO_FEEDER in [remark.sentence for remark in page.remarks]


def test_a_copier_without_glass_is_understood(copier: Callable[..., EsclDevice], spool: Path) -> None:
    assert len(fetch(copier(glass=False), BOTH, spool)) == 6


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><a/>',
        b"<a>" + b" " * (2 << 20) + b"</a>",
        b"<html><body>copier</body>",
        b"",
    ],
    ids=["entities", "external", "endless", "html", "nothing"],
)
def test_hostile_xml_is_refused(copier: Callable[..., EsclDevice], spool: Path, content: bytes) -> None:
    with pytest.raises(BadXml):
        parse_capabilities(content)
    if content:
        assert until_fault(copier(capabilities=content), spool, problems.DriverFailed) == []


def test_a_certificate_is_trusted_at_the_first_meeting_and_demanded_after(
    copier: Callable[..., EsclDevice], spool: Path, tmp_path: Path
) -> None:
    device = copier(certificate=sign_own(tmp_path / "own.pem", "copier"), sheets=2)
    pins = tmp_path / "copiers.json"
    source = source_of(device, pins)
    assert [d.name for d in source.list_devices()] == ["Loop Copier A3"]
    assert len(list(source.scan(f"escl:{device.url}", FRONTS, spool, never))) == 2
    assert pins.exists()
    # The same address, another certificate: nothing is sent to it.
    address = Address.from_url(device.url)
    stranger = tmp_path / "stranger.pem"
    sign_own(stranger, "stranger")
    with running(Manners(), stranger) as other:
        Trust(pins)
        text = pins.read_text().replace(address.key, Address.from_url(other.url).key)
        pins.write_text(text)
        again = source_of(other, pins)
        with pytest.raises(problems.StrangeCertificate):
            list(again.scan(f"escl:{other.url}", FRONTS, spool, never))
        assert other.asked.jobs == []
        again.forget_certificate(f"escl:{other.url}")
        assert len(list(again.scan(f"escl:{other.url}", FRONTS, spool, never))) == 3


def test_a_copier_that_announces_itself_is_found_by_its_uuid(
    copier: Callable[..., EsclDevice], spool: Path
) -> None:
    device = copier(sheets=1)
    port = int(device.url.rpartition(":")[2].partition("/")[0])
    network = Zeroconf(interfaces=["127.0.0.1"])
    info = ServiceInfo(
        "_uscan._tcp.local.",
        "Loop Copier._uscan._tcp.local.",
        addresses=[bytes([127, 0, 0, 1])],
        port=port,
        properties={"rs": "eSCL", "ty": "Loop Copier A3", "UUID": UUID},
        server="loop-copier.local.",
    )
    try:
        network.register_service(info)
        source = EsclSource(discover_s=1.0, wait=soon)
        devices = source.list_devices()
        if not devices:
            pytest.skip("no multicast on this machine")
        assert [(d.id, d.name) for d in devices] == [(f"escl:{UUID}", "Loop Copier A3")]
        assert len(list(source.scan(devices[0].id, FRONTS, spool, never))) == 1
    finally:
        network.unregister_all_services()
        network.close()


@pytest.mark.skipif(
    shutil.which("scanimage") is None or not list(Path("/usr/lib").glob("*/sane/libsane-airscan*")),
    reason="sane-airscan is not installed",
)
def test_another_makers_client_understands_the_copier_too(
    copier: Callable[..., EsclDevice], tmp_path: Path, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = copier(sheets=3)
    config = tmp_path / "sane"
    config.mkdir()
    (config / "dll.conf").write_text("airscan\n")
    (config / "airscan.conf").write_text(
        f'[devices]\n"Loop Copier" = {device.url}, eSCL\n[options]\ndiscovery = disable\nws-discovery = off\n'
    )
    listed = subprocess.run(
        [
            "scanimage",
            "--device-name=airscan:e0:Loop Copier",
            "--source=ADF Duplex",
            "--resolution=50",
            "--format=pnm",
            f"--batch={spool}/p%d.pnm",
        ],
        env={"SANE_CONFIG_DIR": str(config), "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "out of documents" in listed.stderr, listed.stderr
    assert len(list(spool.glob("p*.pnm"))) == 6
    assert device.asked.jobs[0]["Duplex"] == "true"
