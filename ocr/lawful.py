"""What the law asks of every picture of a paper, whatever stands on it: colour, and 200 dpi.

Circular 05/2025/TT-BNV. A picture that lacks either is sealed as it came, never coloured and never enlarged, with a
finding: scan it again, or give a reason.
"""

from ocr.reading import Finding
from station.core.errors import N_

# Drivers and converters round, so 199 is not blamed.
LEAST_DPI = 195

NOT_COLOUR, LOW_RESOLUTION = "not_colour", "low_resolution"

_NOT_COLOUR = N_(
    "This page is not in colour, and the law asks for colour. Scan it again in colour, or give a reason."
)
_LOW_RESOLUTION = N_(
    "This page has only {dpi} dpi, too few for the archive (200). Scan it again at 300 dpi, or give a reason."
)


def lacks_of(dpi: int, mode: str) -> tuple[Finding, ...]:
    """What a side lacks; `mode` is "colour", "grey" or "bilevel" as delivered."""
    lacks = []
    if dpi < LEAST_DPI:
        lacks.append(Finding(LOW_RESOLUTION, _LOW_RESOLUTION, {"dpi": dpi}))
    if mode != "colour":
        lacks.append(Finding(NOT_COLOUR, _NOT_COLOUR))
    return tuple(lacks)
