"""How surely and how quickly a dossier finds its record among many that resemble it.

    python -m tests.benchmarks.bench_matching --records 1000000 --queries 10000

The records come in through the station's own import, from a CSV file. Half of the queries are for dossiers whose
record is absent, while its near misses are there. Values are misread now and then, as recognition does: a tone
lost, a digit wrong. Times are the processor's, so that a busy machine gives the same.
"""

import argparse
import csv
import random
import statistics
import tempfile
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from forms.machine import PrintedCode
from forms.match import match_record
from forms.proposal import FieldReading, ProposedDocument
from resources.samples import case as cases
from resources.samples import records
from station.store import database
from station.work.importing import import_records
from station.work.sorting import RecordSource
from station.work.station import open_station
from tests.benchmarks.scoring import Row, table

ROUTES = ("barcode_receipt", "code_text", "cccd_qr", "name_parcel")
# Shares seen on made pages of the hard level: names lose a tone, figures a digit.
TONE_LOST = 0.12
DIGIT_WRONG = 0.02

pytestmark = pytest.mark.benchmark_


def _write(file: Path, fixed: list[dict[str, str]], count: int, rng: random.Random) -> None:
    """The records as a one-stop system exports them."""
    taken = {row["dossier_code"] for row in fixed}
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(records.COLUMNS)
        writer.writerows([row[name] for name in records.COLUMNS] for row in fixed)
        writer.writerows(records.strangers(max(0, count - len(fixed)), taken, rng))


def misread(text: str, rng: random.Random) -> str:
    """The text as recognition may give it."""
    if rng.random() < TONE_LOST and any(ord(letter) > 127 for letter in text):
        place = rng.choice([index for index, letter in enumerate(text) if ord(letter) > 127])
        plain = unicodedata.normalize("NFD", text[place])[0].replace("đ", "d").replace("Đ", "D")
        return text[:place] + plain + text[place + 1 :]
    digits = [index for index, letter in enumerate(text) if letter.isdigit()]
    if digits and rng.random() < DIGIT_WRONG:
        place = rng.choice(digits)
        return text[:place] + rng.choice("0123456789") + text[place + 1 :]
    return text


def evidence(case: cases.Case, rng: random.Random) -> tuple[list[ProposedDocument], PrintedCode | None]:
    """What the papers of a case say, by its route."""
    who, land = case.applicant, case.land
    values = {
        "applicant_name": who.name,
        "parcel_no": land.parcel_no,
        "map_sheet": land.map_sheet,
        "parcel_address": land.address,
    }
    if rng.random() < 0.5:
        values["certificate_serial"] = case.certificate.serial
    if case.route != "name_parcel" or rng.random() < 0.5:
        values["applicant_id"] = who.id_number
    fields = {
        name: FieldReading(name, misread(value, rng), 0.97, False, 1, None, "label", "printed")
        for name, value in values.items()
    }
    document = ProposedDocument("don_bien_dong", 0.99, (1,), fields)
    code = None
    if case.route == "barcode_receipt":
        code = PrintedCode(case.dossier_code, True)
    elif case.route == "code_text":
        code = PrintedCode(misread(case.dossier_code, rng), False)
    return [document], code


def measure(
    folder: Path, record_count: int, query_count: int, seed: int
) -> tuple[list[Row], dict[str, list[float]]]:
    """Shares by route, and the milliseconds each query took."""
    rng = random.Random(f"matching {seed}")
    asked = [
        (cases.make(number, rng, route=ROUTES[number % 4]), number % 8 < 4) for number in range(query_count)
    ]
    fixed: dict[str, dict[str, str]] = {}
    for case, present in asked:
        row = cases.record_of(case, rng)
        near = records.near_misses(row, rng)
        for one in [row, *near] if present else near:
            fixed.setdefault(one["dossier_code"], one)
    absent = {case.dossier_code for case, present in asked if not present}
    kept = [row for code, row in fixed.items() if code not in absent]
    _write(folder / "records.csv", kept, record_count, rng)
    station = open_station(folder / "home")
    started = time.process_time()
    brought = import_records(station, folder / "records.csv")
    spent = time.process_time() - started
    print(f"{brought.taken} records imported in {spent:.1f} s of processor time, {brought.refused} refused")
    with closing(database.connect(folder / "home" / "station.db")) as conn:
        return _ask(asked, RecordSource(conn), rng)


def _ask(
    asked: Iterable[tuple[cases.Case, bool]], source: RecordSource, rng: random.Random
) -> tuple[list[Row], dict[str, list[float]]]:
    hits: dict[str, int] = defaultdict(int)
    trials: dict[str, int] = defaultdict(int)
    times: dict[str, list[float]] = defaultdict(list)
    for case, present in asked:
        documents, code = evidence(case, rng)
        started = time.process_time()
        taken, _, _ = match_record(documents, code, source)
        times[case.route].append(1000 * (time.process_time() - started))
        found = taken.record.dossier_code if taken else None
        if present:
            for name in ("records found", f"  by {case.route}"):
                trials[name] += 1
                hits[name] += found == case.dossier_code
        trials["false matches"] += 1
        hits["false matches"] += found is not None and not (present and found == case.dossier_code)
    return [Row(name, hits[name], trials[name]) for name in trials], times


def report(rows: list[Row], times: dict[str, list[float]]) -> str:
    lines = [table(rows)]
    for route, taken in sorted(times.items()):
        ranked = sorted(taken)
        p99 = ranked[min(len(ranked) - 1, round(0.99 * len(ranked)))]
        lines.append(
            f"{route:20s} median {statistics.median(ranked):6.2f} ms   p99 {p99:6.2f} ms   n {len(ranked)}"
        )
    return "\n".join(lines)


def test_a_dossier_finds_its_record_and_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, times = measure(tmp_path, 50_000, 2_000, 1)
    with capsys.disabled():
        print("\n" + report(rows, times))
    shares = {row.name: row.share or 0.0 for row in rows}
    assert shares["false matches"] <= 0.001
    assert shares["  by barcode_receipt"] >= 0.99


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        print(report(*measure(Path(scratch), wanted.records, wanted.queries, wanted.seed)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
