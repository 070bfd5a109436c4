"""Drawings of parcels: the sketch in a certificate, and the cadastral extract on A4 or A3."""

import math
import random

from resources.samples import facts, fonts, template
from resources.samples.case import Case
from resources.samples.directives import carry_out
from resources.samples.sheet import Sheet
from resources.samples.style import settle
from resources.samples.typeset import Paper, Typesetter

A3_MAP_MM = (20.0, 30.0, 235.0, 235.0)
NORTH_POLE_BASE = 1_650_000.0


def build(case: Case, office: str, variant: str, dpi: int, coloured: bool, rng: random.Random) -> Paper:
    """A cadastral extract: A4 ("" ) or one A3 sheet lying ("a3"), which must never be split."""
    known = facts.known_values(case, "trich_luc_ban_do", rng, with_code=False)
    corners = parcel_corners(rng)
    known |= {
        f"corner_{index}": row
        for index, row in enumerate(_corner_rows(corners, float(case.land.area_m2.replace(",", "."))))
    }
    known |= {"corner_count": str(len(corners)), "scale": rng.choice(("500", "1000", "2000"))}
    setter = Typesetter(settle(office, rng), known, facts.FIELD_NAMES["trich_luc_ban_do"], dpi, coloured, rng)
    wide = variant == "a3"
    if wide:
        setter.size_mm = (420.0, 297.0)
        setter.fixed_margin_mm = (25.0, 265.0, 20.0, 20.0)
    wording = template.choose(template.read(office, "trich_luc_ban_do"), rng)
    for line in template.directives(wording, known):
        if line.name == "map":
            if not wide:
                draw_parcel(
                    setter.sheet,
                    (setter.left_mm, setter.y_mm, setter.width_mm, float(line.text)),
                    corners,
                    case,
                    rng,
                )
                setter.y_mm += float(line.text) + 4
        elif line.name == "corners":
            _corner_table(setter, len(corners))
        else:
            carry_out(setter, [line])
    if wide:
        draw_parcel(setter.sheets[0], A3_MAP_MM, corners, case, rng)
    return Paper(
        "trich_luc_ban_do",
        "TRÍCH LỤC BẢN ĐỒ ĐỊA CHÍNH",
        variant,
        "typed",
        setter.sheets,
        setter.fields,
        setter.field_info,
    )


def parcel_corners(rng: random.Random) -> list[tuple[float, float]]:
    """A crooked field of four to seven corners inside the unit square, clockwise."""
    count = rng.randint(4, 7)
    start = rng.uniform(0, 1)
    corners = []
    for index in range(count):
        angle = 2 * math.pi * (index + start + rng.uniform(-0.2, 0.2)) / count
        reach = rng.uniform(0.28, 0.46)
        corners.append((0.5 + reach * math.sin(angle), 0.5 - reach * math.cos(angle)))
    return corners


def draw_parcel(
    sheet: Sheet,
    frame: tuple[float, float, float, float],
    corners: list[tuple[float, float]],
    case: Case,
    rng: random.Random,
) -> None:
    """The parcel with its corners, edge lengths and neighbours, inside a ruled frame."""
    left, top, width, height = frame
    sheet.box(left, top, width, height, 0.35)
    side = min(width, height)
    x0, y0 = left + (width - side) / 2, top + (height - side) / 2
    points = [(x0 + x * side, y0 + y * side) for x, y in corners]
    small = fonts.load("sans", "regular", sheet.size_px(max(6.5, side / 16)))
    metres = math.sqrt(float(case.land.area_m2.replace(",", ".")))
    for index, (here, there) in enumerate(zip(points, points[1:] + points[:1], strict=True)):
        sheet.rule(*here, *there, 0.45)
        dot = sheet.px(0.8)
        cx, cy = sheet.px(here[0]), sheet.px(here[1])
        sheet.draw.ellipse((cx - dot, cy - dot, cx + dot, cy + dot), fill=sheet.ink((0, 0, 0)))
        length = math.dist(here, there) / side * metres * 1.6
        _figure(sheet, (here[0] + there[0]) / 2 + 1, (here[1] + there[1]) / 2 - 1, f"{length:.2f}", small)
        _figure(sheet, here[0] + 1.5, here[1] - 1.5, str(index + 1), small)
        outward = (here[0] + (here[0] - x0 - side / 2) * 0.25, here[1] + (here[1] - y0 - side / 2) * 0.25)
        sheet.rule(*here, *outward, 0.25)
    middle = (x0 + side / 2, y0 + side / 2)
    _figure(sheet, middle[0] - 6, middle[1] - 1, case.land.parcel_no, small)
    sheet.rule(middle[0] - 8, middle[1] + 0.6, middle[0] + 10, middle[1] + 0.6, 0.25)
    _figure(sheet, middle[0] - 6, middle[1] + 5, case.land.area_m2, small)
    for share in (0.16, 0.84):
        _figure(
            sheet,
            left + width * share,
            top + height * rng.uniform(0.1, 0.9),
            str(rng.randint(2, 1500)),
            small,
        )
    tip = left + width - 10
    sheet.rule(tip, top + 18, tip, top + 6, 0.4)
    sheet.rule(tip, top + 6, tip - 2, top + 10, 0.4)
    sheet.rule(tip, top + 6, tip + 2, top + 10, 0.4)
    _figure(sheet, tip - 1.2, top + 5, "B", small)


def _figure(sheet: Sheet, x_mm: float, y_mm: float, text: str, font: object) -> None:
    sheet.printed(x_mm, y_mm, text, font, kind="figure")  # type: ignore[arg-type]


def _corner_rows(corners: list[tuple[float, float]], area: float) -> list[str]:
    side = math.sqrt(area) * 1.6
    rows = []
    for index, (x, y) in enumerate(corners):
        ahead = corners[(index + 1) % len(corners)]
        length = math.dist((x, y), ahead) * side
        rows.append(
            f"{index + 1}|{NORTH_POLE_BASE + 840 - y * side:.2f}|{580_000 + 310 + x * side:.2f}|{length:.2f}"
        )
    return rows


def _corner_table(setter: Typesetter, count: int) -> None:
    """Numbers of points, coordinates and edges; figures are not scored as running text."""
    rows = [setter.known[f"corner_{index}"].split("|") for index in range(count)]
    font = fonts.load(setter.style.family, "regular", setter.sheet.size_px(setter.style.size_pt * 0.8))
    wide, tall = setter.width_mm / 4, 6.2
    setter.need(tall * (count + 2))
    for row_index, row in enumerate([["Số hiệu điểm", "X (m)", "Y (m)", "Cạnh (m)"], *rows]):
        for column, text in enumerate(row):
            left = setter.left_mm + column * wide
            setter.sheet.box(left, setter.y_mm, wide, tall)
            kind = "printed" if row_index == 0 else "figure"
            setter.sheet.printed(
                left + wide / 2, setter.y_mm + tall * 0.7, text, font, align="center", kind=kind
            )
        setter.y_mm += tall
    setter.y_mm += 3
