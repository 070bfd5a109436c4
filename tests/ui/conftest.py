"""A small office for the window: a data folder with records, one dossier read.

The papers are drawn in office.py, a receipt with its code as Code 128 and a letter, so that a dossier is
read in seconds by the real reader; the citizens are invented.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from capture.files import close_decoder
from capture.folder import FolderSource
from capture.source import Device
from station.ui.app import application
from station.ui.desk import Desk
from station.work import devices, reading, scanning, sorting
from station.work.station import Station
from tests.ui.office import CODE, LETTER, RECEIPT, Bench, fill_folder, make_home


@pytest.fixture(scope="session")
def _read_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose one intake is read and grouped: a receipt and a letter whose ID numbers need a person."""
    home = tmp_path_factory.mktemp("office") / "home"
    station = make_home(home)
    folder = fill_folder(home.parent / "papers", (RECEIPT, CODE), (LETTER, ""))
    intake = scanning.open_intake(station, "files")
    scanning.take_files(station, intake, sorted(folder.iterdir()))
    reading.read_waiting(station)
    sorting.sort_intake(station, intake.id)
    return home


@pytest.fixture(autouse=True)
def _folders_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window's sources are folders: asking for real scanners takes seconds and finds none here."""

    def list_devices(station: Station) -> list[Device]:
        named = [Path(part.strip()) for part in station.settings.watched_folders.split(";") if part.strip()]
        return [device for folder in named for device in FolderSource(folder, 0.3).list_devices()]

    monkeypatch.setattr(devices, "list_devices", list_devices)


@pytest.fixture
def read_home(_read_home: Path, tmp_path: Path) -> Path:
    """A copy of its own."""
    return Path(shutil.copytree(_read_home, tmp_path / "home"))


@pytest.fixture
def qt() -> QApplication:
    return application()


@pytest.fixture
def open_desk(qt: QApplication) -> Iterator[Callable[[Path], Bench]]:
    """Opens windows over data folders, signed in as the system's user, and closes them."""
    desks: list[Desk] = []

    def open_one(home: Path) -> Bench:
        desk = Desk(qt, home, "vi")
        desks.append(desk)
        desk.session.open()
        desk.show_window()
        desk.use(desk.session.as_system_user())
        return Bench(desk)

    yield open_one
    for desk in desks:
        desk.window.close()
        desk.close()
        desk.window.deleteLater()
    QApplication.processEvents()
    # Without a running event loop nothing is deleted later: every window would stay and be dressed anew by each test.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # type: ignore[call-overload]


@pytest.fixture
def bench(open_desk: Callable[[Path], Bench], read_home: Path) -> Bench:
    """A window over the dossier that was read."""
    return open_desk(read_home)


@pytest.fixture(autouse=True)
def decoder() -> Iterator[None]:
    """The decoder of foreign files stays for the next file while the window runs; here it ends with the test."""
    yield
    close_decoder()
