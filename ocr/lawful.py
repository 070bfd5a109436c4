"""What the law asks of every picture of a paper, whatever stands on it: colour, and 200 dpi; of a map 300.

Circular 05/2025/TT-BNV. A picture that lacks either is sealed as it came, never coloured and never enlarged, with a
finding: scan it again, or give a reason.
"""

from ocr.reading import Finding
from station.core.errors import N_

#: For papers of text.
TEXT_DPI = 200
# Drivers and converters round, so 199 is not blamed.
_ROUNDED = 0.975

NOT_COLOUR, LOW_RESOLUTION = "not_colour", "low_resolution"

_NOT_COLOUR = N_(
    "This page is not in colour, and the law asks for colour. Scan it again in colour, or give a reason."
)
_LOW_RESOLUTION = N_(
    "This page has only {dpi} dpi, too few for the archive ({least}). Scan it again at 300 dpi, or give a reason."
)


def lacks_of(dpi: int, mode: str, least_dpi: int = TEXT_DPI) -> tuple[Finding, ...]:
    """What a side lacks.

    Args:
        dpi, mode: of the picture as delivered; the mode is "colour", "grey" or "bilevel".
        least_dpi: what is asked of its kind of paper.
    """
    lacks = []
    if dpi < _ROUNDED * least_dpi:
        lacks.append(Finding(LOW_RESOLUTION, _LOW_RESOLUTION, {"dpi": dpi, "least": least_dpi}))
    if mode != "colour":
        lacks.append(Finding(NOT_COLOUR, _NOT_COLOUR))
    return tuple(lacks)
