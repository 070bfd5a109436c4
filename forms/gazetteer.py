"""Provinces, districts and communes before and after July 2025, and what became of which.

The table in resources/units comes from the data of vietnamadminunits 1.0.4 (MIT, see the licence beside it): the
63 provinces with their districts and 10,040 communes, the 34 provinces with 3,321 communes, and the mapping.
Old names stay right on old papers: an address is compared with both structures and kept in its own.
"""

import csv
import gzip
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz import fuzz, process

from forms.normalise import fold, nfc, text_key

_PREFIX = re.compile(
    r"^(tỉnh|thành phố|thanh pho|tp\.?|thị xã|tx\.?|huyện|h\.|quận|q\.|thị trấn|tt\.?|phường|p\.|xã|x\.|đặc khu)\s*",
    re.IGNORECASE,
)
_LOOSE_PREFIX = re.compile(
    r"^(t[iỉìíị]nh|th[aàáạ]nh ph[oôốồổ]|tp\.?|th[iịì] x[aãà]|tx\.?|huy[eêệ]n|qu[aâậ]n|th[iịì] tr[aâấầ]n|ph[uưưòờơợ]+ng|x[aãàáä]|d[aăắ]c khu|đ[aăặ]c khu)\s+",
    re.IGNORECASE,
)
_RIGHT_PREFIX = {
    "tinh": "tỉnh", "thanh pho": "thành phố", "thi xa": "thị xã", "huyen": "huyện", "quan": "quận", "thi tran": "thị trấn", "phuong": "phường",
    "xa": "xã", "dac khu": "đặc khu",
}  # fmt: skip
#: Least likeness of a written and a known name to propose the known one.
NAME_FROM = 89


@dataclass(frozen=True)
class Unit:
    """A commune with its district ("" in the new structure) and province, names with their kind: "Xã Nghĩa Mỹ"."""

    scheme: str
    province_code: str
    province: str
    district_code: str
    district: str
    ward_code: str
    ward: str
    becomes: tuple[str, ...]


@dataclass(frozen=True)
class CheckedAddress:
    """An address after comparison: `text` with known names put right, how much of it is known, what was changed.

    `known` counts the units of the address (province, district, commune) that were found.
    """

    text: str
    known: int
    changed: tuple[tuple[str, str], ...]


def short_name(name: str) -> str:
    """A unit's name without its kind: "Huyện Tư Nghĩa" → "Tư Nghĩa"; names that are numbers keep it."""
    rest = _PREFIX.sub("", name, count=1)
    return name if not rest or rest[0].isdigit() else rest


