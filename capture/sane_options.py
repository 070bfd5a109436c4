"""What a SANE device offers, read off `scanimage -A`, and what the office wants, said in the device's words.

Every vendor names the same thing differently: the feeder is `ADF Front`, `Automatic Document Feeder(centrally
aligned)`, `adf`; both sides are a source, a switch or a mode. This module knows the spellings of the drivers'
manuals and nothing else: pure functions over text, no device needed.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from capture import problems
from capture.source import Remark, ScanSettings

OPTION_ROW = re.compile(r"^ {4}(?P<dash>-{1,2})(?P<name>[A-Za-z][\w-]*)(?P<rest>.*)$")
RANGE = re.compile(
    r"^(?P<low>-?[\d.]+)\.\.(?P<high>-?[\d.]+)(?P<unit>[a-z%]*)(?: \(in steps of (?P<step>[\d.e-]+)\))?"
)
FLAG = re.compile(r" \[(?:advanced|read-only|hardware|emulated)\]$")
UNITS = ("dpi", "mm", "pel", "bit", "us", "%")

GLASS = re.compile(r"flat\s*bed|platen|glass|document table|reflective|^normal$", re.IGNORECASE)
FEEDER = re.compile(r"adf|feeder|sheet\s*fed|auto.*feed", re.IGNORECASE)
BOTH_SIDES = re.compile(r"duplex|both|two.?side|2.?side|double.?side", re.IGNORECASE)
BACK_ONLY = re.compile(r"\bback\b(?!.*front)|\brear\b", re.IGNORECASE)
FILM = re.compile(r"transparen|tpu|film|slide|negative", re.IGNORECASE)
SHORT_EDGE = re.compile(r"short", re.IGNORECASE)

MODES: dict[str, re.Pattern[str]] = {
    "colour": re.compile(r"colou?r|rgb", re.IGNORECASE),
    "grey": re.compile(r"gr[ae]y", re.IGNORECASE),
    "bilevel": re.compile(r"line\s*art|binary|black|mono|bilevel|threshold|bitmap", re.IGNORECASE),
}
# Worse variants of a mode: dithered, hurried, or with colours thrown away.
POOR_MODE = re.compile(r"fast|diffusion|halftone|dither|48|16|infrared", re.IGNORECASE)
NEXT_BEST_MODE = {"colour": ("grey", "bilevel"), "grey": ("colour", "bilevel"), "bilevel": ("grey", "colour")}

# Switched off: the original is what the scanner saw; straightening, cropping and skipping are the station's work.
MEDDLING = re.compile(
    r"^(sw|hw|auto|adf)?[-_]?(deskew|skew|crop|despeck|skip|deskewcrop)$"
    r"|skip.*blank|blank.*(skip|remov)|^auto.?(deskew|crop)|^detect-doc-size$|^wait-for-button$|^AutoDocumentSize$",
    re.IGNORECASE,
)
# Switched on: a batch that knows its end, sheets pushed out, length read off the paper.
WELCOME = re.compile(r"^(batch-scan|adf-auto-scan|auto-eject|ald)$", re.IGNORECASE)
DOUBLE_FEED = re.compile(r"^df-thickness$|(multi|double).?feed.?detect|^ultrasonic", re.IGNORECASE)
DOUBLE_FEED_SENSOR = re.compile(r"^(double|multi)-?feed$", re.IGNORECASE)
OFF_WORDS = ("no", "off", "none", "disabled", "disable", "0")
BOTH_SIDES_OPTIONS = ("duplex", "adf-duplex", "adf-mode", "adf_mode", "duplex-mode", "scan-sides", "sides")
PAGE_WIDTH_OPTIONS = ("page-width", "pagewidth", "page_width")
PAGE_HEIGHT_OPTIONS = ("page-height", "pageheight", "page_height")
# Devices round to their own steps; less than this is no cut-off.
ROUNDING_MM = 2.0


@dataclass(frozen=True)
class Option:
    """One setting of a device. A switch has the values yes and no; a range has low and high."""

    name: str
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float = 0.0
    default: str = ""
    is_active: bool = True
    is_writable: bool = True

    @property
    def is_switch(self) -> bool:
        return set(self.values) >= {"yes", "no"}


@dataclass(frozen=True)
class Plan:
    """How to call scanimage, and what of the wish could not be had."""

    arguments: tuple[str, ...]
    dpi: int
    mode: str
    #: "flatbed", "adf" or "adf-duplex", as it will really be
    source: str
    width_mm: float
    height_mm: float
    remarks: tuple[Remark, ...] = field(default=())


def parse_options(text: str) -> dict[str, Option]:
    """Every option in the output of `scanimage -A` or `--help`, by name; x, y, l, t are the scan area."""
    rows = (OPTION_ROW.match(row.rstrip()) for row in _behind_heading(text))
    options = (_option(row["name"], row["rest"]) for row in rows if row)
    return {option.name: option for option in options}


def plan(options: Mapping[str, Option], settings: ScanSettings, device: str, kind: str = "") -> Plan:
    """Says the settings in the device's words.

    Args:
        options: as they are while the wanted source is chosen (see `source_argument`).
        kind: the driver's word for the sort of device, such as "sheetfed scanner".
    """
    arguments: list[str] = []
    remarks: list[Remark] = []
    source = _plan_source(options, settings, device, kind, arguments, remarks)
    mode = _plan_mode(options, settings, device, arguments, remarks)
    if (depth := _usable(options, "depth")) and "8" in depth.values:
        arguments.append("--depth=8")
    dpi = _plan_resolution(options, settings, device, arguments, remarks)
    width_mm, height_mm = _plan_page(options, settings, device, arguments, remarks)
    arguments += _plan_switches(options, settings)
    arguments += [f"--{name}={value}" for name, value in settings.extra.items()]
    return Plan(tuple(arguments), dpi, mode, source, width_mm, height_mm, tuple(remarks))


def source_argument(options: Mapping[str, Option], wanted: str) -> str | None:
    """The argument that chooses the source, None when the device has no choice or stands right already.

    Other options come and go with the source, so it is chosen before they are read for good.
    """
    option = _usable(options, "source")
    if option is None:
        return None
    value = _source_value(option, wanted)
    return None if value is None or value == option.default else f"--source={value}"


def shows_double_feed(options: Mapping[str, Option]) -> bool:
    """Whether a sensor of the device says that two sheets were pulled at once."""
    return any(DOUBLE_FEED_SENSOR.match(name) and option.default == "yes" for name, option in options.items())


def _behind_heading(text: str) -> Iterator[str]:
    """Rows behind "Options specific to device": those before are scanimage's own."""
    seen = "specific to device" not in text
    for row in text.splitlines():
        if seen:
            yield row
        elif "specific to device" in row:
            seen = True


