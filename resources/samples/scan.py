"""Putting a side of paper on the glass: how it lies, what is done to it, and the truth that follows it."""

import math
import random
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from resources.samples import damage
from resources.samples.sheet import Quad, Sheet, TruthCode, TruthLine

Matrix = NDArray[np.float64]
# Smallest module a good decoder reads at a resolution: three pixels seen, two and a half with luck.
READABLE_MODULE_PX = 2.6
READABLE_BAR_PX = 1.7
# Fine enough that no strip's edge shows: a tenth of a millimetre at the most.
BOW_STRIPS = 40


@dataclass(frozen=True)
class Placed:
    """A printed sheet and where it lies on the glass."""

    sheet: Sheet | None
    document_id: str | None
    doc_type: str | None
    page_no: int
    side: str
    left_mm: float = 0.0
    top_mm: float = 0.0
    skew_scored: bool = True


@dataclass(frozen=True)
class Side:
    """One side to be scanned. `paper_mm` is the upright size; no placed sheets: a blank side."""

    placed: tuple[Placed, ...]
    paper_mm: tuple[float, float]
    dossier_id: str
    fold_mm: float | None = None
    separator: str | None = None
    back: Sheet | None = None


@dataclass(frozen=True)
class Lie:
    """How a side is scanned.

    Args:
        dpi, mode: resolution; "color", "gray" or "bilevel".
        level: clean, normal or hard, for the truth only.
        turn: degrees clockwise (0, 90, 180, 270); skew: degrees clockwise left after undoing it.
        effects: names of `damage`; generation: how often it went through a copier.
        bow_mm: how far the middle of each line hangs below its ends, as beside the spine of a bound pile;
            a bowed side has no one skew, so none is asked for.
        lid: grey of what is behind the paper.
    """

    dpi: int
    mode: str
    level: str
    turn: int = 0
    skew: float = 0.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    effects: tuple[str, ...] = ()
    generation: int = 0
    bow_mm: float = 0.0
    noise: int = 3
    lid: int = 250
    quality: int = 80


@dataclass(frozen=True)
class Scan:
    """A delivered image and the truth of it in the form of the truth file (without its file and index)."""

    image: Image.Image
    truth: dict[str, object]
    places: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Way:
    """How pixels of the flat side come to lie in the delivered image: bowed first, then by the matrix."""

    matrix: Matrix
    bow_px: float
    width_px: int

    def move(self, quad: Quad, offset_px: tuple[float, float] = (0.0, 0.0)) -> list[list[float]]:
        flat = np.array([[x + offset_px[0], y + offset_px[1], 1.0] for x, y in quad])
        flat[:, 1] += self.bow_px * np.sin(np.pi * flat[:, 0] / self.width_px)
        return [[round(float(x), 1), round(float(y), 1)] for x, y, _ in flat @ self.matrix.T]


def scan(side: Side, lie: Lie, rng: random.Random) -> Scan:
    """Scans one side."""
    flat = _composed(side, lie)
    applied: list[str] = []
    if lie.generation:
        flat = damage.copied(flat, lie.generation, rng)
    if side.back is not None and "bleed_through" in lie.effects:
        flat = damage.bled_through(flat, side.back.image, rng)
        applied.append("bleed_through")
    for name, effect in damage.SHEET_EFFECTS.items():
        if name in lie.effects:
            flat = effect(flat, rng)
            applied.append(name)
    if lie.bow_mm:
        flat = _bowed(flat, lie)
        applied.append("warp")
    lying, matrix = _laid(flat, lie)
    for name, glass_effect in damage.GLASS_EFFECTS.items():
        if name in lie.effects:
            lying = glass_effect(lying, rng)
            applied.append(name)
    lying = damage.softened(lying, rng)
    if lie.noise:
        lying = damage.grain(lying, lie.noise, rng)
    lying, matrix = _turned(lying, matrix, lie.turn)
    image = _in_mode(lying, lie, rng)
    bow_px = lie.bow_mm * lie.dpi / 25.4
    return Scan(image, _truth(side, lie, image, Way(matrix, bow_px, flat.width), sorted(applied)))


