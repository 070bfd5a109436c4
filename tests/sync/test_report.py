"""The province's rates, recounted by hand."""

from pathlib import Path
from typing import Any

import pytest

from sync.enrolment import enrol
from sync.warehouse import embedded, report
from sync.warehouse.app import open_warehouse
from sync.warehouse.exchange import put_records
from sync.warehouse.schema import reading, writing
from sync.warehouse.stations import Caller
from tests.sync.conftest import deliver

ALL = ("2026-01-01", "2026-03-31")


def _record(number: int, **values: Any) -> dict[str, Any]:
    day = f"{number:02d}/01/2026"
    return {
        "dossier_code": f"G-{number}",
        "branch": "CN-THU",
        "procedure_code": "1.000001",
        "received_at": day,
        "due_at": "20/02/2026",
        "status": "4",
        "receiver": "an",
        **values,
    }


def _missing(manifest: dict[str, Any]) -> None:
    manifest["components"].append(
        {
            "component_code": "x",
            "name": "Đơn",
            "duty": "required",
            "outcome": "missing",
            "document_numbers": [],
        }
    )


@pytest.mark.keeps_running("a warehouse with records")
def test_both_rules_count_what_a_person_would_count(
    tmp_path: Path, make_package: Any, warehouse_command: Any
) -> None:
    records = [
        _record(1),  # delivered whole
        _record(2),  # delivered, a required paper missing
        _record(3),  # not digitised
        _record(4, status="10", resolved_at="25/02/2026"),  # late, delivered
        _record(5, status="8"),  # stopped
        _record(6, status="1"),  # never received
        _record(7, branch="CN-KHAC", status="9", resolved_at="2026-02-01", has_result="0"),
        _record(8, received_at="01/04/2026"),  # another quarter
    ]
    with embedded.start(tmp_path / "w") as running:
        target = enrol(running.add_station("CN-THU"))
        for number, change in ((1, None), (2, _missing), (4, None)):
            deliver(*make_package(code=f"G-{number}", change=change)[:2], target)
        house = open_warehouse(running.settings)
        with writing(house.engine) as conn:
            assert put_records(conn, records, "2026-04-01T00:00:00+00:00") == (8, [])
        province = Caller("province", None, None, "p")
        with reading(house.engine) as conn:
            intake = report.rates(conn, province, "branch", "intake", *ALL)["rule"]
            results = report.rates(conn, province, "branch", "result", *ALL)["rule"]
            own = report.rates(conn, Caller("branch", "CN-KHAC", None, "b"), "branch", "intake", *ALL)["rule"]
            listed = report.behind(conn, province, "strict", "branch", "intake", *ALL, "CN-THU")
        house.engine.dispose()
        said = warehouse_command(running, "report", "rates", "--from", ALL[0], "--to", ALL[1], "--json")
    # Received: 1, 2, 3, 4, 5 here and 7 there; digitised: 1, 2, 4.
    assert {r["key"]: (r["received"], r["digitised"], r["rate"]) for r in intake["official"]["rows"]} == {
        "CN-THU": (5, 3, 60.0),
        "CN-KHAC": (1, 0, 0.0),
    }
    # Left out: 4 (late) and 5 (stopped). Complete: 1 only, of 1, 2, 3.
    strict = {r["key"]: (r["received"], r["digitised"], r["rate"]) for r in intake["strict"]["rows"]}
    assert strict == {"CN-THU": (3, 1, 33.3), "CN-KHAC": (1, 0, 0.0)}
    assert intake["strict"]["excluded"] == 2
    # Resolved: 4 and 7; 7 is of a procedure without a result.
    total = results["official"]["total"]
    assert (total["received"], total["digitised"], total["rate"]) == (2, 1, 50.0)
    assert [r["key"] for r in own["official"]["rows"]] == ["CN-KHAC"]
    assert {c.dossier_code for c in listed if c.excluded} == {"G-4", "G-5"}
    assert said["rule"] == intake


def test_a_rule_without_its_column_says_why(tmp_path: Path, warehouse_command: Any) -> None:
    empty = warehouse_command(tmp_path / "w", "report", "rates", "--json")
    assert empty["rule"]["official"]["total"]["rate"] is None
    from sync.warehouse.app import embedded_settings

    house = open_warehouse(embedded_settings(tmp_path / "w"))
    with writing(house.engine) as conn:
        put_records(conn, [_record(1, status="")], "2026-04-01T00:00:00+00:00")
    house.engine.dispose()
    said = warehouse_command(tmp_path / "w", "report", "rates", "--json")["rule"]
    assert said["official"]["reason"] == report.NO_STATUS and said["official"]["total"]["rate"] is None
    assert said["strict"]["total"]["rate"] == 0.0
