"""The recogniser behind a seam: Tesseract in-process, or its command line where that cannot be installed.

One model stays loaded per process and language. Both engines answer the same lines; boxes are pixels of the picture
handed in, confidences 0.0–1.0, text NFC.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from ocr.image import Array
from ocr.reading import Line, Word
from station.core.errors import N_, StationError

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

# Tesseract's page segmentation modes.
SINGLE_BLOCK = 6
SINGLE_LINE = 7
RAW_LINE = 13

_MODEL_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "C:/Program Files/Tesseract-OCR/tessdata",
)

# The Vietnamese model was trained with these too, and takes them for Đ, g, c and accents: no Vietnamese paper has them.
FOREIGN_TO_VIETNAMESE = "ÄŸ‡^Ð„¬ÏŠƒƑÖˆ€¡®¿†£›‹öïðÿšäñøœŒØÑ"

# Tesseract's image library complains aloud about smaller pictures.
_SMALLEST_PX = 24


class NoRecogniser(StationError):
    sentence = N_(
        "The text recogniser or its language files ({languages}) are missing. "
        "Install Tesseract with these languages, then run the self-check (station doctor)."
    )


class Engine(Protocol):
    """Recognises evened pictures."""

    def lines(self, picture: Array, dpi: int, layout: int) -> list[Line]:
        """Lines in reading order; `layout` is Tesseract's page segmentation mode."""
        ...


@cache
def model_folder(languages: tuple[str, ...]) -> str:
    """The folder that holds all the models.

    Raises:
        NoRecogniser: no folder does.
    """
    candidates = [os.environ.get("TESSDATA_PREFIX", ""), *_MODEL_FOLDERS]
    executable = shutil.which("tesseract")
    if executable:
        candidates.append(str(Path(executable).parent / "tessdata"))
    for folder in candidates:
        if folder and all((Path(folder) / f"{name}.traineddata").is_file() for name in languages):
            return folder
    raise NoRecogniser(languages=", ".join(languages))


def is_installed(language: str) -> bool:
    """Whether the language's model is there."""
    try:
        model_folder((language,))
    except NoRecogniser:
        return False
    return True


class TesserocrEngine:
    """Tesseract inside this process."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        import tesserocr

        _silence(tesserocr.__file__)
        self._tesserocr = tesserocr
        self._api = tesserocr.PyTessBaseAPI(
            path=model_folder(languages), lang="+".join(languages), psm=3, oem=tesserocr.OEM.LSTM_ONLY
        )
        # Ink is dark here; reading every doubtful line a second time as its negative costs a tenth.
        self._api.SetVariable("invert_threshold", "0.0")
        if languages == ("vie",):
            self._api.SetVariable("tessedit_char_blacklist", FOREIGN_TO_VIETNAMESE)

    def lines(self, picture: Array, dpi: int, layout: int) -> list[Line]:
        api = self._api
        if min(picture.shape) < _SMALLEST_PX:
            return []
        api.SetPageSegMode(layout)
        height, width = picture.shape
        api.SetImageBytes(np.ascontiguousarray(picture).tobytes(), width, height, 1, width)
        api.SetSourceResolution(max(70, dpi))
        if not api.Recognize():
            return []
        return self._collect(api.GetIterator())

    def _collect(self, iterator: Any) -> list[Line]:
        ril = self._tesserocr.RIL
        lines: list[Line] = []
        words: list[Word] = []
        block = line_block = -1
        if iterator is None:
            return lines
        while True:
            if iterator.IsAtBeginningOf(ril.BLOCK):
                block += 1
            if iterator.IsAtBeginningOf(ril.TEXTLINE) and words:
                lines.append(Line(tuple(words), max(0, line_block)))
                words = []
            line_block = block
            box = iterator.BoundingBox(ril.WORD)
            if box is not None:
                text = unicodedata.normalize("NFC", iterator.GetUTF8Text(ril.WORD)).strip()
                if text:
                    sure = max(0.0, float(iterator.Confidence(ril.WORD)) / 100.0)
                    words.append(Word(text, (box[0], box[1], box[2], box[3]), sure))
            if not iterator.Next(ril.WORD):
                break
        if words:
            lines.append(Line(tuple(words), max(0, block)))
        return lines


def _silence(library: str) -> None:
    """Keeps the image library's remarks about odd pictures off standard error."""
    try:
        ctypes.CDLL(library).setMsgSeverity(6)
    except (OSError, AttributeError):
        # Linked in another way: the remarks stay, the readings are the same.
        return


class PytesseractEngine:
    """Tesseract's own program, one start per call."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        import pytesseract

        self._pytesseract = pytesseract
        self._languages = "+".join(languages)
        self._folder = model_folder(languages)

    def lines(self, picture: Array, dpi: int, layout: int) -> list[Line]:
        foreign = f"-c tessedit_char_blacklist={FOREIGN_TO_VIETNAMESE}" if self._languages == "vie" else ""
        table = self._pytesseract.image_to_data(
            Image.fromarray(picture),
            lang=self._languages,
            config=f'--tessdata-dir "{self._folder}" --oem 1 --psm {layout} --dpi {max(70, dpi)} {foreign}',
            output_type=self._pytesseract.Output.DICT,
        )
        grouped: dict[tuple[int, int, int], list[Word]] = {}
        for index, raw in enumerate(table["text"]):
            text = unicodedata.normalize("NFC", raw).strip()
            if not text:
                continue
            left, top = int(table["left"][index]), int(table["top"][index])
            box = (left, top, left + int(table["width"][index]), top + int(table["height"][index]))
            key = (table["block_num"][index], table["par_num"][index], table["line_num"][index])
            word = Word(text, box, max(0.0, float(table["conf"][index]) / 100.0))
            grouped.setdefault(key, []).append(word)
        return [Line(tuple(words), int(key[0])) for key, words in grouped.items()]


@cache
def engine(kind: str, languages: tuple[str, ...]) -> Engine:
    """The process's engine for these languages; "tesserocr" or "pytesseract"."""
    if kind == "tesserocr":
        try:
            return TesserocrEngine(languages)
        except ImportError:
            kind = "pytesseract"
    return PytesseractEngine(languages)