def _option(name: str, rest: str) -> Option:
    flags = ""
    while flag := FLAG.search(rest):
        flags += flag.group()
        rest = rest[: flag.start()]
    default = ""
    at = rest.rfind(" [")
    if at >= 0 and rest.endswith("]"):
        default, rest = rest[at + 2 : -1], rest[:at]
    is_switch = rest.startswith("[=(")
    rest = rest.removeprefix("[=(").removesuffix(")]") if is_switch else rest.strip()
    found = RANGE.match(rest)
    return Option(
        name=name,
        values=() if found else _values(rest),
        low=float(found["low"]) if found else None,
        high=float(found["high"]) if found else None,
        step=float(found["step"] or 0) if found else 0.0,
        default=default,
        is_active=default != "inactive",
        is_writable="read-only" not in flags and "hardware" not in flags,
    )


def _values(text: str) -> tuple[str, ...]:
    """The choices of a list; a unit stands behind the last one only."""
    if not text or text.startswith("<"):
        return ()
    values = [value.strip() for value in text.split("|")]
    for unit in UNITS:
        if re.fullmatch(rf"-?[\d.]+{unit}", values[-1]):
            values[-1] = values[-1].removesuffix(unit)
    return tuple(value for value in values if value)


def _usable(options: Mapping[str, Option], *names: str) -> Option | None:
    for name in names:
        option = options.get(name)
        if option is not None and option.is_active and option.is_writable:
            return option
    return None


