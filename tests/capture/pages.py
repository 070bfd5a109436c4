"""Made-up pages, each different from the other, for tests that need paper."""

from pathlib import Path

from PIL import Image, ImageDraw

from tests.capture.fake_scanimage import BARS


def draw_page(number: int = 1, width_px: int = 620, height_px: int = 877, mode: str = "RGB") -> Image.Image:
    """A page with a few lines and its number, different for every number."""
    page = Image.new("RGB", (width_px, height_px), (250, 248, 240))
    pen = ImageDraw.Draw(page)
    pen.text((40, 30), f"Page {number}", fill=(120, 10, 10))
    for line in range(12):
        pen.line(
            [(40, 80 + 40 * line), (80 + (37 * number * (line + 1)) % 500, 80 + 40 * line)],
            fill=(0, 0, 60),
            width=5,
        )
    return page.convert(mode)


def number_on(original: Path) -> int:
    """The number of a sheet of the scripted scanimage, off its bars."""
    with Image.open(original) as picture:
        grey = picture.convert("L")
        bar = grey.width / BARS
        return sum(
            (grey.getpixel((round(bar * (n + 0.5)), grey.height // 2)) > 127) << n  # type: ignore[operator]
            for n in range(BARS)
        )
