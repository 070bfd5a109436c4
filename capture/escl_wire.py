"""The words of eSCL (AirScan, Mopria): a copier's capabilities and state read, a scan job written.

Everything that comes from the network goes through a hardened XML parser: no entities, no external references,
no file larger than a capabilities page can be. Namespaces are ignored: makers use several for the same words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from capture import problems
from capture.source import Remark, ScanSettings

# Real capabilities have 3 to 60 kB.
LARGEST_XML_BYTES = 1 << 20
UNITS_PER_INCH = 300
MM_PER_INCH = 25.4
COLOUR_MODES = {"colour": "RGB24", "grey": "Grayscale8", "bilevel": "BlackAndWhite1"}
# Black and white cannot be sent as JPEG by most; grey holds all of it.
NEXT_BEST = {"colour": ("grey",), "grey": ("colour",), "bilevel": ("grey", "colour")}
FORMATS = ("image/jpeg", "application/pdf")
# Devices round to their own steps; less than this is no cut-off.
ROUNDING_MM = 2.0

JOB_XML = """<?xml version="1.0" encoding="UTF-8"?>
<scan:ScanSettings xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" \
xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">
<pwg:Version>{version}</pwg:Version>
<pwg:ScanRegions><pwg:ScanRegion>
<pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>
<pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset>
<pwg:Width>{width}</pwg:Width><pwg:Height>{height}</pwg:Height>
</pwg:ScanRegion></pwg:ScanRegions>
<pwg:InputSource>{source}</pwg:InputSource>
<scan:ColorMode>{mode}</scan:ColorMode>
<pwg:DocumentFormat>{form}</pwg:DocumentFormat>
{form_ext}<scan:XResolution>{dpi}</scan:XResolution>
<scan:YResolution>{dpi}</scan:YResolution>
{duplex}</scan:ScanSettings>
"""


class BadXml(Exception):
    """The device sent something that is no XML, or XML meant to do harm."""


@dataclass(frozen=True)
class Inlet:
    """What glass or feeder can do. Sizes in 1/300 inch, 0 where the device does not say."""

    width: int
    height: int
    modes: tuple[str, ...]
    formats: tuple[str, ...]
    resolutions: tuple[int, ...]
    lowest_dpi: int = 0
    highest_dpi: int = 0


@dataclass(frozen=True)
class Capabilities:
    """What a copier says about itself."""

    version: str
    model: str
    uuid: str
    serial: str
    glass: Inlet | None
    feeder: Inlet | None
    both_sides: Inlet | None


@dataclass(frozen=True)
class Status:
    """What a copier says it is doing. Words as the device wrote them."""

    state: str
    feeder: str
    #: job path → (state, images still to fetch or None)
    jobs: dict[str, tuple[str, int | None]]


@dataclass(frozen=True)
class JobPlan:
    """A job as XML, and what of the wish could not be had."""

    xml: str
    dpi: int
    mode: str
    source: str
    width_mm: float
    height_mm: float
    remarks: tuple[Remark, ...]


def parse_capabilities(content: bytes) -> Capabilities:
    """Raises BadXml."""
    root = _parse(content)
    glass = _first(root, "PlatenInputCaps")
    feeder = _first(root, "AdfSimplexInputCaps")
    both = _first(root, "AdfDuplexInputCaps")
    profiles = root
    return Capabilities(
        version=_text(root, "Version") or "2.0",
        model=_text(root, "MakeAndModel") or _text(root, "ModelName"),
        uuid=_text(root, "UUID").removeprefix("urn:uuid:").lower(),
        serial=_text(root, "SerialNumber"),
        glass=_inlet(glass, profiles) if glass is not None else None,
        feeder=_inlet(feeder, profiles) if feeder is not None else None,
        both_sides=_inlet(both, profiles) if both is not None else None,
    )


def parse_status(content: bytes) -> Status:
    """Raises BadXml."""
    root = _parse(content)
    jobs = {}
    for job in _all(root, "JobInfo"):
        left = _text(job, "ImagesToTransfer")
        jobs[_text(job, "JobUri")] = (_text(job, "JobState"), int(left) if left.isdecimal() else None)
    own_state = next((child.text or "" for child in root if _name(child) == "State"), "")
    return Status(own_state.strip(), _text(root, "AdfState"), jobs)


def plan_job(capabilities: Capabilities, settings: ScanSettings, device: str) -> JobPlan:
    """Writes the job for the wish, or for the next best with a remark."""
    remarks: list[Remark] = []
    source, inlet = _choose_inlet(capabilities, settings, device, remarks)
    mode = _choose_mode(inlet, settings, device, remarks)
    dpi = _choose_dpi(inlet, settings.dpi)
    if dpi != settings.dpi:
        remarks.append(
            Remark(problems.OTHER_RESOLUTION, {"device": device, "asked": settings.dpi, "got": dpi})
        )
    width = _limited(settings.wanted_mm[0], inlet.width)
    height = _limited(settings.wanted_mm[1], inlet.height)
    width_mm, height_mm = (units / UNITS_PER_INCH * MM_PER_INCH for units in (width, height))
    if settings.is_smaller(width_mm, height_mm, ROUNDING_MM):
        sizes = {"width_mm": round(width_mm), "height_mm": round(height_mm)}
        remarks.append(Remark(problems.SMALLER_PAGE, {"device": device, **sizes}))
    form = next((f for f in FORMATS if f in inlet.formats), FORMATS[0])
    newer = _version(capabilities.version) >= (2, 1)
    xml = JOB_XML.format(
        version=capabilities.version,
        width=width,
        height=height,
        source="Platen" if source == "flatbed" else "Feeder",
        mode=COLOUR_MODES[mode],
        form=form,
        form_ext=f"<scan:DocumentFormatExt>{form}</scan:DocumentFormatExt>\n" if newer else "",
        dpi=dpi,
        duplex=""
        if source == "flatbed"
        else f"<scan:Duplex>{str(source == 'adf-duplex').lower()}</scan:Duplex>\n",
    )
    return JobPlan(xml, dpi, mode, source, width_mm, height_mm, tuple(remarks))


def _choose_inlet(
    capabilities: Capabilities, settings: ScanSettings, device: str, remarks: list[Remark]
) -> tuple[str, Inlet]:
    feeder = capabilities.feeder or capabilities.both_sides
    wanted = settings.source
    if wanted == "auto":
        wanted = "adf-duplex" if capabilities.both_sides else "adf" if feeder else "flatbed"
    if wanted == "adf-duplex" and capabilities.both_sides is not None:
        return "adf-duplex", capabilities.both_sides
    if wanted != "flatbed" and feeder is not None:
        if wanted == "adf-duplex":
            remarks.append(Remark(problems.ONE_SIDE_ONLY, {"device": device}))
        return "adf", feeder
    if capabilities.glass is not None:
        if wanted != "flatbed":
            remarks.append(Remark(problems.NO_FEEDER, {"device": device}))
        return "flatbed", capabilities.glass
    if feeder is not None:
        return "adf", feeder
    raise problems.SettingRefused(device=device, reason="no paper inlet")


def _choose_mode(inlet: Inlet, settings: ScanSettings, device: str, remarks: list[Remark]) -> str:
    if not inlet.modes:
        return settings.mode
    for mode in (settings.mode, *NEXT_BEST[settings.mode]):
        if COLOUR_MODES[mode] in inlet.modes and mode != "bilevel":
            if mode != settings.mode:
                remarks.append(Remark(problems.OTHER_MODES[mode], {"device": device}))
            return mode
    raise problems.SettingRefused(device=device, reason=", ".join(inlet.modes))


def _choose_dpi(inlet: Inlet, wanted: int) -> int:
    if inlet.resolutions:
        above = [dpi for dpi in sorted(inlet.resolutions) if dpi >= wanted]
        return above[0] if above else max(inlet.resolutions)
    if inlet.highest_dpi:
        return min(max(wanted, inlet.lowest_dpi), inlet.highest_dpi)
    return wanted


def _limited(wanted_mm: float, most: int) -> int:
    wanted = round(wanted_mm / MM_PER_INCH * UNITS_PER_INCH)
    return min(wanted, most) if most else wanted


def _inlet(caps: Element, root: Element) -> Inlet:
    """Capabilities of an inlet; some devices keep the profiles apart and only refer to them."""
    where = caps if _first(caps, "ColorMode") is not None else root
    across = [_number(e.text) for e in _all(where, "XResolution")]
    ranges = _first(where, "XResolutionRange")
    return Inlet(
        width=_number(_text(caps, "MaxWidth")),
        height=_number(_text(caps, "MaxHeight")),
        modes=tuple(dict.fromkeys((e.text or "").strip() for e in _all(where, "ColorMode"))),
        formats=tuple(
            dict.fromkeys(
                (e.text or "").strip().lower()
                for n in ("DocumentFormatExt", "DocumentFormat")
                for e in _all(where, n)
            )
        ),
        resolutions=tuple(sorted({dpi for dpi in across if dpi})),
        lowest_dpi=_number(_text(ranges, "Min")) if ranges is not None else 0,
        highest_dpi=_number(_text(ranges, "Max")) if ranges is not None else 0,
    )


def _parse(content: bytes) -> Element:
    if len(content) > LARGEST_XML_BYTES:
        raise BadXml("too long")
    try:
        root: Element = ElementTree.fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadXml(str(error)) from error
    return root


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(root: Element, name: str) -> Iterator[Element]:
    return (element for element in root.iter() if _name(element) == name)


def _first(root: Element, name: str) -> Element | None:
    return next(_all(root, name), None)


def _text(root: Element, name: str) -> str:
    found = _first(root, name)
    return (found.text or "").strip() if found is not None else ""


def _number(text: str | None) -> int:
    text = (text or "").strip()
    return int(text) if text.isdecimal() else 0


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
