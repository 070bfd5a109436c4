"""TWAIN, from a scripted data source with pytwain's face. No device and no Windows were at hand."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from capture import problems
from capture.source import RawFile, ScanSettings
from capture.twain import TwainSource
from station.core.errors import ScannerProblem

SCRIPTED = Path(__file__).parent / "twain_scripted"
DEVICE = "twain:Scripted A3 Scanner"
BOTH = ScanSettings(dpi=100, page_width_mm=148, page_height_mm=210)

Script = Callable[..., Path]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Writes what the data source will do; returns the file where it writes what it was told."""
    monkeypatch.syspath_prepend(str(SCRIPTED))
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTED))
    file = tmp_path / "twain.json"
    monkeypatch.setenv("FAKE_TWAIN", str(file))

    def write(**words: object) -> Path:
        file.write_text(json.dumps(words))
        return file.with_suffix(".set")

    return write


def never() -> bool:
    return False


def scan_all(settings: ScanSettings, spool: Path) -> list[RawFile]:
    return list(TwainSource().scan(DEVICE, settings, spool, never))


def until_fault(spool: Path, kind: type[ScannerProblem], silence_s: float = 30) -> list[RawFile]:
    sides: list[RawFile] = []
    scanning = TwainSource(silence_s=silence_s).scan(DEVICE, BOTH, spool, never)
    with pytest.raises(kind):
        while True:
            sides.append(next(scanning))
    return sides


def test_data_sources_are_listed(script: Script) -> None:
    script(sheets=0)
    assert [(d.id, d.kind) for d in TwainSource().list_devices()] == [(DEVICE, "twain")]


def test_without_pytwain_there_are_none() -> None:
    assert TwainSource().list_devices() == []


@pytest.mark.parametrize("by_file", [True, False], ids=["by file", "through memory"])
def test_both_sides_of_every_sheet(script: Script, spool: Path, by_file: bool) -> None:
    told = script(sheets=3, file=by_file)
    source = TwainSource()
    sides = list(source.scan(DEVICE, BOTH, spool, never))
    assert len(sides) == len({side.path.read_bytes() for side in sides}) == 6
    assert source.outcome.stopped_by == "empty"
    assert {(s.media_type, s.frames[0].dpi, s.frames[0].mode) for s in sides} == {
        ("image/jpeg", 100, "colour")
    }
    asked = json.loads(told.read_text())
    assert asked["CAP_FEEDERENABLED"] and asked["CAP_DUPLEXENABLED"] and asked["CAP_AUTOFEED"]
    assert (asked["ICAP_XRESOLUTION"], asked["CAP_XFERCOUNT"]) == (100.0, -1)
    assert asked["ICAP_AUTODISCARDBLANKPAGES"] == -2
    assert asked["CAP_INDICATORS"] is False
    assert [round(v, 2) for v in asked["layout"]] == [0, 0, 5.83, 8.27]


def test_the_glass_gives_one_side(script: Script, spool: Path) -> None:
    script(sheets=0)
    assert len(scan_all(ScanSettings(source="flatbed", dpi=100), spool)) == 1


def test_one_side_only_is_said_with_the_first_page(script: Script, spool: Path) -> None:
    script(sheets=2, duplex=False)
    first, second = scan_all(BOTH, spool)
    assert [remark.sentence for remark in first.remarks] == [problems.ONE_SIDE_ONLY]
    assert second.remarks == ()


def test_a_driver_that_refuses_most_settings_still_scans(script: Script, spool: Path) -> None:
    script(sheets=1, refuses=["ICAP_PIXELTYPE", "ICAP_UNITS", "CAP_INDICATORS", "ICAP_AUTOMATICDESKEW"])
    first, _ = scan_all(BOTH, spool)
    assert problems.OTHER_MODES["unknown"] in [remark.sentence for remark in first.remarks]


def test_a_driver_that_calls_values_bad_or_takes_others_still_scans(script: Script, spool: Path) -> None:
    script(sheets=1, bad_values=["ICAP_XRESOLUTION", "ICAP_UNITS"], near_values=["CAP_DUPLEXENABLED"])
    (only,) = scan_all(BOTH, spool)
    assert [remark.sentence for remark in only.remarks] == [problems.ONE_SIDE_ONLY]


def test_an_automatic_size_is_the_largest_the_source_knows(script: Script, spool: Path) -> None:
    told = script(sheets=1)
    scan_all(replace(BOTH, page_width_mm=0, page_height_mm=0), spool)
    asked = json.loads(told.read_text())
    assert (asked["layout"], asked["ICAP_SUPPORTEDSIZES"]) == (None, 54)


@pytest.mark.parametrize(("code", "kind"), [(24, problems.CoverOpen), (29, problems.NoPaper)])
def test_a_code_without_a_name_in_pytwain_is_a_sentence(
    script: Script, spool: Path, code: int, kind: type[ScannerProblem]
) -> None:
    script(sheets=1, code=code)
    assert len(until_fault(spool, kind)) == 2


def test_an_empty_feeder_is_said(script: Script, spool: Path) -> None:
    script(sheets=0)
    assert until_fault(spool, problems.NoPaper) == []


@pytest.mark.parametrize(
    ("then", "kind"),
    [
        ("PaperJam", problems.PaperJam),
        ("PaperDoubleFeedError", problems.DoubleFeed),
        ("CheckDeviceOnlineError", problems.ScannerOffline),
        ("UnknownError", problems.DriverFailed),
        ("MemoryError", problems.ScannerMemory),
        ("DSTransferCancelled", problems.StoppedAtDevice),
        ("crash", problems.DriverFailed),
    ],
)
def test_sides_before_a_fault_are_kept(
    script: Script, spool: Path, then: str, kind: type[ScannerProblem]
) -> None:
    script(sheets=2, then=then)
    assert len(until_fault(spool, kind)) == 4


def test_a_driver_that_hangs_is_ended_and_its_pages_kept(script: Script, spool: Path) -> None:
    script(sheets=1, then="hang")
    assert len(until_fault(spool, problems.ScannerSilent, silence_s=1.5)) == 2


def test_stop_keeps_whole_sheets(script: Script, spool: Path) -> None:
    script(sheets=40, seconds=0.03)
    source = TwainSource()
    sides: list[RawFile] = []
    for side in source.scan(DEVICE, BOTH, spool, lambda: len(sides) >= 3):
        sides.append(side)
    assert 4 <= len(sides) < 80
    assert len(sides) % 2 == 0
    assert source.outcome.stopped_by == "stopped"


def test_a_source_that_is_gone_is_said(script: Script, spool: Path) -> None:
    script(sheets=1)
    with pytest.raises(problems.UnknownDevice):
        list(TwainSource().scan("twain:Another", BOTH, spool, never))
