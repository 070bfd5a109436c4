"""How long a search over many pages takes: processor time of each key typed, by the product's own functions.

    STATION_SEARCH_PAGES=1000000 python -m pytest -s -q tests/benchmarks/bench_search.py

Texts are made of Vietnamese-like syllables, a few of them very frequent as on real papers, and every dossier holds the
same headings of forms; names and numbers are invented.
"""

import itertools
import os
import random
import resource
from pathlib import Path

import pytest

from station.store import search
from station.work import browsing
from station.work.browsing import Narrowed
from station.work.station import Station, open_station

PAGES = int(os.environ.get("STATION_SEARCH_PAGES", "20000"))
PAGES_OF_A_DOSSIER = 5
WORDS_OF_A_PAGE = 250
STARTS = [
    "",
    *[
        "b",
        "c",
        "ch",
        "d",
        "đ",
        "g",
        "gh",
        "gi",
        "h",
        "k",
        "kh",
        "l",
        "m",
        "n",
        "ng",
        "ngh",
        "nh",
        "ph",
        "qu",
        "r",
        "s",
        "t",
        "th",
        "tr",
        "v",
        "x",
    ],
]
ENDS = [
    "a",
    "an",
    "áng",
    "ành",
    "ai",
    "áo",
    "e",
    "én",
    "ẹo",
    "i",
    "ình",
    "in",
    "ịch",
    "o",
    "ói",
    "ọn",
    "ông",
    "ọc",
    "u",
    "ủn",
    "ung",
    "ục",
    "ương",
    "ước",
    "iên",
    "iều",
    "iết",
    "oan",
    "oạt",
    "uyên",
    "uyết",
    "ý",
]
SURNAMES = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
]
HEADING = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam Độc lập Tự do Hạnh phúc Giấy chứng nhận quyền sử dụng đất họ và tên"
)
AT = "2026-03-05T02:00:00.000+00:00"


def processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def fill(station: Station, dossiers: int) -> str:
    """Dossiers with texts; returns the applicant's name of one in the middle."""
    chance = random.Random(8)
    syllables = [start + end for start in STARTS for end in ENDS]
    chance.shuffle(syllables)
    weights = list(itertools.accumulate(1 / (n + 2) for n in range(len(syllables))))
    wanted = ""
    indexing = 0.0
    for block in range(0, dossiers, 2000):
        with station.transaction() as conn:
            conn.execute("PRAGMA cache_size = -200000")
            for number in range(block + 1, min(block + 2000, dossiers) + 1):
                name = " ".join(
                    [chance.choice(SURNAMES), *chance.choices(syllables, cum_weights=weights, k=2)]
                )
                wanted = name if number == dossiers // 3 else wanted
                code = f"H48.{number % 14:02d}-{230101 + number // 500}-{number % 10000:04d}"
                _dossier(conn, number, code, name)
                page = [HEADING, *chance.choices(syllables, cum_weights=weights, k=WORDS_OF_A_PAGE - 26)]
                body = " ".join(page * PAGES_OF_A_DOSSIER)
                since = processor_s()
                search.put(conn, number, f"{code} {chance.randrange(10**11):012d}", name, body)
                indexing += processor_s() - since
    print(f"\n{dossiers} dossiers, {dossiers * PAGES_OF_A_DOSSIER} pages: indexing {indexing:.0f} s", end="")
    print(f" ({1000 * indexing / dossiers / PAGES_OF_A_DOSSIER:.2f} ms a page)")
    return wanted


def _dossier(conn, number: int, code: str, name: str) -> None:  # type: ignore[no-untyped-def]
    values = {"id": number, "code": code, "name": name, "at": AT, "branch": f"Chi nhánh {number % 14}"}
    if number == 1:
        conn.execute(
            "INSERT INTO intake (id, source, stage, opened_by, opened_at) VALUES (1, 'files', 'intake', 'x', :at)",
            {"at": AT},
        )
    conn.execute(
        "INSERT INTO dossier (id, intake_id, run_no, stage, state, dossier_code, temporary_code, branch,"
        " procedure_code, opened_by, opened_at)"
        " VALUES (:id, 1, :id, 'intake', 'open', :code, 'T' || :id, :branch, '1.012781', 'x', :at)",
        values,
    )


@pytest.mark.timeout(0)
def test_search_as_you_type(tmp_path: Path) -> None:
    home = Path(os.environ.get("STATION_SEARCH_HOME", str(tmp_path / "home")))
    station = open_station(home)
    with station.reading() as conn:
        held = conn.execute("SELECT count(*) FROM dossier").fetchone()[0]
    name = (home / "wanted").read_text() if held else fill(station, PAGES // PAGES_OF_A_DOSSIER)
    (home / "wanted").write_text(name)
    surname, middle, given = name.lower().split()
    typed = [name[:length].lower() for length in range(1, len(name) + 1)]
    other = [
        "n",
        "ng",
        "quyền sử dụng",
        "h48.03-2302",
        "04801",
        f"{given} {middle} {surname}",
        "hanh phuc giay",
    ]
    longest: list[tuple[float, str, int]] = []
    for narrowed in (Narrowed(), Narrowed(states=("ready",)), Narrowed(branch="Chi nhánh 3")):
        for text in ["", *typed, *other]:
            since = processor_s()
            found = browsing.find_ids(station, text, narrowed, 5_000 if text else 1_000_000)
            listed = processor_s()
            browsing.list_rows(station, found[:200])
            longest.append(
                (processor_s() - since, f"{text!r} {narrowed.states or narrowed.branch}", len(found))
            )
            print(
                f"{text:28} {narrowed.branch or ''.join(narrowed.states):12} {1000 * (listed - since):7.1f} ms"
                f" + rows {1000 * (processor_s() - listed):5.1f} ms {len(found):7}"
            )
    for seconds, text, count in sorted(longest, reverse=True)[:3]:
        print(f"longest: {1000 * seconds:.0f} ms {text} {count}")
    assert any(count for _s, text, count in longest if text.startswith(repr(name.lower())))
