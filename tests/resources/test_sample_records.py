"""The samples' procedure records, places and figures."""

import csv
import random
from pathlib import Path

import pytest

from resources.samples import case as cases
from resources.samples import people, records
from tests.benchmarks.scoring import wilson


def test_records_hold_the_true_row_and_its_near_misses(tmp_path: Path) -> None:
    rng = random.Random(1)
    true = [cases.record_of(cases.make(number, rng, route="name_parcel"), rng) for number in range(5)]
    path = records.write(tmp_path / "records.csv", true, 2000, 1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == records.COLUMNS
    assert len(rows) == 2000
    assert len({row["dossier_code"] for row in rows}) == 2000
    for record in true:
        assert record in rows
        alike = [row for row in rows if row["applicant_name"] == record["applicant_name"] and row != record]
        assert alike
        assert not any(
            row["applicant_id"] == record["applicant_id"] and row["parcel_no"] == record["parcel_no"]
            for row in alike
        )


def test_a_province_of_records_is_written_quickly_enough_to_be_streamed(tmp_path: Path) -> None:
    rows = list(records.strangers(3000, set(), random.Random(1)))
    assert len(rows) == 3000
    assert {len(row) for row in rows} == {len(records.COLUMNS)}
    assert len({row[0] for row in rows}) == 3000


def test_addresses_keep_two_tiers_after_the_reform() -> None:
    rng = random.Random(2)
    new = people.place(people.PROVINCES[0], True, rng)
    old = people.place(people.PROVINCES[0], False, rng)
    assert new.district == "" and old.district
    assert new.joined().count(",") == 1 and old.joined().count(",") == 2


def test_an_interval_is_wide_where_little_was_seen() -> None:
    low, high = wilson(9, 10)
    assert low == pytest.approx(0.596, abs=0.002) and high == pytest.approx(0.982, abs=0.002)
    assert wilson(900, 1000)[0] > low
