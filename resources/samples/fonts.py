"""Finding the faces the sample papers are set in, and refusing those that cannot write Vietnamese.

The installer brings the faces as Debian packages. A face without the Vietnamese letters (the first
generation of Liberation is one) would print boxes, and every figure measured on such paper would be wrong.
"""

from functools import cache, lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont, features

from station.core.errors import N_, StationError

SYSTEM_FONTS = Path("/usr/share/fonts/truetype")
OWN_FONTS = Path(__file__).parent.parent / "fonts"

# Letters that tell a Vietnamese face: plain, horn, breve, and the stacked accents of both cases.
VIETNAMESE_LETTERS = (
    "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹĂÂĐÊÔƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ"
)
KHMER_LETTERS = "កខគឃងចឆជឈញដឋឌឍណតថទធនបផពភមយរលវសហឡអាិីឹឺុូួើឿៀេែៃោៅំះៈ៉៊់្"

# Family → file of each face, relative to SYSTEM_FONTS or OWN_FONTS.
FAMILIES: dict[str, dict[str, str]] = {
    "serif": {
        "regular": "liberation2/LiberationSerif-Regular.ttf",
        "bold": "liberation2/LiberationSerif-Bold.ttf",
        "italic": "liberation2/LiberationSerif-Italic.ttf",
        "bolditalic": "liberation2/LiberationSerif-BoldItalic.ttf",
    },
    "sans": {
        "regular": "liberation2/LiberationSans-Regular.ttf",
        "bold": "liberation2/LiberationSans-Bold.ttf",
        "italic": "liberation2/LiberationSans-Italic.ttf",
        "bolditalic": "liberation2/LiberationSans-BoldItalic.ttf",
    },
    "typewriter": {
        "regular": "liberation2/LiberationMono-Regular.ttf",
        "bold": "liberation2/LiberationMono-Bold.ttf",
        "italic": "liberation2/LiberationMono-Italic.ttf",
        "bolditalic": "liberation2/LiberationMono-BoldItalic.ttf",
    },
    "notoserif": {
        "regular": "noto/NotoSerif-Regular.ttf",
        "bold": "noto/NotoSerif-Bold.ttf",
        "italic": "noto/NotoSerif-Italic.ttf",
        "bolditalic": "noto/NotoSerif-BoldItalic.ttf",
    },
    "notosans": {
        "regular": "noto/NotoSans-Regular.ttf",
        "bold": "noto/NotoSans-Bold.ttf",
        "italic": "noto/NotoSans-Italic.ttf",
        "bolditalic": "noto/NotoSans-BoldItalic.ttf",
    },
    "dejavuserif": {
        "regular": "dejavu/DejaVuSerif.ttf",
        "bold": "dejavu/DejaVuSerif-Bold.ttf",
        "italic": "dejavu/DejaVuSerif.ttf",
        "bolditalic": "dejavu/DejaVuSerif-Bold.ttf",
    },
    "dejavusans": {
        "regular": "dejavu/DejaVuSans.ttf",
        "bold": "dejavu/DejaVuSans-Bold.ttf",
        "italic": "dejavu/DejaVuSans.ttf",
        "bolditalic": "dejavu/DejaVuSans-Bold.ttf",
    },
    # Handwriting; these three travel with the project under the SIL Open Font License.
    "patrickhand": {"regular": "patrickhand/PatrickHand-Regular.ttf"},
    "itim": {"regular": "itim/Itim-Regular.ttf"},
    "sriracha": {"regular": "sriracha/Sriracha-Regular.ttf"},
    "khmer": {
        "regular": "khmeros/KhmerOSbattambang.ttf",
        "bold": "khmeros/KhmerOSmuollight.ttf",
        "italic": "khmeros/KhmerOSsiemreap.ttf",
        "bolditalic": "khmeros/KhmerOSmuol.ttf",
    },
}
HANDS = ("patrickhand", "itim", "sriracha")


class FontMissing(StationError):
    """A face the samples need is not installed."""

    sentence = N_(
        "The font {font} is missing. Install the packages fonts-liberation2, fonts-noto-core, "
        "fonts-dejavu-core and fonts-khmeros, then try again."
    )


class FontLacksLetters(StationError):
    """A face is installed that would print boxes instead of letters."""

    sentence = N_(
        "The font {font} lacks {count} letters of the language. Install the packages fonts-liberation2, "
        "fonts-noto-core and fonts-khmeros, then try again."
    )


def missing_letters(path: Path, letters: str) -> str:
    """Those of `letters` that the face at `path` has no glyph for."""
    with TTFont(path, fontNumber=0, lazy=True) as face:
        known = face.getBestCmap()
        return "".join(letter for letter in letters if ord(letter) not in known)


@cache
def find_face(family: str, face: str) -> Path:
    """The file of a face.

    Raises:
        FontMissing: it is nowhere.
        FontLacksLetters: it is there but cannot write the language.
    """
    name = FAMILIES[family][face]
    for folder in (OWN_FONTS, SYSTEM_FONTS):
        path = folder / name
        if path.is_file():
            lacking = missing_letters(path, KHMER_LETTERS if family == "khmer" else VIETNAMESE_LETTERS)
            if lacking:
                raise FontLacksLetters(font=path.name, count=len(lacking))
            return path
    raise FontMissing(font=Path(name).name)


def available_families(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `wanted` that can be used here; the first error is raised when none can."""
    usable: list[str] = []
    problem: StationError | None = None
    for family in wanted:
        try:
            find_face(family, "regular")
        except StationError as error:
            problem = problem or error
        else:
            usable.append(family)
    if not usable and problem is not None:
        raise problem
    return tuple(usable)


@lru_cache(maxsize=512)
def load(family: str, face: str, size_px: int) -> ImageFont.FreeTypeFont:
    """The face ready to draw at `size_px` pixels to the em; Khmer is shaped by raqm."""
    shaped = family == "khmer" and features.check("raqm")
    engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(find_face(family, face)), size_px, layout_engine=engine)


@lru_cache(maxsize=1)
def available_hands() -> tuple[str, ...]:
    """Families of handwriting that are here and know Vietnamese; none is needed."""
    hands: list[str] = []
    for family in HANDS:
        try:
            find_face(family, "regular")
        except StationError:
            continue
        hands.append(family)
    return tuple(hands)
