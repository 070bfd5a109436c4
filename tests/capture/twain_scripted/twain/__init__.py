"""A scripted data source that has pytwain's face: what TWAIN tests scan from where there is no Windows.

The script is a JSON file named by FAKE_TWAIN: {"sheets": n, "then": "PaperJam" or "hang" or "crash" or "",
"duplex": bool, "feeder": bool, "file": bool (transfer by file, else through memory), "refuses": [capabilities],
"bad_values": [capabilities], "near_values": [capabilities], "code": number of a condition code it has no exception for}.
Like pytwain's, a source whose transfer failed also fails to be switched off, and the second failure covers the first.
What was set is written beside it, as `<script>.set`. Only what the driver uses is here.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from . import exceptions
from .lowlevel import constants

NAME = "Scripted A3 Scanner"


class _Picture:
    """What a transfer through memory hands over."""

    def __init__(self, page: Image.Image) -> None:
        self._page = page

    def save(self, filepath: str) -> None:
        self._page.save(filepath)

    def close(self) -> None:
        self._page.close()


class Source:
    """An open data source."""

    def __init__(self) -> None:
        self._script_file = Path(os.environ["FAKE_TWAIN"])
        self._script: dict[str, Any] = json.loads(self._script_file.read_text())
        self._set: dict[int, object] = {}
        self._names = {v: k for k, v in vars(constants).items() if k.startswith(("CAP_", "ICAP_"))}
        self._layout: object = None

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *_: object) -> None:
        made = {self._names[cap]: value for cap, value in self._set.items()}
        self._script_file.with_suffix(".set").write_text(json.dumps({**made, "layout": self._layout}))

    def set_capability(self, cap: int, type_id: int, value: object) -> None:
        name = self._names[cap]
        if name in self._script.get("refuses", []):
            raise exceptions.CapUnsupported(name)
        if name in self._script.get("bad_values", []):
            raise ValueError
        if name in self._script.get("near_values", []):
            raise exceptions.CheckStatus
        if cap == constants.CAP_FEEDERENABLED and value and not self._script.get("feeder", True):
            raise exceptions.CapUnsupported(name)
        if cap == constants.CAP_DUPLEXENABLED and value and not self._script.get("duplex", True):
            raise exceptions.CapUnsupported(name)
        self._set[cap] = value

    def get_capability(self, cap: int) -> tuple[int, tuple[int, int, list[int]]]:
        assert cap == constants.ICAP_XFERMECH
        ways = [constants.TWSX_NATIVE]
        return constants.TWTY_UINT16, (
            0,
            0,
            [*ways, constants.TWSX_FILE] if self._script.get("file", True) else ways,
        )

    def get_capability_current(self, cap: int) -> tuple[int, bool]:
        if cap != constants.CAP_FEEDERLOADED:
            return constants.TWTY_BOOL, False
        return constants.TWTY_BOOL, self._script["sheets"] > 0

    def set_image_layout(self, frame: tuple[float, float, float, float]) -> None:
        self._layout = frame

    def acquire_file(
        self, before: Callable[[dict[str, Any]], str], after: Callable[[int], None], show_ui: bool
    ) -> None:
        def transfer(page: Image.Image, more: int) -> None:
            page.save(before(self._info(page)))
            after(more)

        self._feed(transfer)

    def acquire_natively(
        self, after: Callable[[_Picture, int], None], before: Callable[[dict[str, Any]], None], show_ui: bool
    ) -> None:
        def transfer(page: Image.Image, more: int) -> None:
            before(self._info(page))
            after(_Picture(page), more)

        self._feed(transfer)

    def _feed(self, transfer: Callable[[Image.Image, int], None]) -> None:
        sides = 1
        if self._set.get(constants.CAP_FEEDERENABLED):
            sides = self._script["sheets"] * (2 if self._set.get(constants.CAP_DUPLEXENABLED) else 1)
        most = int(str(self._set.get(constants.CAP_XFERCOUNT, -1)))
        sides = min(sides, most) if most > 0 else sides
        try:
            for number in range(1, sides + 1):
                time.sleep(self._script.get("seconds", 0))
                transfer(_draw(number), sides - number)
        except exceptions.CancelAll:
            return
        then = self._script.get("then", "")
        if then == "hang":
            time.sleep(600)
        if then == "crash":
            os.abort()
        if failure := self._failure(then):
            try:
                raise failure
            finally:
                raise exceptions.SequenceError

    def _failure(self, then: str) -> BaseException | None:
        if "code" in self._script:
            return exceptions.UnknownError(f"ConditionCode = {self._script['code']}")
        if then:
            return ({"MemoryError": MemoryError}.get(then) or getattr(exceptions, then))()
        return None

    def _info(self, page: Image.Image) -> dict[str, Any]:
        dpi = self._set.get(constants.ICAP_XRESOLUTION, 100.0)
        return {"XResolution": dpi, "YResolution": dpi, "ImageWidth": page.width, "ImageLength": page.height}


class SourceManager:
    """Knows one data source."""

    def __init__(self, parent_window: object = None) -> None:
        self.source_list = [NAME]

    def __enter__(self) -> "SourceManager":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def open_source(self, product_name: str) -> Source:
        if product_name != NAME:
            raise exceptions.NoDataSourceError(product_name)
        return Source()


def _draw(number: int) -> Image.Image:
    page = Image.new("RGB", (585, 827), (250, 248, 240))
    ImageDraw.Draw(page).rectangle((40, 40, 60 + 10 * number, 90), fill=(90, 0, 0))
    return page
