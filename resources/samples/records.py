"""The one-stop system's procedure records: true rows for the made dossiers among many, and near misses.

Near misses are what makes matching worth testing: the same name elsewhere, the neighbour's parcel, the
same citizen's other parcel, an identity number or a dossier code that differs by one digit.
"""

import csv
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from resources.samples import case as cases
from resources.samples import people

COLUMNS = (
    "dossier_code",
    "procedure_code",
    "procedure_name",
    "applicant_name",
    "applicant_id",
    "date_of_birth",
    "address",
    "commune",
    "district",
    "province",
    "parcel_no",
    "map_sheet",
    "certificate_serial",
    "received_at",
    "due_at",
    "branch",
    "stage",
)
Record = dict[str, str]


def write(path: Path, true_records: Iterable[Record], count: int, seed: int) -> Path:
    """Writes `count` rows (more when there are more true ones and near misses), the true ones among them.

    Rows come in no order; the same seed writes the same file.
    """
    rng = random.Random(f"records {seed}")
    fixed = list(true_records)
    taken = {row["dossier_code"] for row in fixed}
    near = [row for record in list(fixed) for row in near_misses(record, rng) if _unused(row, taken)]
    fixed += near
    rng.shuffle(fixed)
    step = max(1, count // max(1, len(fixed)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        position = 0
        for index, row in enumerate(strangers(max(0, count - len(fixed)), taken, rng)):
            if index % step == 0 and position < len(fixed):
                writer.writerow([fixed[position][column] for column in COLUMNS])
                position += 1
            writer.writerow(row)
        for record in fixed[position:]:
            writer.writerow([record[column] for column in COLUMNS])
    return path


def _unused(row: Record, taken: set[str]) -> bool:
    if row["dossier_code"] in taken:
        return False
    taken.add(row["dossier_code"])
    return True


def near_misses(record: Record, rng: random.Random) -> list[Record]:
    """Rows that resemble a true one in all but what decides."""
    other_name = people.name(rng.choice(("Nam", "Nữ")), rng)
    other_id = _other_id(record["applicant_id"], rng)
    return [
        # The same name, another citizen with other land.
        record | _elsewhere(rng) | {"dossier_code": _moved_code(record, rng), "applicant_id": other_id},
        # The neighbour: same commune and sheet, the next parcel.
        record
        | {
            "dossier_code": _moved_code(record, rng),
            "applicant_name": other_name,
            "applicant_id": _other_id(other_id, rng),
            "parcel_no": str(int(record["parcel_no"]) + rng.choice((1, 2, 10))),
            "certificate_serial": _nudged(record["certificate_serial"], rng),
        },
        # The same citizen, another parcel, another request.
        record
        | _elsewhere(rng)
        | {
            "dossier_code": _moved_code(record, rng),
            "procedure_code": "1.012789",
            "procedure_name": "Cung cấp thông tin, dữ liệu đất đai",
        },
        # Same parcel number and sheet in another commune, name alike.
        record
        | {
            "dossier_code": _moved_code(record, rng),
            "applicant_id": _other_id(record["applicant_id"], rng),
            "applicant_name": record["applicant_name"].rsplit(" ", 1)[0]
            + " "
            + rng.choice(people.MALE_GIVEN),
            "commune": "xã Bình Hải",
            "certificate_serial": _nudged(record["certificate_serial"], rng),
        },
        # One digit off in the code.
        record
        | _elsewhere(rng)
        | {
            "dossier_code": _nudged(record["dossier_code"], rng),
            "applicant_name": people.name("Nam", rng),
            "applicant_id": _other_id(other_id, rng),
        },
    ]


def _elsewhere(rng: random.Random) -> Record:
    return {
        "parcel_no": str(rng.randint(2, 1650)),
        "map_sheet": str(rng.randint(1, 99)),
        "certificate_serial": f"C{rng.choice('ABCDEGHKLMN')} {rng.randint(10000, 999999):06d}",
    }


def _other_id(number: str, rng: random.Random) -> str:
    place = rng.randint(6, 11)
    return number[:place] + str((int(number[place]) + rng.randint(1, 9)) % 10) + number[place + 1 :]


def _nudged(text: str, rng: random.Random) -> str:
    return text[:-1] + str((int(text[-1]) + rng.randint(1, 9)) % 10)


def _moved_code(record: Record, rng: random.Random) -> str:
    head, _, _ = record["dossier_code"].rpartition("-")
    return f"{head}-{rng.randint(1000, 9999)}"


def strangers(count: int, taken: set[str], rng: random.Random) -> Iterator[list[str]]:
    """Rows of people who have nothing to do with the made dossiers; a million within half a minute.

    Their codes are added to `taken`, so that no two rows share one.
    """
    places = [place for province in people.PROVINCES for place in _all_places(province)]
    names = [people.name(rng.choice(("Nam", "Nữ")), rng) for _ in range(6000)]
    days = [_Day.of(cases.workday(date(2024, 1, 2) + timedelta(days=index))) for index in range(860)]
    made = 0
    pick = rng.random
    while made < count:
        place = places[int(pick() * len(places))]
        day = days[int(pick() * len(days))]
        index = int(pick() * len(cases.PROCEDURES))
        procedure = cases.PROCEDURES[index]
        unit, serial = 10 + int(pick() * 33), int(pick() * 1_000_000)
        if place.two_tier:
            code = f"{place.org_root}.{unit}-{day.short}-{serial:06d}"
        else:
            code = f"000.00.{unit}.{place.org_root}-{day.short}-{serial % 10000:04d}"
        if code in taken:
            continue
        taken.add(code)
        born_year = 1945 + int(pick() * 58)
        sex = int(pick() * 2) + (2 if born_year >= 2000 else 0)
        yield [
            code,
            procedure.code,
            procedure.names[0],
            names[int(pick() * len(names))],
            f"{place.id_code}{sex}{born_year % 100:02d}{int(pick() * 1_000_000):06d}",
            f"{1 + int(pick() * 28):02d}/{1 + int(pick() * 12):02d}/{born_year}",
            f"thôn {people.HAMLETS[int(pick() * len(people.HAMLETS))]}, {place.joined}",
            place.commune,
            place.district,
            place.province,
            str(1 + int(pick() * 1650)),
            str(1 + int(pick() * 99)),
            f"{'BCD'[int(pick() * 3)]}{'ABCDEGHKLMNPQRSTUVXY'[int(pick() * 20)]} {int(pick() * 1_000_000):06d}",
            day.printed,
            day.due[index],
            place.branch,
            cases.PROGRESS[int(pick() * len(cases.PROGRESS))],
        ]
        made += 1


@dataclass(frozen=True)
class _Day:
    """A day of receipt, written out once: in codes, in print, and when each procedure is due."""

    short: str
    printed: str
    due: tuple[str, ...]

    @staticmethod
    def of(day: date) -> "_Day":
        due = tuple(f"{day + timedelta(days=procedure.days + 4):%d/%m/%Y}" for procedure in cases.PROCEDURES)
        return _Day(f"{day:%y%m%d}", f"{day:%d/%m/%Y}", due)


@dataclass(frozen=True)
class _Where:
    """A commune as rows name it, written out once."""

    org_root: str
    id_code: str
    two_tier: bool
    commune: str
    district: str
    province: str
    joined: str
    branch: str


def _all_places(province: people.Province) -> list[_Where]:
    old = [
        people.Place(commune, district, province.name)
        for district, communes in province.districts
        for commune in communes
    ]
    new = [people.Place(commune, "", province.new_name) for commune in province.new_communes]
    return [
        _Where(
            province.org_root,
            province.id_code,
            not place.district,
            place.commune,
            place.district,
            place.province,
            place.joined(),
            f"Chi nhánh Văn phòng đăng ký đất đai {place.district or f'khu vực {index % 7 + 1}'}",
        )
        for index, place in enumerate([*old, *new])
    ]
