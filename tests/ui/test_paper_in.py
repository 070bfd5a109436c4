"""Paper comes in on the scan screen: separators taken back, files dropped, backs, what a scan has to say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from capture.problems import PaperJam
from capture.source import CaptureSource, RawFile, RefusedFile, ScanSettings
from station.ui.scan.office import SEPARATORS
from station.ui.scan.presenter import ScanPresenter
from station.ui.scan.view import ScanView
from station.ui.shown import DocumentShown
from station.ui.widgets.chooser import Chooser
from station.ui.widgets.overlays import Overlay
from station.ui.widgets.preview import PreviewOverlay
from station.work import devices
from station.work.station import Station
from tests.capture.scripted import ScriptedScanner
from tests.ui.office import Bench


def opened(bench: Bench) -> ScanPresenter:
    presenter = bench.desk.screens.scan_presenter()
    bench.until(lambda: presenter.dossier is not None, what="the pile reopens")
    bench.quiet()
    return presenter


def view_of(bench: Bench) -> ScanView:
    assert bench.desk.window.shell is not None
    view = bench.desk.window.shell.made_screen("scan")
    assert isinstance(view, ScanView)
    return view


def separators(presenter: ScanPresenter) -> list[DocumentShown]:
    """The separator sheets of the pile in hand, as the strip shows them."""
    pile = presenter._pile
    return [document for document in pile.loose if document.type_id == SEPARATORS] if pile else []


def test_a_separator_is_a_proposal_shown_with_its_page_and_taken_back(bench: Bench) -> None:
    presenter = opened(bench)
    assert presenter.dossier is not None
    *_, last = [page for document in presenter.dossier.documents for page in document.pages]
    before = presenter.dossier.counts.sides
    presenter.set_separator(last, "document")
    bench.quiet()
    (aside,) = separators(presenter)
    (shown,) = aside.pages
    assert presenter._pile is not None
    assert presenter._pile.counts.sides == before - 1
    presenter.set_separator(shown, None)
    bench.quiet()
    assert separators(presenter) == []
    assert presenter._pile.counts.sides == before


def test_files_dropped_on_the_screen_are_taken_in(bench: Bench, tmp_path: Path) -> None:
    presenter = opened(bench)
    presenter.begin_new()
    inside = tmp_path / "folder of a phone"
    inside.mkdir()
    Image.new("RGB", (300, 420), "white").save(inside / "photo.bmp", dpi=(100, 100))
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(inside))])
    held = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(40, 40), Qt.DropAction.CopyAction, carried, *held)
    QApplication.sendEvent(view_of(bench), enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(40, 40), Qt.DropAction.CopyAction, carried, *held)
    QApplication.sendEvent(view_of(bench), drop)
    bench.until(lambda: presenter.scanning or presenter.busy, what="the drop is taken in")
    bench.until(lambda: not presenter.busy, what="it is read")
    bench.quiet()
    assert presenter._pile is not None and presenter._pile.counts.sides == 1


def test_backs_need_fronts_and_a_jam_is_said_with_what_it_left(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    presenter = opened(bench)
    presenter.begin_new()
    presenter.start_backs()
    assert "F5" in bench.desk.window.toasts.text
    sheets = [Image.new("RGB", (300, 420), (255, 255, shade)) for shade in (250, 251, 252)]
    scanner = ScriptedScanner(sheets, faults={3: PaperJam(device="Máy quét mẫu")})

    def source_of(_station: Station, _device: str) -> CaptureSource:
        return scanner

    presenter._office._open_source = source_of  # type: ignore[attr-defined]
    presenter.choose_source("scripted:1")
    presenter.start()
    bench.until(lambda: presenter.busy, what="scanning began")
    bench.until(lambda: not presenter.scanning, what="the jam")
    said = bench.desk.window.toasts.text
    assert "Máy quét mẫu" in said
    assert "mặt trước sẽ có hai lần" in said, "a jam behind a front is said with it"
    bench.until(lambda: not presenter.busy, what="read")
    bench.quiet()
    assert devices.profile_of(bench.desk.session.station, "a3_dossier").settings.source == "adf-duplex"


def test_a_picture_on_the_clipboard_is_taken_in(bench: Bench) -> None:
    presenter = opened(bench)
    presenter.begin_new()
    picture = QImage(300, 420, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    QApplication.clipboard().setImage(picture)
    press(bench, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    bench.until(lambda: presenter.scanning or presenter.busy, what="the picture is taken in")
    bench.until(lambda: not presenter.busy, what="it is read")
    bench.quiet()
    assert presenter._pile is not None and presenter._pile.counts.sides == 1
    assert list(bench.desk.session.station.folder("spool").rglob("*.png")) == []


def test_the_scan_profile_is_chosen_by_key_and_holds_from_then_on(bench: Bench) -> None:
    opened(bench)
    press(bench, Qt.Key.Key_F4)
    bench.until(lambda: overlay_of(bench, Chooser) is not None, what="the profiles")
    QTest.keyClicks(QApplication.focusWidget(), "can cuoc")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    bench.until(lambda: bench.desk.session.remembered().profile == "id_card", what="the choice is kept")


def test_a_quick_look_before_scanning_is_shown_and_kept_nowhere(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    presenter = opened(bench)
    scanner = ScriptedScanner([Image.new("RGB", (300, 420), "white")])
    asked: list[ScanSettings] = []
    real = scanner.scan

    def scan(device: str, settings: ScanSettings, *rest: object) -> Iterator[RawFile | RefusedFile]:
        asked.append(settings)
        return real(device, settings, *rest)  # type: ignore[arg-type]

    def source_of(_station: Station, _device: str) -> CaptureSource:
        return scanner

    monkeypatch.setattr(scanner, "scan", scan)
    monkeypatch.setattr(devices, "source_of", source_of)
    presenter.choose_source("scripted:1")
    before = presenter.dossier
    press(bench, Qt.Key.Key_F5, Qt.KeyboardModifier.ControlModifier)
    bench.until(lambda: overlay_of(bench, PreviewOverlay) is not None, what="the quick look")
    press(bench, Qt.Key.Key_Escape)
    bench.until(lambda: overlay_of(bench, PreviewOverlay) is None, what="any key takes it away")
    assert [(wish.dpi, wish.max_sides) for wish in asked] == [(75, 1)]
    assert presenter.dossier == before
    assert list(bench.desk.session.station.folder("spool").rglob("*.jpg")) == []


def press(bench: Bench, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    bench.desk.window.activateWindow()
    bench.rest(0.05)
    QTest.keyClick(QApplication.focusWidget() or bench.desk.window, key, modifier)


def overlay_of(bench: Bench, kind: type[Overlay]) -> Overlay | None:
    return next((o for o in bench.desk.window.findChildren(kind) if o.isVisible()), None)
