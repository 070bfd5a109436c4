"""What every source of pages holds to, whatever stands behind it."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from capture.escl import EsclSource
from capture.files import FileSource
from capture.finder import open_source
from capture.folder import FolderSource
from capture.problems import PaperJam, UnknownDevice
from capture.sane import SaneSource
from capture.source import CaptureSource, RawFile, RefusedFile, ScanSettings
from capture.twain import TwainSource
from station.core.errors import ScannerProblem
from tests.capture.escl_device import Manners, running
from tests.capture.pages import draw_page
from tests.capture.scripted import ScriptedScanner

HERE = Path(__file__).parent
FRONTS = ScanSettings(source="adf", dpi=100, page_width_mm=148, page_height_mm=210)
SHEETS = 6


@dataclass(frozen=True)
class Case:
    """A source with six sheets, and its like with a jam after four."""

    source: CaptureSource
    device_id: str
    jammed: CaptureSource | None = None


@dataclass(frozen=True)
class Around:
    """What the makers of cases need."""

    folder: Path
    patch: pytest.MonkeyPatch
    stack: ExitStack


def _sane_test(around: Around) -> Case:
    around.patch.setenv("STATION_SANE_TEST", "1")
    around.patch.delenv("SANE_CONFIG_DIR", raising=False)
    return Case(SaneSource(), "sane:test:0")


def _sane_scripted(around: Around) -> Case:
    program = around.folder / "scanimage"
    script = around.folder / "sane.json"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {HERE / "fake_scanimage.py"} "$@"\n')
    program.chmod(0o755)
    around.patch.setenv("FAKE_SCANNER", str(script))
    script.write_text(json.dumps({"sheets": SHEETS, "then": "Document feeder out of documents"}))

    class Jammed(SaneSource):
        """The same device with another script."""

        def scan(self, *arguments: object) -> Iterator[RawFile]:  # type: ignore[override]
            script.write_text(json.dumps({"sheets": 4, "then": "Document feeder jammed"}))
            return super().scan(*arguments)  # type: ignore[arg-type]

    return Case(SaneSource(str(program)), "sane:fake:one", Jammed(str(program)))


def _escl(around: Around) -> Case:
    whole = around.stack.enter_context(running(Manners(sheets=SHEETS)))
    jammed = around.stack.enter_context(running(Manners(sheets=SHEETS, fault_after=4)))

    class Jammed(EsclSource):
        """Always the copier that jams."""

        def scan(self, device_id: str, *rest: object) -> Iterator[RawFile | RefusedFile]:  # type: ignore[override]
            return super().scan(f"escl:{jammed.url}", *rest)  # type: ignore[arg-type]

    def soon(seconds: float) -> None:
        """Time passes faster here."""

    source = EsclSource([whole.url], discover_s=0, wait=soon)
    return Case(source, source.list_devices()[0].id, Jammed([jammed.url], discover_s=0, wait=soon))


def _twain(around: Around) -> Case:
    around.patch.syspath_prepend(str(HERE / "twain_scripted"))
    around.patch.setenv("PYTHONPATH", str(HERE / "twain_scripted"))
    script = around.folder / "twain.json"
    around.patch.setenv("FAKE_TWAIN", str(script))
    script.write_text(json.dumps({"sheets": SHEETS, "seconds": 0.02}))

    class Jammed(TwainSource):
        """The same data source with another script."""

        def scan(self, *arguments: object) -> Iterator[RawFile]:  # type: ignore[override]
            script.write_text(json.dumps({"sheets": 4, "then": "PaperJam"}))
            return super().scan(*arguments)  # type: ignore[arg-type]

    return Case(TwainSource(), "twain:Scripted A3 Scanner", Jammed())


def _folder(around: Around) -> Case:
    share = around.folder / "share"
    share.mkdir()
    for number in range(1, SHEETS + 1):
        draw_page(number).save(share / f"{number}.jpg", dpi=(100, 100))
    return Case(FolderSource(share, 0.1), f"folder:{share}")


def _files(around: Around) -> Case:
    paths = [around.folder / f"{number}.jpg" for number in range(1, SHEETS + 1)]
    for number, path in enumerate(paths, 1):
        draw_page(number).save(path, dpi=(100, 100))
    return Case(FileSource(paths), "files")


def _scripted(around: Around) -> Case:
    def sheets() -> list[Image.Image]:
        return [draw_page(n) for n in range(1, SHEETS + 1)]

    return Case(
        ScriptedScanner(sheets()),
        "scripted:1",
        ScriptedScanner(sheets(), faults={4: PaperJam(device="Scripted scanner")}),
    )


CASES: dict[str, Callable[[Around], Case]] = {
    "sane test device": _sane_test,
    "sane": _sane_scripted,
    "escl": _escl,
    "twain": _twain,
    "folder": _folder,
    "files": _files,
    "scripted": _scripted,
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    around_folder = tmp_path / "around"
    around_folder.mkdir()
    with ExitStack() as stack:
        yield CASES[request.param](Around(around_folder, monkeypatch, stack))


def never() -> bool:
    return False


def test_pages_come_whole_once_and_in_order(case: Case, spool: Path) -> None:
    found = list(case.source.scan(case.device_id, FRONTS, spool, never))
    assert len(found) >= SHEETS
    paths = []
    for item in found:
        assert isinstance(item, RawFile)
        assert item.path.is_relative_to(spool)
        assert item.name
        (frame,) = item.frames
        assert frame.dpi == 100
        with Image.open(item.path) as picture:
            picture.load()
            assert picture.size == (frame.width_px, frame.height_px)
        paths.append(item.path)
        item.done()
    assert len(set(paths)) == len(paths)
    assert len({path.read_bytes() for path in paths}) == len(paths)


def test_devices_are_listed_with_the_same_id_every_time(case: Case) -> None:
    first, again = case.source.list_devices(), case.source.list_devices()
    assert first == again
    assert case.device_id in [device.id for device in first]


def test_stop_keeps_what_came_and_leaves_nothing_running(case: Case, spool: Path) -> None:
    found: list[RawFile | RefusedFile] = []
    for item in case.source.scan(case.device_id, FRONTS, spool, lambda: len(found) >= 2):
        found.append(item)
    assert 2 <= len(found) <= 10, "what the scanner had drawn in is finished, no more"
    assert all(isinstance(item, RawFile) and item.path.exists() for item in found)


def test_a_caller_that_loses_interest_leaves_nothing_running(case: Case, spool: Path) -> None:
    scanning = case.source.scan(case.device_id, FRONTS, spool, never)
    first = next(scanning)
    assert first.path.exists()
    scanning.close()  # type: ignore[attr-defined]


def test_pages_before_a_jam_are_kept(case: Case, spool: Path) -> None:
    if case.jammed is None:
        pytest.skip("no paper to jam, or no way to jam it here")
    found: list[RawFile | RefusedFile] = []
    scanning = case.jammed.scan(case.device_id, FRONTS, spool, never)
    with pytest.raises(PaperJam):
        while True:
            found.append(next(scanning))
    assert len(found) == 4
    assert all(item.path.exists() for item in found)


def test_an_id_leads_back_to_its_kind_of_source(case: Case) -> None:
    if case.device_id in ("files", "scripted:1"):
        with pytest.raises(UnknownDevice):
            open_source(case.device_id)
    else:
        kinds = [kind for kind in type(case.source).__mro__ if kind is not object]
        assert type(open_source(case.device_id)) in kinds


def test_a_device_that_is_not_there_is_a_sentence(case: Case, spool: Path) -> None:
    if not case.device_id.startswith(("sane:", "twain:", "escl:")):
        pytest.skip("has no devices to be away")
    kind = case.device_id.partition(":")[0]
    with pytest.raises(ScannerProblem) as caught:
        list(case.source.scan(f"{kind}:nowhere at all", FRONTS, spool, never))
    assert "nowhere" in str(caught.value)
