"""Drives a TWAIN data source, in a child process of the driver's own word size: most are 32-bit only.

Speaks to pytwain, transfers pages as BMP files where the source can, else through memory, and encodes each as it
comes. No window of the maker's opens unless asked. Runs as `python -m capture.twain_driver`; the station's
side is `capture.twain`. Stop comes as a file in the batch's folder: a pipe on Windows cannot be looked
into from inside the driver's message loop.

    {"list": true} → {"sources": [...]}
    {"source", "settings", "folder", "batch", "count", "show_window"} → {"page": {...}}, {"end"}, {"fault", "pages"}
"""

import contextlib
import importlib
import logging
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from capture import problems
from capture.child import Channel, hold
from capture.encode import encode_side
from station.core.errors import DiskFull

log = logging.getLogger(__name__)

STOP_NAME = "stop"
MM_PER_INCH = 25.4
PIXEL_TYPES = {"colour": "TWPT_RGB", "grey": "TWPT_GRAY", "bilevel": "TWPT_BW"}
# TWBP_DISABLE of the specification; blank backs are the station's to flag.
KEEP_BLANKS = -2
BRIGHTNESS_SCALE = 10
# What pytwain makes of condition codes that have a Python exception (bad value), of results it does not know, and of
# containers it does not expect.
REFUSALS = (ValueError, TypeError, RuntimeError, MemoryError)
# TWSS_MAXSIZE of the specification.
LARGEST_SIZE = 54


