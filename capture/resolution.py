"""How many dots an inch a picture has, when the file does not say or says nonsense.

Copiers and phones leave the resolution out or write 72 or 96, the screen's. Everything later (text size,
skew search, page size on paper) hangs on it, so it is read off the paper: the resolution at which the picture
has the size of a sheet that offices use.
"""

# Below this no office scans paper; the law's lowest is 200. 72 and 96 are what programs write without knowing.
LOWEST_BELIEVED_DPI = 100
HIGHEST_BELIEVED_DPI = 2400
# The steps scanners offer, most frequent first: a tie goes to the earlier one.
USUAL_DPI = (300, 200, 400, 600, 150, 240)
# Width and height in millimetres: A4, A3, A5, an ID card, letter and legal paper.
PAPERS_MM = ((210.0, 297.0), (297.0, 420.0), (148.0, 210.0), (85.6, 54.0), (215.9, 279.4), (215.9, 355.6))
# A sheet in a feeder is cut within about 1 %; copiers round up to whole bytes or blocks.
PAPER_TOLERANCE = 0.02
MM_PER_INCH = 25.4
# When no paper fits: the long side of an A4 sheet, which is what most cut-outs come from.
LONG_SIDE_MM = 297.0


def believed_dpi(width_px: int, height_px: int, stated_dpi: float | None) -> int:
    """The stated resolution when it can be true, else the one at which the picture is a sheet of paper."""
    # Rounded first: a PNG counts dots per metre and gives 100 dpi back as 99.9998.
    if stated_dpi is not None and LOWEST_BELIEVED_DPI <= round(stated_dpi) <= HIGHEST_BELIEVED_DPI:
        return round(stated_dpi)
    short, long = sorted((width_px, height_px))
    for dpi in USUAL_DPI:
        for paper in PAPERS_MM:
            paper_short, paper_long = sorted(paper)
            if _near(short, paper_short * dpi) and _near(long, paper_long * dpi):
                return dpi
    guess = long / LONG_SIDE_MM * MM_PER_INCH
    return min(USUAL_DPI, key=lambda dpi: abs(dpi - guess))


def _near(pixels: int, mm_times_dpi: float) -> bool:
    expected = mm_times_dpi / MM_PER_INCH
    return abs(pixels - expected) <= expected * PAPER_TOLERANCE
