"""Invented citizens, places and land.

Nobody here exists: names are drawn syllable by syllable, identity numbers end in a run that starts
with 00, telephone numbers start with 0990. Communes and provinces are real ones, because readers of
addresses know them.
"""

import random
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources

_LISTS = tomllib.loads((resources.files("resources.samples") / "people.toml").read_text(encoding="utf-8"))
SURNAMES: tuple[str, ...] = tuple(_LISTS["surnames"])
MALE_MIDDLE: tuple[str, ...] = tuple(_LISTS["male_middle"])
FEMALE_MIDDLE: tuple[str, ...] = tuple(_LISTS["female_middle"])
MALE_GIVEN: tuple[str, ...] = tuple(_LISTS["male_given"])
FEMALE_GIVEN: tuple[str, ...] = tuple(_LISTS["female_given"])
HAMLETS: tuple[str, ...] = tuple(_LISTS["hamlets"])
STREETS: tuple[str, ...] = tuple(_LISTS["streets"])


@dataclass(frozen=True)
class Province:
    """A province as papers name it, before and after the merger of July 2025."""

    name: str
    new_name: str
    org_root: str
    id_code: str
    districts: tuple[tuple[str, tuple[str, ...]], ...]
    new_communes: tuple[str, ...]


PROVINCES: tuple[Province, ...] = tuple(
    Province(
        name=row["name"],
        new_name=row["new_name"],
        org_root=row["org_root"],
        id_code=row["id_code"],
        districts=tuple((name, tuple(communes)) for name, communes in row["districts"].items()),
        new_communes=tuple(row["new_communes"]),
    )
    for row in _LISTS["provinces"]
)


@dataclass(frozen=True)
class Place:
    """A commune; `district` is empty after the two-tier reform."""

    commune: str
    district: str
    province: str

    def joined(self) -> str:
        return ", ".join(part for part in (self.commune, self.district, f"tỉnh {self.province}") if part)

    def short(self) -> str:
        """As cards print it: without the words for commune, district and province."""
        return ", ".join(bare(part) for part in (self.commune, self.district, self.province) if part)


@dataclass(frozen=True)
class Person:
    name: str
    sex: str
    born: date
    id_number: str
    old_id: str
    phone: str
    street: str
    place: Place
    hometown: str
    card_issued: date

    @property
    def address(self) -> str:
        return f"{self.street}, {self.place.joined()}"

    @property
    def card_address(self) -> str:
        return f"{self.street}, {self.place.short()}"

    @property
    def born_text(self) -> str:
        return day_text(self.born)


def day_text(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def bare(part: str) -> str:
    """A unit's name without the word for its kind."""
    for word in ("thị trấn ", "thị xã ", "thành phố ", "phường ", "huyện ", "xã "):
        if part.startswith(word):
            return part.removeprefix(word)
    return part


def place(province: Province, two_tier: bool, rng: random.Random) -> Place:
    if two_tier:
        return Place(rng.choice(province.new_communes), "", province.new_name)
    district, communes = rng.choice(province.districts)
    return Place(rng.choice(communes), district, province.name)


def name(sex: str, rng: random.Random) -> str:
    middles, givens = (MALE_MIDDLE, MALE_GIVEN) if sex == "Nam" else (FEMALE_MIDDLE, FEMALE_GIVEN)
    parts = [rng.choice(SURNAMES), rng.choice(middles), rng.choice(givens)]
    if rng.random() < 0.2:
        parts.insert(2, rng.choice(FEMALE_GIVEN if sex == "Nữ" else MALE_MIDDLE))
    return " ".join(parts)


def street(where: Place, rng: random.Random) -> str:
    if where.commune.startswith(("phường", "thị trấn")) and rng.random() < 0.6:
        number = str(rng.randint(1, 420)) + (f"/{rng.randint(1, 40)}" if rng.random() < 0.25 else "")
        return rng.choice(("Số {0} {1}", "{0} đường {1}", "Số nhà {0}, đường {1}")).format(
            number, rng.choice(STREETS)
        )
    return rng.choice(
        ("thôn {0}", "Thôn {0}", "Tổ {1}, thôn {0}", "Xóm {1}, thôn {0}", "Tổ dân phố {1}")
    ).format(rng.choice(HAMLETS) + rng.choice(("", "", f" {rng.randint(1, 4)}")), rng.randint(1, 12))


def person(province: Province, where: Place, sex: str, today: date, rng: random.Random) -> Person:
    born = today - timedelta(days=rng.randint(24 * 365, 74 * 365))
    century = {"Nam": 0, "Nữ": 1}[sex] + (2 if born.year >= 2000 else 0)
    number = f"{province.id_code}{century}{born:%y}00{rng.randint(0, 9999):04d}"
    issued = max(date(2021, 2, 1), today - timedelta(days=rng.randint(60, 1500)))
    districts = rng.choice(province.districts)
    return Person(
        name=name(sex, rng),
        sex=sex,
        born=born,
        id_number=number,
        old_id=f"2{rng.randint(10000000, 99999999)}" if rng.random() < 0.7 else "",
        phone=f"0990{rng.randint(0, 999999):06d}",
        street=street(where, rng),
        place=where,
        hometown=f"{bare(rng.choice(districts[1]))}, {bare(districts[0])}, {province.name}",
        card_issued=issued,
    )
