"""The first day of a station: a page to try the scanner with, and invitations photographed or sent as pictures."""

import shutil
from pathlib import Path

from capture.profiles import preview_of
from capture.source import RawFile
from station.core import files, process
from station.core.errors import N_, ScannerProblem
from station.store.accounts import Right
from station.work import devices
from station.work.station import Station

LONGEST_PX = 1400
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".pdf")


class NoTestPage(ScannerProblem):
    sentence = N_("No page came. Put a sheet into the scanner, then try again.")


def scan_test_page(station: Station, device_id: str, profile_id: str) -> bytes:
    """One side as the device gives it, as a JPEG to look at; nothing is kept of it.

    Raises:
        NoTestPage: the feeder is empty.
        ScannerProblem: what the driver says.
    """
    station.actor.require(Right.SCAN)
    wish = preview_of(devices.profile_of(station, profile_id).settings)
    source = devices.source_of(station, device_id)
    spool = files.private_folder(station.folder("spool") / "test-page")
    try:
        for item in source.scan(device_id, wish, spool, lambda: False):
            if isinstance(item, RawFile):
                with process.worker_pool(1) as pool:
                    return pool.submit(_small, item.path, item.frames[0].index).result()
        raise NoTestPage
    finally:
        shutil.rmtree(spool, ignore_errors=True)


def _small(path: Path, frame: int) -> bytes:
    from ocr.image import encode_jpeg, fitted, load

    return encode_jpeg(fitted(load(path, frame).array, LONGEST_PX), 85)


def invitation_text(file: Path) -> str:
    """The text of an invitation: the file's own, or that of the QR in a picture or PDF of it.

    A picture without a readable QR gives an empty text, which is no invitation.
    """
    if file.suffix.lower() not in PICTURES:
        return files.read_text(file)
    with process.worker_pool(1) as pool:
        found = pool.submit(_codes, file).result()
    return next((text for text in found if text.lstrip().startswith("{")), "")


def _codes(path: Path) -> list[str]:
    from ocr.barcode import find_codes
    from ocr.image import load

    picture = load(path, 0)
    return [code.payload for code in find_codes(picture.array, picture.dpi)]