def _composed(side: Side, lie: Lie) -> Image.Image:
    """The sheets on the paper, or beside each other, at the scanner's resolution."""
    colour = lie.mode == "color"
    size = (round(side.paper_mm[0] * lie.dpi / 25.4), round(side.paper_mm[1] * lie.dpi / 25.4))
    alone = side.placed[0].sheet if len(side.placed) == 1 else None
    if alone is not None and alone.image.size == size:
        return (
            alone.image
            if colour == (alone.image.mode == "RGB")
            else alone.image.convert("RGB" if colour else "L")
        )
    canvas = Image.new("RGB" if colour else "L", size, (lie.lid,) * 3 if colour else lie.lid)
    if not side.placed:
        canvas.paste((253, 253, 252) if colour else 253, (0, 0, *size))
    for placed in side.placed:
        if placed.sheet is None:
            continue
        spot = (round(placed.left_mm * lie.dpi / 25.4), round(placed.top_mm * lie.dpi / 25.4))
        canvas.paste(placed.sheet.image.convert(canvas.mode), spot)
    if side.fold_mm is not None:
        x = round(side.fold_mm * lie.dpi / 25.4)
        strip = canvas.crop((x - 14, 0, x + 14, canvas.height)).point(lambda value: value * 0.93)
        canvas.paste(strip.filter(ImageFilter.BoxBlur(2)), (x - 14, 0))
    return canvas


def _bowed(flat: Image.Image, lie: Lie) -> Image.Image:
    """Lines hang: narrow upright strips moved down, most in the middle."""
    bow = lie.bow_mm * lie.dpi / 25.4
    edges = [round(flat.width * step / BOW_STRIPS) for step in range(BOW_STRIPS + 1)]
    fall = [bow * math.sin(math.pi * edge / flat.width) for edge in edges]
    height = flat.height
    mesh = [
        ((left, 0, right, height), (left, -down, left, height - down, right, height - after, right, -after))
        for left, right, down, after in zip(edges, edges[1:], fall, fall[1:], strict=False)
    ]
    fill = lie.lid if flat.mode == "L" else (lie.lid,) * 3
    return flat.transform(flat.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR, fillcolor=fill)


def _laid(flat: Image.Image, lie: Lie) -> tuple[Image.Image, Matrix]:
    """The side skewed and shifted on the glass; the matrix takes its pixels there."""
    angle = math.radians(lie.skew)
    cos, sin = math.cos(angle), math.sin(angle)
    cx, cy = (flat.width - 1) / 2, (flat.height - 1) / 2
    dx, dy = (length * lie.dpi / 25.4 for length in lie.shift_mm)
    matrix = np.array(
        [[cos, -sin, cx - cos * cx + sin * cy + dx], [sin, cos, cy - sin * cx - cos * cy + dy], [0, 0, 1]]
    )
    if lie.skew == 0 and lie.shift_mm == (0.0, 0.0):
        return flat, matrix
    back = np.linalg.inv(matrix)
    fill = lie.lid if flat.mode == "L" else (lie.lid,) * 3
    terms = (back[0, 0], back[0, 1], back[0, 2], back[1, 0], back[1, 1], back[1, 2])
    return flat.transform(
        flat.size, Image.Transform.AFFINE, terms, Image.Resampling.BILINEAR, fillcolor=fill
    ), matrix


def _turned(lying: Image.Image, matrix: Matrix, turn: int) -> tuple[Image.Image, Matrix]:
    width, height = lying.size
    turns: dict[int, tuple[Image.Transpose, list[list[float]]]] = {
        90: (Image.Transpose.ROTATE_270, [[0, -1, height - 1], [1, 0, 0], [0, 0, 1]]),
        180: (Image.Transpose.ROTATE_180, [[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1]]),
        270: (Image.Transpose.ROTATE_90, [[0, 1, 0], [-1, 0, width - 1], [0, 0, 1]]),
    }
    if turn == 0:
        return lying, matrix
    how, after = turns[turn]
    return lying.transpose(how), np.array(after) @ matrix


def _in_mode(lying: Image.Image, lie: Lie, rng: random.Random) -> Image.Image:
    if lie.mode == "bilevel":
        border = rng.randint(135, 175)
        return lying.convert("L").point(lambda value: 255 if value >= border else 0, mode="1")
    return lying