class Batch:
    """One acquisition from a data source."""

    def __init__(self, channel: Channel, twain: Any, request: dict[str, Any]) -> None:
        self._channel = channel
        self._twain = twain
        self._words = importlib.import_module("twain.lowlevel.constants")
        self._request = request
        self._settings = request["settings"]
        self._folder = Path(request["folder"])
        self._sides = 0
        self._two_sided = False
        self._ended = ""
        self._remarks: list[tuple[str, dict[str, object]]] = []

    def run(self) -> None:
        """Opens the source, says the settings, takes pages until it has no more."""
        with self._manager() as manager, manager.open_source(self._request["source"]) as source:
            fed = self._prepare(source)
            if fed and self._get(source, "CAP_FEEDERLOADED") == 0:
                self._channel.say(fault="NoMedia", pages=0)
                return
            try:
                self._acquire(source)
            except Exception as error:
                # Said before the source is closed: many hang or fail at that after a jam.
                log.exception("a data source failed")
                self._channel.say(**fault_of(error, self._sides, str(self._folder)))
                return
        if self._sides == 0 and not self._ended:
            self._channel.say(fault="NoMedia" if fed else "NoPicture", pages=0)
        else:
            self._channel.say(end=self._ended or ("empty" if fed else "count"))

    def _manager(self) -> Any:
        return self._twain.SourceManager(_window())

    def _acquire(self, source: Any) -> None:
        show = bool(self._request["show_window"])
        try:
            _, (_, _, ways) = source.get_capability(self._words.ICAP_XFERMECH)
        except (self._twain.exceptions.TwainError, *REFUSALS):
            ways = []
        if self._words.TWSX_FILE in ways:
            source.acquire_file(before=self._name_file, after=self._take_file, show_ui=show)
        else:
            source.acquire_natively(before=self._note, after=self._take_picture, show_ui=show)

    def _prepare(self, source: Any) -> bool:
        """Says the settings, the important first; returns whether sheets come from a feeder."""
        words, settings = self._words, self._settings
        fed = settings["source"] != "flatbed" and self._set(
            source, "CAP_FEEDERENABLED", words.TWTY_BOOL, True
        )
        if settings["source"] not in ("flatbed", "auto") and not fed:
            self._remarks.append((problems.NO_FEEDER, {}))
        if settings["source"] == "flatbed":
            self._set(source, "CAP_FEEDERENABLED", words.TWTY_BOOL, False)
        if fed:
            self._set(source, "CAP_AUTOFEED", words.TWTY_BOOL, True)
            wanted = settings["source"] in ("adf-duplex", "auto")
            got = self._set(source, "CAP_DUPLEXENABLED", words.TWTY_BOOL, wanted)
            self._two_sided = wanted and got
            if settings["source"] == "adf-duplex" and not got:
                self._remarks.append((problems.ONE_SIDE_ONLY, {}))
        self._set(source, "ICAP_UNITS", words.TWTY_UINT16, words.TWUN_INCHES)
        pixels = getattr(words, PIXEL_TYPES[settings["mode"]])
        if not self._set(source, "ICAP_PIXELTYPE", words.TWTY_UINT16, pixels):
            self._remarks.append((problems.OTHER_MODES["unknown"], {}))
        for axis in ("ICAP_XRESOLUTION", "ICAP_YRESOLUTION"):
            self._set(source, axis, words.TWTY_FIX32, float(settings["dpi"]))
        self._size(source)
        self._leave_pages_alone(source)
        count = self._request["count"] or (-1 if fed else 1)
        self._set(source, "CAP_XFERCOUNT", words.TWTY_INT16, count)
        return fed

    def _size(self, source: Any) -> None:
        """The page's frame; with an automatic size (0) the largest the source has a name for."""
        width, height = (self._settings[f"page_{side}_mm"] / MM_PER_INCH for side in ("width", "height"))
        if not (width and height):
            self._set(source, "ICAP_SUPPORTEDSIZES", self._words.TWTY_UINT16, LARGEST_SIZE)
            return
        with contextlib.suppress(
            self._twain.exceptions.TwainError, self._twain.exceptions.CheckStatus, *REFUSALS
        ):
            source.set_image_layout((0.0, 0.0, width, height))

    def _leave_pages_alone(self, source: Any) -> None:
        """The original is what the scanner saw; and no window of progress."""
        words = self._words
        for name in ("ICAP_AUTOMATICDESKEW", "ICAP_AUTOMATICBORDERDETECTION", "ICAP_AUTOMATICROTATE"):
            self._set(source, name, words.TWTY_BOOL, False)
        self._set(source, "ICAP_AUTODISCARDBLANKPAGES", words.TWTY_INT32, KEEP_BLANKS)
        if not self._request["show_window"]:
            self._set(source, "CAP_INDICATORS", words.TWTY_BOOL, False)
        if self._settings["brightness"]:
            value = float(self._settings["brightness"] * BRIGHTNESS_SCALE)
            self._set(source, "ICAP_BRIGHTNESS", words.TWTY_FIX32, value)

    def _set(self, source: Any, name: str, kind: int, value: object) -> bool:
        """False when the source does not know the capability or refuses the value."""
        try:
            source.set_capability(getattr(self._words, name), kind, value)
        except self._twain.exceptions.CheckStatus:
            # Something near it was set instead.
            return self._get(source, name) == value
        except (self._twain.exceptions.TwainError, *REFUSALS):
            return False
        return True

    def _get(self, source: Any, name: str) -> object:
        """The current value; None when the source does not tell."""
        try:
            _, value = source.get_capability_current(getattr(self._words, name))
        except (self._twain.exceptions.TwainError, *REFUSALS):
            return None
        return value

    def _name_file(self, info: dict[str, Any]) -> str:
        self._note(info)
        return str(self._folder / f"raw-{self._sides + 1:06d}.bmp")

    def _note(self, info: dict[str, Any]) -> None:
        self._stop_between_sheets()
        self._dpi = round(info.get("XResolution") or self._settings["dpi"])

    def _take_file(self, more: int) -> None:
        self._keep(self._folder / f"raw-{self._sides + 1:06d}.bmp")

    def _take_picture(self, picture: Any, more: int) -> None:
        path = self._folder / f"raw-{self._sides + 1:06d}.bmp"
        picture.save(str(path))
        picture.close()
        self._keep(path)

    def _keep(self, raw: Path) -> None:
        self._sides += 1
        note = f"batch {self._request['batch']} side {self._sides}"
        with Image.open(raw, formats=["BMP"]) as picture:
            picture.load()
            side = encode_side(picture, self._folder / f"side-{self._sides:06d}", self._dpi, note)
        raw.unlink()
        frame = side.frame
        self._channel.say(
            page={
                "path": str(side.path),
                "media_type": side.media_type,
                "width_px": frame.width_px,
                "height_px": frame.height_px,
                "dpi": frame.dpi,
                "mode": frame.mode,
                "remarks": self._remarks,
            }
        )
        self._remarks = []

    def _stop_between_sheets(self) -> None:
        """A back already read waits in the scanner: it is taken before the batch ends."""
        whole_sheet = not self._two_sided or self._sides % 2 == 0
        if whole_sheet and (self._folder / STOP_NAME).exists():
            self._ended = "stopped"
            raise self._twain.exceptions.CancelAll
        if self._request["count"] and self._sides >= self._request["count"]:
            self._ended = "count"
            raise self._twain.exceptions.CancelAll


def main() -> None:
    channel = Channel()
    request = channel.next_request()
    if request is None:
        return
    try:
        twain = importlib.import_module("twain")
    except ImportError:
        channel.say(missing="pytwain")
        return
    try:
        if "list" in request:
            with twain.SourceManager(_window()) as manager:
                channel.say(sources=list(manager.source_list))
        else:
            hold(Path(request["folder"]))
            Batch(channel, twain, dict(request)).run()
    except Exception as error:
        log.exception("a data source failed")
        channel.say(**fault_of(error, 0, request.get("folder", "")))


def fault_of(error: BaseException, pages: int, folder: str) -> dict[str, object]:
    """The report of a failure. Closing a source after a jam mostly fails too: the first failure is the one to say."""
    while error.__context__ is not None and not isinstance(error, DiskFull):
        error = error.__context__
    if isinstance(error, DiskFull):
        return {"disk_full": folder}
    return {"fault": type(error).__name__, "detail": str(error), "pages": pages}


def _window() -> Any:
    """A hidden window of our own: data sources on Windows want one to send their messages to."""
    if sys.platform != "win32":
        return None
    import tkinter

    root = tkinter.Tk()
    root.withdraw()
    return root


if __name__ == "__main__":
    main()
