"""Three dossiers for the demonstration, as a scanner would deliver them.

1. A transfer: receipt with the dossier code as Code 128, contract, folded certificate open on A3.
2. A renewal scanned duplex: blank backs, turned and skewed pages, a photocopied ID card with its QR.
3. A change whose papers carry no code at all: only ID number and parcel lead to its record.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from resources.samples import case as cases
from resources.samples import delivery, dossier, records, truth
from resources.samples.papers import Order
from resources.samples.scan import Lie, Scan, scan

DEMO_RECORDS = 400
# One counter of one branch serves all three.
DEMO_BRANCH = "Chi nhánh Văn phòng đăng ký đất đai khu vực 1"


@dataclass(frozen=True)
class DemoDossier:
    """A folder of scanned files of one dossier; the code is what the station should find."""

    folder: Path
    dossier_code: str | None


@dataclass(frozen=True)
class DemoSamples:
    records_csv: Path
    dossiers: tuple[DemoDossier, ...]
    truth: Path


@dataclass(frozen=True)
class _Plan:
    procedure: str
    route: str
    kind: str
    mode: str
    dpi: int
    duplex: bool
    skew: float
    turned: bool
    papers: tuple[Order, ...]


_PLANS = (
    _Plan(
        "chuyen_nhuong",
        "barcode_receipt",
        "jpeg",
        "gray",
        300,
        False,
        0.8,
        False,
        (
            Order("giay_tiep_nhan", "a", code_kind="code128"),
            Order("don_bien_dong", "a"),
            Order("hop_dong_chuyen_nhuong", "a"),
            Order("giay_chung_nhan", "a", variant="folded"),
        ),
    ),
    _Plan(
        "cap_doi",
        "cccd_qr",
        "pdf",
        "gray",
        300,
        True,
        2.0,
        True,
        (
            Order("don_bien_dong", "a", with_code=False),
            Order("xac_nhan_cu_tru", "a"),
            Order("cccd", "a"),
            Order("giay_chung_nhan", "a", variant="single"),
        ),
    ),
    _Plan(
        "bien_dong",
        "name_parcel",
        "tiff_jpeg",
        "gray",
        300,
        False,
        1.0,
        False,
        (
            Order("don_bien_dong", "a", with_code=False),
            Order("trich_luc_ban_do", "a"),
            Order("xac_nhan_cu_tru", "a"),
        ),
    ),
)


def make_demo(folder: Path, seed: int = 1) -> DemoSamples:
    """Makes the demonstration's dossiers and records under `folder`; the same seed makes the same."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[DemoDossier] = []
    files: list[delivery.FileTruth] = []
    documents_told: list[dict[str, object]] = []
    dossiers_told: list[dict[str, object]] = []
    rows: list[dict[str, str]] = []
    for number, plan in enumerate(_PLANS, start=1):
        rng = random.Random(f"demo {seed} {number}")
        case = cases.make(number, rng, route=plan.route, procedure=plan.procedure)
        papers = dossier.documents_of(case, [(order, 0) for order in plan.papers], rng)
        intake = f"ho_so_{number}"
        mine = delivery.deliver(
            folder, intake, f"SCAN_{case.received:%Y%m%d}", plan.kind, _scans(plan, papers, rng)
        )
        record = {**cases.record_of(case, rng), "branch": DEMO_BRANCH}
        rows.append(record)
        files += mine
        documents_told += [truth.document_truth(paper, mine) for paper in papers]
        printed = case.dossier_code if plan.route == "barcode_receipt" else None
        dossiers_told.append(
            truth.dossier_truth(
                case,
                papers,
                mine,
                record=record,
                level="normal",
                delivery=plan.kind,
                intake=intake,
                separator=None,
                printed_code=printed,
            )
        )
        made.append(DemoDossier(folder / "files" / intake, case.dossier_code))
    table = records.write(folder / "records.csv", rows, DEMO_RECORDS, seed)
    told = truth.write(
        folder / "truth.json",
        seed=seed,
        style="a",
        level="normal",
        records=DEMO_RECORDS,
        files=files,
        documents=documents_told,
        dossiers=dossiers_told,
    )
    return DemoSamples(table, tuple(made), told)


def _scans(plan: _Plan, papers: list[dossier.Document], rng: random.Random) -> Iterator[tuple[Scan, str]]:
    for paper in papers:
        for side in dossier.sides_of(paper, duplex=plan.duplex, spreads=True, rng=rng):
            turn = rng.choice((0, 90, 180, 270)) if plan.turned and rng.random() < 0.6 else 0
            effects = ("bleed_through",) if plan.duplex else ()
            lie = Lie(
                dpi=plan.dpi,
                mode=plan.mode,
                level="normal",
                turn=turn,
                skew=rng.uniform(-plan.skew, plan.skew),
                shift_mm=(rng.uniform(-1, 1), rng.uniform(-1, 1)),
                effects=effects,
                noise=2,
                quality=82,
            )
            yield scan(side, lie, rng), paper.id