def _truth(side: Side, lie: Lie, image: Image.Image, way: Way, applied: list[str]) -> dict[str, object]:
    wide, tall = side.paper_mm
    blank = not any(placed.sheet is not None for placed in side.placed)
    scored = not lie.bow_mm and any(placed.skew_scored and placed.sheet is not None for placed in side.placed)
    split = None
    if side.fold_mm is not None:
        x = side.fold_mm * lie.dpi / 25.4
        height = tall * lie.dpi / 25.4
        upright = way if lie.turn == 0 else replace(way, matrix=_upright(way.matrix, image, lie.turn))
        middle = upright.move([(x, height / 2)])[0][0]
        span = image.width if lie.turn in (0, 180) else image.height
        split = {"line": way.move([(x, 0), (x, height)]), "at": round(middle / span, 4)}
    return {
        "index": 0,
        "width": image.width,
        "height": image.height,
        "dpi": lie.dpi,
        "mode": lie.mode,
        "level": lie.level,
        "paper": "A3" if max(wide, tall) > 400 else "A4",
        "landscape": wide > tall,
        "blank": blank,
        "separator": side.separator,
        "rotation": lie.turn,
        "skew": None if blank else round(lie.skew, 3),
        "sheet_skew": round(lie.skew, 3),
        "skew_scored": scored,
        "is_a3_spread": side.fold_mm is not None,
        "split": split,
        "effects": applied,
        "quality": None if lie.mode == "bilevel" else lie.quality,
        "dossier_id": side.dossier_id,
        "pages": [] if blank else [_page(placed, lie, way) for placed in side.placed],
    }


def _upright(matrix: Matrix, image: Image.Image, turn: int) -> Matrix:
    """The matrix before turning."""
    width, height = image.size
    undo = {
        90: [[0, 1, 0], [-1, 0, width - 1], [0, 0, 1]],
        180: [[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1]],
        270: [[0, -1, height - 1], [1, 0, 0], [0, 0, 1]],
    }[turn]
    return np.array(undo) @ matrix


def _page(placed: Placed, lie: Lie, way: Way) -> dict[str, object]:
    if placed.sheet is None:
        return {
            "document_id": None,
            "doc_type": None,
            "page_no": placed.page_no,
            "side": placed.side,
            "blank": True,
            "lines": [],
            "barcodes": [],
        }
    sheet = placed.sheet
    offset = (placed.left_mm * lie.dpi / 25.4, placed.top_mm * lie.dpi / 25.4)
    wide, tall = sheet.image.size
    return {
        "document_id": placed.document_id,
        "doc_type": placed.doc_type,
        "page_no": placed.page_no,
        "side": placed.side,
        "blank": False,
        "skew": round(lie.skew, 3),
        "skew_scored": placed.skew_scored and not lie.bow_mm,
        "generation": lie.generation,
        "quad": way.move([(0, 0), (wide, 0), (wide, tall), (0, tall)], offset),
        "lines": [_line(line, way, offset) for line in sheet.lines],
        "barcodes": [
            {
                "symbology": code.symbology,
                "payload": code.payload,
                "quad": way.move(code.quad, offset),
                "readable": _readable(code, lie),
            }
            for code in sheet.codes
        ],
        "stamps": [{"text": stamp.text, "quad": way.move(stamp.quad, offset)} for stamp in sheet.stamps],
    }


def _line(line: TruthLine, way: Way, offset: tuple[float, float]) -> dict[str, object]:
    told: dict[str, object] = {
        "text": line.text,
        "kind": line.kind,
        "quad": way.move(line.quad, offset),
    }
    if len(line.runs) > 1:
        told["runs"] = [{"text": run.text, "kind": run.kind} for run in line.runs]
    return told


def _readable(code: TruthCode, lie: Lie) -> bool | None:
    """Whether a good decoder should manage: modules wide enough, and not through a copier twice."""
    if code.symbology == "PatchT":
        return None
    module_px = code.module_mm * lie.dpi / 25.4
    least = READABLE_BAR_PX if code.symbology == "Code128" else READABLE_MODULE_PX
    return module_px >= least * (1 + 0.35 * lie.generation) * (1.25 if lie.mode == "bilevel" else 1.0)