def _plan_source(
    options: Mapping[str, Option],
    settings: ScanSettings,
    device: str,
    kind: str,
    arguments: list[str],
    remarks: list[Remark],
) -> str:
    """Chooses glass or feeder, one side or both; appends arguments and remarks; returns what it became."""
    wanted = "adf-duplex" if settings.source == "auto" else settings.source
    option = _usable(options, "source")
    value = _source_value(option, wanted) if option else None
    if value is not None:
        arguments.append(f"--source={value}")
    switch = _usable(options, *BOTH_SIDES_OPTIONS)
    fed = bool(FEEDER.search(value)) if value else bool(FEEDER.search(kind) or switch)
    if value and GLASS.search(value) and not FEEDER.search(value):
        fed = False
    both = bool(value and BOTH_SIDES.search(value))
    if switch and fed and not both:
        choice = _both_sides_value(switch, wanted == "adf-duplex")
        if choice is not None:
            arguments.append(f"--{switch.name}={choice}")
            both = wanted == "adf-duplex"
    if wanted != "flatbed" and not fed:
        if settings.source != "auto":
            remarks.append(Remark(problems.NO_FEEDER, {"device": device}))
        return "flatbed"
    if settings.source == "adf-duplex" and not both:
        remarks.append(Remark(problems.ONE_SIDE_ONLY, {"device": device}))
    return ("adf-duplex" if both else "adf") if fed else "flatbed"


def _source_value(option: Option, wanted: str) -> str | None:
    """The device's word for the wanted source, or for the next best."""
    papers = [value for value in option.values if not FILM.search(value)]
    feeders = [value for value in papers if FEEDER.search(value) or BOTH_SIDES.search(value)]
    fronts = [value for value in feeders if not BOTH_SIDES.search(value) and not BACK_ONLY.search(value)]
    both = sorted((value for value in feeders if BOTH_SIDES.search(value)), key=_prefers(option, SHORT_EDGE))
    glass = [value for value in papers if GLASS.search(value) and value not in feeders]
    ranked = {
        "flatbed": (*glass, *fronts),
        "adf": (*sorted(fronts, key=_prefers(option)), *glass),
        "adf-duplex": (*both, *sorted(fronts, key=_prefers(option)), *glass),
        "auto": (*both, *sorted(fronts, key=_prefers(option)), *glass),
    }[wanted]
    return ranked[0] if ranked else None


def _prefers(
    option: Option, avoid: re.Pattern[str] | None = None
) -> Callable[[str], tuple[bool, bool, bool]]:
    """Order of like values: not the avoided, then the device's default, then what is aligned as the default is."""
    alignment = re.search(r"\(([a-z]+)", option.default)
    return lambda value: (
        bool(avoid and avoid.search(value)),
        value != option.default,
        bool(alignment and alignment[1] not in value),
    )


def _both_sides_value(switch: Option, wanted: bool) -> str | None:
    if switch.is_switch:
        return "yes" if wanted else "no"
    matching = [v for v in switch.values if bool(BOTH_SIDES.search(v)) == wanted]
    return matching[0] if matching else None


def _plan_mode(
    options: Mapping[str, Option],
    settings: ScanSettings,
    device: str,
    arguments: list[str],
    remarks: list[Remark],
) -> str:
    option = _usable(options, "mode")
    if option is None:
        return settings.mode
    for mode in (settings.mode, *NEXT_BEST_MODE[settings.mode]):
        fitting = [
            v
            for v in option.values
            if MODES[mode].search(v) and not (mode == "bilevel" and "gr" in v.lower())
        ]
        if fitting:
            best = min(fitting, key=lambda v: bool(POOR_MODE.search(v)))
            arguments.append(f"--mode={best}")
            if mode != settings.mode:
                remarks.append(Remark(problems.OTHER_MODES[mode], {"device": device}))
            return mode
    return settings.mode


