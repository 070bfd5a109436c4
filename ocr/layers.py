"""A colour text page in layers: sharp ink over smooth paper, a tenth of the JPEG at the same legibility.

- **Ink**: dark neutral print as lossless Group 4 stencils at full resolution or better, each in one tone.
  Every letter is drawn from its own pixels; nothing is matched, shared or guessed.
- **Paper**: one JPEG at 200 dpi of everything else, with the ink filled in beneath. Where something is to be
  seen (stamps, signatures, coloured grounds, pencil, specks) the pixels are the captured ones; only empty
  paper is smoothed.

A page that is no text page (photographs, patterned grounds, drawings in many tones) gains nothing and loses
likeness: `split_layers` answers None and the picture stays as it was captured.
"""

import zlib
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.pdf import encode_g4

# Circular 05/2025/TT-BNV asks for 200 dpi; no layer has less.
_PAPER_DPI = 200
# Ink of a 200 dpi picture is cut out at 300: its grey edges hold the place of the edge between pixels.
_LEAST_INK_DPI = 300
# Ink is darker than its paper by this share of it: for strong print halfway to black, for faded print halfway
# to its own tone; bleed-through and shadows of folds are mostly below the first.
_INK_SHARE = (0.24, 0.42)
# Print seen at 75 dpi is lighter than it is, which this makes up for.
_HALFWAY = 0.6
# A colour whose strongest and weakest channel differ by more than this over the paper's is no black print.
_COLOURED = 40
# Smaller than a full stop of 6 pt type at 300 dpi (3 × 3): specks stay in the paper.
_SPECK_PX = 5
# Bars of patch sheets are 5 mm; print of titles has strokes below 3 mm.
_WIDEST_STROKE_MM = 5.5
# Levels by which a place of paper must differ from its smoothed self to be kept as captured:
# an old noisy sheet needs the finer one to stay like itself.
_SEEN_LEVELS = (9, 5, 2)
# Where more than this share of a side is more than paper and print, it is a photograph or a patterned ground.
_MOST_SEEN = 0.6
# Product bound 0.90 at 100 dpi grey, and a margin for other renderers.
_LEAST_LIKENESS = 0.918
# Print is toned per place of this many pixels, and drawn in two tones where they differ by that many levels.
_TONE_CELL_PX = 32
_TONES_APART = 45
# Stamps are paler than pens: this much more spread of the channels than the paper's is coloured ink.
_STAMPED = 25
# Pens are a few pixels wide: at less than they were captured with, they lose their colour to the paper beside.
_TILE_DPI = 300
# A viewer stretches a tile over every pixel it touches, and rounding would make it touch one more on each side.
_HAIR_PX = 0.02
# JPEG quality and sampling of the paper and of stamps and signatures (colour at every pixel).
_PAPER_JPEG = (60, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
_COLOUR_JPEG = (80, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
# Lower is a line of writing, larger a coloured ground or a page written in blue.
_TILE_SIDE_MM = (7, 75)
_MOST_TILES = 6


@dataclass(frozen=True)
class Stencil:
    """Group 4 data of ink, drawn in one grey: `tone` is 0 for black to 1 for white."""

    data: bytes
    width_px: int
    height_px: int
    tone: float


@dataclass(frozen=True)
class Tile:
    """A JPEG in RGB, deflated; `box` is its place on the whole side as shares 0-1: left, top, right, bottom.

    Empty paper takes a JPEG two bits a block, 23 kB an A4 page; deflated they are next to nothing.
    """

    deflated: bytes
    width_px: int
    height_px: int
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    @property
    def jpeg(self) -> bytes:
        return zlib.decompress(self.deflated)


@dataclass(frozen=True)
class Layers:
    """What is drawn in this order: the paper, places of coloured ink in full colour, stencils of black ink."""

    paper: Tile
    coloured: tuple[Tile, ...]
    stencils: tuple[Stencil, ...]

    @property
    def byte_count(self) -> int:
        tiles = sum(len(tile.deflated) for tile in (self.paper, *self.coloured))
        return tiles + sum(len(stencil.data) for stencil in self.stencils)


@dataclass(frozen=True)
class _Paper:
    """The side at 200 dpi in what is needed of it.

    Attributes:
        filled: without its ink, filled in beneath.
        smooth: the even paper it would be with nothing on it.
        seen: by how many levels each place of `filled` differs from `smooth`, the strongest channel, blurred.
        spread: by how much more than the paper's the channels of `filled` differ.
    """

    filled: np.ndarray
    smooth: np.ndarray
    seen: np.ndarray
    spread: np.ndarray


def split_layers(picture: np.ndarray, dpi: int) -> Layers | None:
    """The layers of a colour side, shape (height, width, 3) BGR; None where layering would hurt."""
    if min(picture.shape[:2]) < dpi:  # a strip of an inch is no page
        return None
    scale = min(1.0, _PAPER_DPI / dpi)
    reduced = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    spread = _spread(reduced)
    ink, grey = _ink(picture, spread, dpi)
    ink_share = _resized(ink, (reduced.shape[1], reduced.shape[0]))
    paper = _paper(reduced, spread, ink_share)
    if np.count_nonzero(paper.seen >= _SEEN_LEVELS[0]) > _MOST_SEEN * paper.seen.size:
        return None
    stencils = tuple(_stencils(ink, grey))
    coloured, rest, seen = _coloured_places(picture, paper, dpi)
    size = (round(picture.shape[1] * 100 / dpi), round(picture.shape[0] * 100 / dpi))
    before = _resized(cv2.cvtColor(reduced, cv2.COLOR_BGR2GRAY), size)
    for levels in _SEEN_LEVELS:
        even = _even(rest, paper.smooth, seen >= levels)
        layers = Layers(_tile(even, _PAPER_JPEG), coloured, stencils)
        if _likeness(layers, before, _resized(ink_share, size)) >= _LEAST_LIKENESS:
            return layers
    return None


def _resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _coloured_places(
    picture: np.ndarray, paper: _Paper, dpi: int
) -> tuple[tuple[Tile, ...], np.ndarray, np.ndarray]:
    """Stamps and signatures as tiles of the picture itself; the paper without them, and what is seen on that."""
    height, width = paper.spread.shape
    cells = _resized(_mask(paper.spread > _STAMPED), (width // 8, height // 8))
    # Strokes within 3 mm belong together; a cell is 1 mm.
    joined = cv2.morphologyEx(_mask(cells > 8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    tiles, rest, seen = [], paper.filled.copy(), paper.seen.copy()
    largest_first = sorted(stats[1:count].tolist(), key=lambda place: -place[4])
    for left, top, across, down, _ in largest_first[:_MOST_TILES]:
        if min(across, down) < _TILE_SIDE_MM[0] or max(across, down) > _TILE_SIDE_MM[1]:
            continue
        box = (
            max(0, (left - 2) * 8),
            max(0, (top - 2) * 8),
            min(width, (left + across + 2) * 8),
            min(height, (top + down + 2) * 8),
        )
        window = (slice(box[1], box[3]), slice(box[0], box[2]))
        shares = (
            (box[0] + _HAIR_PX) / width,
            (box[1] + _HAIR_PX) / height,
            (box[2] - _HAIR_PX) / width,
            (box[3] - _HAIR_PX) / height,
        )
        tiles.append(_tile(_cut(picture, shares, dpi), _COLOUR_JPEG, shares))
        rest[window] = paper.smooth[window]
        seen[window] = 0
    return tuple(tiles), rest, seen


def _cut(picture: np.ndarray, shares: tuple[float, float, float, float], dpi: int) -> np.ndarray:
    """A place of the picture at its own resolution, at 300 dpi where it is finer; `shares` as a tile's box."""
    height, width = picture.shape[:2]
    left, right = round(shares[0] * width), round(shares[2] * width)
    top, bottom = round(shares[1] * height), round(shares[3] * height)
    scale = min(1.0, _TILE_DPI / dpi)
    return np.asarray(
        cv2.resize(picture[top:bottom, left:right], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    )


def _ink(picture: np.ndarray, spread: np.ndarray, dpi: int) -> tuple[np.ndarray, np.ndarray]:
    """Dark neutral print as 255 at the ink's resolution, and the grey picture there; `spread` is at the paper's."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    if dpi < _LEAST_INK_DPI:
        factor = _LEAST_INK_DPI / dpi
        grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        dpi = _LEAST_INK_DPI
    dark = _mask(grey < _ink_level(grey, dpi))
    # Photographs and the dark beside a sheet are no print: wider than any stroke.
    width_px = round(_WIDEST_STROKE_MM / 25.4 * dpi)
    solid = cv2.morphologyEx(
        _resized(dark, (dark.shape[1] // 4, dark.shape[0] // 4)),
        cv2.MORPH_OPEN,
        np.ones((width_px // 4, width_px // 4), np.uint8),
    )
    solid = cv2.dilate(_mask(solid >= 200), np.ones((5, 5), np.uint8))
    # Colour is judged at the paper's resolution, which is enough to tell a pen from print.
    coloured = _coloured(spread)
    for other in (solid, coloured):
        cv2.subtract(dark, cv2.resize(other, dark.shape[::-1], interpolation=cv2.INTER_NEAREST), dst=dark)
    company = cv2.boxFilter(dark, cv2.CV_16U, (5, 5), normalize=False)
    ink: np.ndarray = cv2.bitwise_and(dark, _mask(company >= 255 * _SPECK_PX))
    return ink, grey


def _coloured(spread: np.ndarray) -> np.ndarray:
    """255 on coloured strokes and on their edges, whose colour the JPEG of a scanner takes from the paper beside."""
    return cv2.dilate(_mask(cv2.blur(spread, (3, 3)) > _COLOURED), np.ones((3, 3), np.uint8))


def _ink_level(grey: np.ndarray, dpi: int) -> np.ndarray:
    """The brightness below which a pixel is ink: halfway from the paper around to the print around."""
    scale = 75 / dpi
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # The paper is the lightest within 6 mm, the print the darkest; both without single specks.
    paper = cv2.blur(cv2.dilate(cv2.medianBlur(small, 3), np.ones((17, 17), np.uint8)), (9, 9)).astype(
        np.float32
    )
    print_ = cv2.blur(cv2.erode(small, np.ones((17, 17), np.uint8)), (9, 9)).astype(np.float32)
    share = np.clip(_HALFWAY * (1 - print_ / np.maximum(paper, 1)), *_INK_SHARE)
    level = (paper * (1 - share)).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(level, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR))


def _paper(reduced: np.ndarray, spread: np.ndarray, ink_share: np.ndarray) -> _Paper:
    """The side at 200 dpi with its ink filled in beneath; `ink_share` is 255 where all is ink."""
    size = (reduced.shape[1], reduced.shape[0])
    around = cv2.dilate(_mask(ink_share > 0), np.ones((5, 5), np.uint8))
    bare = cv2.bitwise_or(cv2.bitwise_not(around), _coloured(spread))
    cells = cv2.blur(_coarse(reduced, bare), (3, 3))
    smooth = cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR)
    filled = cv2.copyTo(reduced, bare, smooth.copy())
    blue, green, red = cv2.split(cv2.absdiff(filled, smooth))
    seen = cv2.blur(cv2.max(cv2.max(blue, green), red), (5, 5))
    more = cv2.subtract(spread, cv2.resize(_spread(cells), size, interpolation=cv2.INTER_LINEAR))
    return _Paper(filled, smooth, seen, cv2.bitwise_and(more, bare))


def _even(filled: np.ndarray, smooth: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The paper as captured where something is to be seen, with a margin, and smooth elsewhere."""
    kept = cv2.dilate(_mask(seen), np.ones((9, 9), np.uint8))
    weight = cv2.blur(kept, (9, 9)).astype(np.float32) / 255
    return np.asarray(cv2.blendLinear(filled, smooth, weight, 1 - weight), np.uint8)


def _likeness(layers: Layers, before: np.ndarray, ink_share: np.ndarray) -> float:
    """Structural similarity of the layers to the side `before`, both grey at 100 dpi; 1.0 for equal.

    `ink_share` is 255 where a pixel at 100 dpi is all ink.
    """
    size = (before.shape[1], before.shape[0])
    after = cv2.resize(_grey_jpeg(layers.paper.jpeg), size, interpolation=cv2.INTER_LINEAR)
    for tile in layers.coloured:
        left, right = round(tile.box[0] * size[0]), round(tile.box[2] * size[0])
        top, bottom = round(tile.box[1] * size[1]), round(tile.box[3] * size[1])
        after[top:bottom, left:right] = cv2.resize(
            _grey_jpeg(tile.jpeg), (right - left, bottom - top), interpolation=cv2.INTER_LINEAR
        )
    tone = 255 * layers.stencils[0].tone if layers.stencils else 0.0
    share = ink_share.astype(np.float32) / 255
    return structural_similarity(before, after * (1 - share) + tone * share)


def _spread(picture: np.ndarray) -> np.ndarray:
    """How far the strongest channel of each pixel is from the weakest; 0 for grey."""
    blue, green, red = cv2.split(picture)
    return cv2.subtract(cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red))


def _mask(where: np.ndarray) -> npt.NDArray[np.uint8]:
    """255 where it is so, else 0."""
    return np.multiply(where.view(np.uint8), np.uint8(255))


def _grey_jpeg(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_2))


def structural_similarity(one: np.ndarray, other: np.ndarray) -> float:
    """Mean SSIM of two grey pictures of one shape (Wang et al. 2004: Gaussian of 1.5, K 0.01 and 0.03)."""
    first, second = one.astype(np.float32), other.astype(np.float32)

    def local(values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5))

    mean_1, mean_2 = local(first), local(second)
    variance = local(first * first) + local(second * second) - mean_1**2 - mean_2**2
    covariance = local(first * second) - mean_1 * mean_2
    level, contrast = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_1 * mean_2 + level) * (2 * covariance + contrast)
    return float((top / ((mean_1**2 + mean_2**2 + level) * (variance + contrast))).mean())


def _coarse(paper: np.ndarray, bare: np.ndarray) -> np.ndarray:
    """The bare paper's colour per cell of 8 pixels; cells full of ink take it from cells around."""
    rows, columns = -(-paper.shape[0] // 8), -(-paper.shape[1] // 8)
    known = cv2.copyTo(paper, bare, np.zeros_like(paper))
    total = cv2.resize(known, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
    share = cv2.resize(bare, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    total, share = total * (share > 0.3)[:, :, None], share * (share > 0.3)
    own = share.copy()
    cells = total / np.maximum(share, 1e-3)[:, :, None]
    for reach in (3, 7, 15, 61):
        around = cv2.blur(share, (reach, reach))
        colour = cv2.blur(total, (reach, reach)) / np.maximum(around, 1e-6)[:, :, None]
        empty = (own == 0) & (around > 1e-4)
        cells[empty] = colour[empty]
        own[empty] = 1
    return cells.round().clip(0, 255).astype(np.uint8)


def _tile(
    picture: np.ndarray,
    quality: tuple[int, int],
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0),
) -> Tile:
    """The picture as a tile; `quality` is JPEG's 1-100 and how its colours are sampled."""
    # Not progressive: its runs of empty blocks deflate worse and cost time.
    settings = (
        (cv2.IMWRITE_JPEG_QUALITY, quality[0]),
        (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, quality[1]),
        (cv2.IMWRITE_JPEG_OPTIMIZE, 1),
    )
    done, encoded = cv2.imencode(".jpg", picture, [value for pair in settings for value in pair])
    if not done:
        raise ValueError("the picture has no form a JPEG can hold")
    return Tile(zlib.compress(encoded.tobytes(), 9), picture.shape[1], picture.shape[0], box)


def _stencils(ink: np.ndarray, grey: np.ndarray) -> list[Stencil]:
    """The ink in its mean tone; where faded and strong print stand on one side, each in its own."""
    # Tones are judged at a quarter of the resolution, of whole blocks of four pixels.
    quarter = (ink.shape[1] // 4, ink.shape[0] // 4)
    whole = (slice(0, 4 * quarter[1]), slice(0, 4 * quarter[0]))
    inked = _resized(ink[whole], quarter).astype(np.float32)
    # Ink is 255: what is left of the grey is 0 elsewhere.
    total = _resized(cv2.bitwise_and(grey, ink)[whole], quarter).astype(np.float32)
    if not inked.any():
        return []
    cells = (-(-ink.shape[1] // _TONE_CELL_PX), -(-ink.shape[0] // _TONE_CELL_PX))
    share, reach = _resized(inked, cells), (9, 9)
    tones = 255 * cv2.blur(_resized(total, cells), reach) / np.maximum(cv2.blur(share, reach), 1e-3)
    low, high = np.percentile(tones[share > 0], (10, 90))
    if high - low < _TONES_APART:
        return [_stencil(ink, float(total.sum() / inked.sum()))]
    faded = cv2.resize(
        _mask(tones > (low + high) / 2), (ink.shape[1], ink.shape[0]), interpolation=cv2.INTER_NEAREST
    )
    parts = (cv2.bitwise_and(ink, faded), cv2.subtract(ink, faded))
    return [_stencil(part, cv2.mean(grey, part)[0] / 255) for part in parts if cv2.countNonZero(part)]


def _stencil(ink: np.ndarray, tone: float) -> Stencil:
    return Stencil(encode_g4(ink), ink.shape[1], ink.shape[0], round(tone, 3))
