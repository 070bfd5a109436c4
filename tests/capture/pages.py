"""Made-up pages, each different from the other, for tests that need paper."""

from PIL import Image, ImageDraw


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
