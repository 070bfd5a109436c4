"""Invented packages and a warehouse on this machine."""

import hashlib
import json
import sqlite3
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.enrolment import enrol
from sync.line import Line
from sync.package import BuiltPackage, PackageContents, build
from sync.protocol import PackageMeta, Receipt
from sync.trust import WarehouseTarget
from sync.upload import send
from sync.warehouse import embedded
from sync.warehouse.app import open_warehouse
from sync.warehouse.cli import main
from sync.warehouse.embedded import EmbeddedWarehouse
from sync.warehouse.schema import writing
from sync.warehouse.stations import add_token

NO_AUDIT = "0" * 64


def manifest_of(
    package_id: str, code: str, branch: str, pdf: bytes, original: bytes, version: int, stage: str
) -> dict[str, Any]:
    """The manifest of a one-paper dossier of a person who does not exist."""
    pdf_sha256, image_sha256 = hashlib.sha256(pdf).hexdigest(), hashlib.sha256(original).hexdigest()
    verification = {"value": "000000000123", "verified_by": "demo", "verified_at": "2026-01-05T08:00:00Z"}
    return {
        "format": "digitization-package/1",
        "package_id": package_id,
        "branch": branch,
        "station_id": "",
        "sealed_at": "2026-01-05T09:00:00Z",
        "sealed_by": "demo",
        "dossier": {"dossier_code": code, "stage": stage, "version": version, "matched_by": "code"},
        "record": {
            "dossier_code": code,
            "procedure_code": "1.000001",
            "applicant_name": "Nguyễn Văn Thử",
            "applicant_id": "000000000123",
        },
        "documents": [
            {
                "number": 1,
                "type_id": "cccd",
                "title": "Căn cước công dân",
                "path": "data/documents/01-cccd.pdf",
                "sha256": pdf_sha256,
                "size_bytes": len(pdf),
                "reuse": "own",
                "pages": [{"image_sha256": image_sha256, "text": "CĂN CƯỚC CÔNG DÂN\nĐường Thử Nghiệm"}],
                "fields": [
                    {
                        "name": "id_number",
                        "reading": {"value": "000000000123", "confidence": 0.98, "rule": "qr", "kind": "qr"},
                        "verification": verification,
                    }
                ],
            }
        ],
        "components": [
            {
                "component_code": "id",
                "name": "Căn cước công dân",
                "duty": "required",
                "outcome": "digitised",
                "document_numbers": [1],
            }
        ],
        "images": [
            {
                "sha256": image_sha256,
                "path": f"data/originals/{image_sha256}.jpg",
                "size_bytes": len(original),
                "media_type": "image/jpeg",
                "captured_at": "2026-01-05T07:50:00Z",
            }
        ],
        "signatures": [],
        "audit_head": NO_AUDIT,
    }


MakePackage = Callable[..., tuple[Path, BuiltPackage, dict[str, Any]]]


@pytest.fixture
def make_package(tmp_path: Path) -> MakePackage:
    """Builds `<package_id>.tar` of a dossier with `size_bytes` of picture."""

    def make(
        code: str = "H00.01-260105-0001",
        branch: str = "CN-THU",
        size_bytes: int = 20_000,
        version: int = 1,
        package_id: str | None = None,
        seed: int = 0,
        stage: str = "intake",
        change: Callable[[dict[str, Any]], None] | None = None,
    ) -> tuple[Path, BuiltPackage, dict[str, Any]]:
        package_id = package_id or str(uuid.uuid4())
        original = hashlib.shake_256(f"{code}{seed}".encode()).digest(size_bytes)
        pdf = (
            b"%PDF-1.7\n"
            + hashlib.shake_256(f"pdf{code}{seed}".encode()).digest(size_bytes // 4)
            + b"\n%%EOF\n"
        )
        folder = tmp_path / "made" / package_id
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.pdf").write_bytes(pdf)
        (folder / "b.jpg").write_bytes(original)
        manifest = manifest_of(package_id, code, branch, pdf, original, version, stage)
        if change:
            change(manifest)
        target = folder / f"{package_id}.tar"
        files = (
            (manifest["documents"][0]["path"], folder / "a.pdf"),
            (manifest["images"][0]["path"], folder / "b.jpg"),
        )
        return target, build(PackageContents(manifest, files), target), manifest

    return make


def meta_of(built: BuiltPackage) -> PackageMeta:
    return PackageMeta(built.package_id, built.sha256, built.size_bytes)


def deliver(file: Path, built: BuiltPackage, target: WarehouseTarget, **options: Any) -> Receipt:
    """Sends without watching, over a line of its own or the one given."""
    settings: dict[str, Any] = {
        "progress": lambda _o, _u: None,
        "should_stop": lambda: False,
        "limit_bytes_s": None,
    }
    given: Line | None = options.pop("line", None)
    with nullcontext(given) if given else Line(target) as line:
        return send(file, meta_of(built), line, **{**settings, **options})


@pytest.fixture(scope="session")
def shared_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    """One warehouse for tests that leave each other's packages alone."""
    with embedded.start(tmp_path_factory.mktemp("warehouse")) as running:
        yield running


@pytest.fixture
def target(shared_warehouse: EmbeddedWarehouse) -> WarehouseTarget:
    """A freshly enrolled station of branch CN-THU."""
    return enrol(shared_warehouse.add_station("CN-THU"))


def stored_packages(warehouse: EmbeddedWarehouse) -> dict[str, Path]:
    """Package id → its bytes in an embedded warehouse, once for every row that speaks of it."""
    data = Path(warehouse.settings.spool).parent
    with closing(sqlite3.connect(data / "warehouse.db")) as conn:
        rows = conn.execute("SELECT id, sha256 FROM package").fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return {package_id: data / "objects" / "bags" / sha256 for package_id, sha256 in rows}


@pytest.fixture
def warehouse_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Runs `warehouse …` on a warehouse's data folder; gives its JSON, or what it said."""

    def run(where: EmbeddedWarehouse | Path, *arguments: str, expect: int = 0) -> Any:
        data = where if isinstance(where, Path) else Path(where.settings.spool).parent
        monkeypatch.setattr(sys, "argv", ["warehouse", *arguments, "--data", str(data)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        assert (end.value.code or 0) == expect, said.err
        return json.loads(said.out) if "--json" in arguments else said.err

    return run


@pytest.fixture(scope="session")
def give_token(shared_warehouse: EmbeddedWarehouse) -> Callable[..., str]:
    """Makes a token of a role for the shared warehouse."""

    def give(role: str, branch: str | None = None) -> str:
        house = open_warehouse(shared_warehouse.settings)
        try:
            with writing(house.engine) as conn:
                return add_token(conn, role, branch, f"{role} {branch} {uuid.uuid4()}", datetime.now(UTC))
        finally:
            house.engine.dispose()

    return give


def ask(
    target: WarehouseTarget, method: str, path: str, token: str | None = None, **options: Any
) -> httpx.Response:
    """One request to a warehouse with the station's token, or another."""
    headers = {"Authorization": f"Bearer {token or target.token}", "Tus-Resumable": "1.0.0"}
    headers |= options.pop("headers", {})
    return httpx.request(method, target.url + path, headers=headers, **options)


def audit_of(warehouse: EmbeddedWarehouse, act: str) -> list[tuple[str, str, str]]:
    """(actor, branch, purpose) of every entry of a kind."""
    data = Path(warehouse.settings.spool).parent
    with closing(sqlite3.connect(data / "warehouse.db")) as conn:
        return conn.execute("SELECT actor, branch, purpose FROM audit WHERE act = ?", (act,)).fetchall()