class Gazetteer:
    """Looks up units by what is written."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units = tuple(units)
        self.by_code = {(u.scheme, u.ward_code): u for u in self._units if u.ward_code}
        self._provinces: dict[str, str] = {}
        self._written = frozenset(
            text_key(short_name(name))
            for u in self._units
            for name in (u.ward, u.district, u.province)
            if name
        )
        self._districts: dict[str, dict[str, str]] = {}
        self._wards: dict[tuple[str, str], dict[str, str]] = {}
        for unit in self._units:
            province = fold(short_name(unit.province))
            self._provinces.setdefault(province, short_name(unit.province))
            district = fold(short_name(unit.district))
            if unit.district:
                self._districts.setdefault(province, {}).setdefault(district, short_name(unit.district))
            if unit.ward:
                ward = short_name(unit.ward)
                self._wards.setdefault((province, district), {}).setdefault(fold(ward), ward)
        self._successors: dict[tuple[str, str, str], tuple[Unit, ...]] = {}
        self._predecessors: dict[tuple[str, str, str], list[Unit]] = {}
        for unit in self._units:
            if unit.scheme != "old" or not unit.becomes:
                continue
            new = tuple(self.by_code["new", c] for c in unit.becomes if ("new", c) in self.by_code)
            self._successors.setdefault(_key(unit), new)
            for one in new:
                self._predecessors.setdefault(_key(one), []).append(unit)

    def ends_in_province(self, text: str) -> bool:
        """Has the address come to its end? True when its last part is a province."""
        last = fold(_strip(text.rsplit(",", 1)[-1]))
        if not last or "," not in text:
            return False
        if last in self._provinces:
            head = fold(text.rsplit(",", 1)[-1])
            return not (head.startswith(("thanh pho", "tp", "thi xa")) and self._is_district(last))
        return False

    def _is_district(self, name: str) -> bool:
        return any(name in names for names in self._districts.values())

    @lru_cache(maxsize=20_000)  # noqa: B019 - one gazetteer lives as long as the process
    def check(self, text: str) -> CheckedAddress:
        """Compares the last parts of an address with the units of one province."""
        parts = [p.strip() for p in nfc(text).split(",")]
        changed: list[tuple[str, str]] = []
        province = self._best(parts[-1], self._provinces) if parts else None
        if province is None:
            return CheckedAddress(text, 0, ())
        self._put(parts, -1, self._provinces[province], changed)
        known = 1
        district = ""
        if len(parts) >= 3:
            found = self._best(parts[-2], self._districts.get(province, {}))
            if found is not None:
                district = found
                self._put(parts, -2, self._districts[province][found], changed)
                known += 1
        place = -3 if district else -2
        if len(parts) >= -place:
            wards = self._wards.get((province, district), {})
            ward = self._best(parts[place], wards)
            if ward is not None:
                self._put(parts, place, wards[ward], changed)
                known += 1
        return CheckedAddress(", ".join(parts), known, tuple(changed))

    def _put(self, parts: list[str], index: int, name: str, changed: list[tuple[str, str]]) -> None:
        """Writes the known name into a part, its kind put right, if anything but case and tone style differs."""
        written = parts[index].strip(" .;:-")
        rest = _strip(written)
        prefix = written[: len(written) - len(rest)].strip()
        right = _RIGHT_PREFIX.get(fold(prefix), prefix)
        if prefix[:1].isupper() and right:
            right = right[0].upper() + right[1:]
        better = f"{right} {name}".strip()
        if text_key(better) != text_key(written) and not (
            right == prefix and text_key(rest) in self._written
        ):
            changed.append((written, better))
            parts[index] = better
        else:
            parts[index] = written

    def _best(self, written: str, names: dict[str, str]) -> str | None:
        name = fold(_strip(written))
        if name in names or not name:
            return name or None
        found = process.extract(name, names.keys(), scorer=fuzz.ratio, limit=2, score_cutoff=NAME_FROM)
        if not found or (len(found) > 1 and found[0][1] - found[1][1] < 5):
            return None
        return str(found[0][0])

    def successors(self, ward: str, district: str, province: str) -> tuple[Unit, ...]:
        """The communes an old commune became, the likeliest first; empty when it is not known."""
        wanted = (fold(short_name(ward)), fold(short_name(district)), fold(short_name(province)))
        return self._successors.get(wanted, ())

    def predecessors(self, ward: str, province: str) -> tuple[Unit, ...]:
        """The old communes of which a commune of today was made; empty when it is not known."""
        return tuple(self._predecessors.get((fold(short_name(ward)), "", fold(short_name(province))), ()))

    def in_todays_units(self, address: str) -> str | None:
        """An address of the time before July 2025 as it is written today, when there is one answer only."""
        parts = [p.strip() for p in address.split(",")]
        new = self.successors(*parts[-3:]) if len(parts) >= 3 else ()
        if len(new) != 1:
            return None
        unit = new[0]
        return ", ".join([*parts[:-3], *(name[:1].lower() + name[1:] for name in (unit.ward, unit.province))])

    def communes_of(self, address: str) -> frozenset[str]:
        """The commune of an address, and what it became or was made of: folded, without their kind."""
        parts = [p.strip() for p in address.split(",")]
        found: tuple[Unit, ...] = ()
        if len(parts) >= 3:
            found = self.successors(*parts[-3:])
        if not found and len(parts) >= 2:
            found = self.predecessors(parts[-2], parts[-1])
        return frozenset(fold(short_name(unit.ward)) for unit in found)


def _key(unit: Unit) -> tuple[str, str, str]:
    return fold(short_name(unit.ward)), fold(short_name(unit.district)), fold(short_name(unit.province))


def _strip(part: str) -> str:
    part = part.strip(" .,;:-")
    rest = (
        _LOOSE_PREFIX.sub("", part, count=1) if _LOOSE_PREFIX.match(part) else _PREFIX.sub("", part, count=1)
    )
    return rest if rest and not rest[0].isdigit() else part


@cache
def load_gazetteer() -> Gazetteer:
    """The shipped table."""
    source = files("resources") / "units" / "units.csv.gz"
    text = gzip.decompress(source.read_bytes()).decode("utf-8")
    return Gazetteer(_units(csv.DictReader(text.splitlines())))


def _units(rows: Iterable[dict[str, str]]) -> Sequence[Unit]:
    return [
        Unit(
            r["scheme"], r["province_code"], r["province"], r["district_code"], r["district"], r["ward_code"], r["ward"],
            tuple(r["becomes"].split()),
        )
        for r in rows
    ]  # fmt: skip