def _plan_resolution(
    options: Mapping[str, Option],
    settings: ScanSettings,
    device: str,
    arguments: list[str],
    remarks: list[Remark],
) -> int:
    """The asked resolution, or the next above it, or the highest there is."""
    dpi = settings.dpi
    for name in ("resolution", "x-resolution", "y-resolution"):
        option = _usable(options, name)
        if option is None:
            continue
        dpi = _nearest_dpi(option, settings.dpi)
        arguments.append(f"--{name}={dpi}")
    if dpi != settings.dpi:
        remarks.append(
            Remark(problems.OTHER_RESOLUTION, {"device": device, "asked": settings.dpi, "got": dpi})
        )
    return dpi


def _nearest_dpi(option: Option, wanted: int) -> int:
    if option.low is not None and option.high is not None:
        return round(min(max(wanted, option.low), option.high))
    offered = sorted(round(float(v)) for v in option.values if re.fullmatch(r"[\d.]+", v))
    above = [dpi for dpi in offered if dpi >= wanted]
    return above[0] if above else offered[-1] if offered else wanted


def _plan_page(
    options: Mapping[str, Option],
    settings: ScanSettings,
    device: str,
    arguments: list[str],
    remarks: list[Remark],
) -> tuple[float, float]:
    """The scan area; the paper's size first, since it moves the limits of the area."""
    wanted_mm = settings.wanted_mm
    width_mm = _plan_length(options, wanted_mm[0], PAGE_WIDTH_OPTIONS, "x", arguments)
    height_mm = _plan_length(options, wanted_mm[1], PAGE_HEIGHT_OPTIONS, "y", arguments)
    for name in ("l", "t"):
        if (edge := _usable(options, name)) and edge.low is not None:
            arguments += [f"-{name}", _number(edge.low)]
    if settings.is_smaller(width_mm, height_mm, ROUNDING_MM):
        sizes = {"width_mm": round(width_mm), "height_mm": round(height_mm)}
        remarks.append(Remark(problems.SMALLER_PAGE, {"device": device, **sizes}))
    return width_mm, height_mm


def _plan_length(
    options: Mapping[str, Option], wanted_mm: float, paper: Sequence[str], area: str, arguments: list[str]
) -> float:
    length_mm = wanted_mm
    page = _usable(options, *paper)
    side = _usable(options, area)
    if page is not None and page.high is not None:
        length_mm = min(wanted_mm, page.high)
        arguments.append(f"--{page.name}={_number(length_mm)}")
    elif side is not None and side.high is not None:
        length_mm = min(wanted_mm, side.high)
    if side is not None:
        arguments += [f"-{area}", _number(length_mm)]
    return length_mm


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _plan_switches(options: Mapping[str, Option], settings: ScanSettings) -> Iterator[str]:
    for option in options.values():
        if not (option.is_active and option.is_writable):
            continue
        if MEDDLING.search(option.name):
            yield from _set(option, _off(option))
        elif WELCOME.search(option.name) and option.is_switch:
            yield from _set(option, "yes")
        elif settings.double_feed_detection and DOUBLE_FEED.search(option.name):
            yield from _set(option, "yes" if option.is_switch else _least_on(option))
        elif settings.double_feed_detection and option.name == "df-action" and "Stop" in option.values:
            yield from _set(option, "Stop")
        elif option.name == "brightness" and settings.brightness:
            yield from _set(option, _scaled(option, settings.brightness))


def _set(option: Option, value: str | None) -> Iterator[str]:
    if value is not None and value != option.default:
        yield f"--{option.name}={value}"


def _off(option: Option) -> str | None:
    for value in option.values:
        if value.casefold() in OFF_WORDS:
            return value
    return (
        "0" if option.low is not None and option.high is not None and option.low <= 0 <= option.high else None
    )


def _least_on(option: Option) -> str | None:
    """The mildest setting that is not off: a counter's papers are folded, stapled and pasted."""
    on = [value for value in option.values if value.casefold() not in OFF_WORDS]
    return on[0] if on else None


def _scaled(option: Option, brightness: int) -> str | None:
    """−100…100 in the device's own range."""
    if option.low is None or option.high is None:
        return None
    half = max(abs(option.low), abs(option.high))
    value = min(max(brightness / 100 * half, option.low), option.high)
    return _number(round(value / option.step) * option.step if option.step else round(value))
