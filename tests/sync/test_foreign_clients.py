"""The warehouse speaks tus to clients nobody here wrote, and answers every misuse by the book."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest

from sync.package import BuiltPackage
from sync.protocol import package_signed_bytes, sign, upload_metadata
from sync.trust import WarehouseTarget
from tests.sync.conftest import ask

pytestmark = pytest.mark.keeps_running("the warehouse of all these tests")

# Where installer/install.sh --tests puts other projects' clients.
FOREIGN = Path(__file__).parents[2] / ".foreign"
OFFSET_TYPE = "application/offset+octet-stream"


def _metadata(built: BuiltPackage, target: WarehouseTarget) -> str:
    signature = sign(
        target.station_key, package_signed_bytes(target.station_id, built.package_id, built.sha256)
    )
    return upload_metadata({"package_id": built.package_id, "sha256": built.sha256, "signature": signature})


def _create(built: BuiltPackage, target: WarehouseTarget) -> str:
    headers = {"Upload-Length": str(built.size_bytes), "Upload-Metadata": _metadata(built, target)}
    answer = ask(target, "POST", "/v1/uploads", headers=headers)
    assert answer.status_code == 201
    return str(answer.headers["Location"])


def _patch(target: WarehouseTarget, path: str, offset: int, data: bytes, **headers: str) -> Any:
    return ask(
        target,
        "PATCH",
        path,
        content=data,
        headers={"Upload-Offset": str(offset), "Content-Type": OFFSET_TYPE, **headers},
    )


def test_what_the_warehouse_speaks_is_said_to_whoever_asks(target: WarehouseTarget) -> None:
    answer = ask(target, "OPTIONS", "/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) >= {
        "creation",
        "checksum",
        "expiration",
        "termination",
    }
    assert set(answer.headers["Tus-Checksum-Algorithm"].split(",")) == {"crc32", "sha256", "sha1"}


def test_the_offset_moves_only_with_whole_and_right_pieces(
    make_package: Any, target: WarehouseTarget
) -> None:
    file, built, _ = make_package(code="F-1")
    data = file.read_bytes()
    path = _create(built, target)
    wrong = "sha1 " + base64.b64encode(hashlib.sha1(b"other").digest()).decode()
    right = "sha1 " + base64.b64encode(hashlib.sha1(data[:5000]).digest()).decode()
    assert _patch(target, path, 0, data[:5000], **{"Upload-Checksum": wrong}).status_code == 460
    crc32 = "crc32 " + base64.b64encode((zlib.crc32(data[:5000]) ^ 1).to_bytes(4)).decode()
    assert _patch(target, path, 0, data[:5000], **{"Upload-Checksum": crc32}).status_code == 460
    assert _patch(target, path, 0, data[:5000], **{"Upload-Checksum": "md5 x"}).status_code == 400
    own = {"Upload-Checksum": "sha256 " + base64.b64encode(bytes.fromhex(built.sha256)).decode()}
    assert _patch(target, path, 0, data[:5000], **own).status_code == 460
    assert _patch(target, path, 7, data[:5000]).status_code == 409
    assert ask(target, "HEAD", path).headers["Upload-Offset"] == "0"
    answer = _patch(target, path, 0, data[:5000], **{"Upload-Checksum": right})
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "5000")
    assert "Upload-Expires" in answer.headers
    assert _patch(target, path, 5000, data[5000:] + b"more").status_code == 413
    assert _patch(target, path, 5000, data[5000:]).status_code == 204
    head = ask(target, "HEAD", path)
    assert head.headers["Upload-Offset"] == head.headers["Upload-Length"] == str(built.size_bytes)
    assert head.headers["Cache-Control"] == "no-store"


def test_a_package_in_one_request_is_checked_by_its_own_hash(
    make_package: Any, target: WarehouseTarget
) -> None:
    file, built, _ = make_package(code="F-whole")
    data = file.read_bytes()
    own = {"Upload-Checksum": "sha256 " + base64.b64encode(bytes.fromhex(built.sha256)).decode()}
    path = _create(built, target)
    assert _patch(target, path, 0, data[:-1] + bytes([data[-1] ^ 1]), **own).status_code == 460
    path = _create(built, target)
    assert ask(target, "HEAD", path).headers["Upload-Offset"] == "0"
    assert _patch(target, path, 0, data, **own).status_code == 204


def test_misuse_is_answered_by_the_book(make_package: Any, target: WarehouseTarget) -> None:
    _, built, _ = make_package(code="F-2")
    good = {"Upload-Length": str(built.size_bytes), "Upload-Metadata": _metadata(built, target)}
    assert ask(target, "POST", "/v1/uploads", headers={**good, "Tus-Resumable": "0.2"}).status_code == 412
    assert ask(target, "POST", "/v1/uploads", headers={**good, "Upload-Length": "-1"}).status_code == 400
    assert ask(target, "POST", "/v1/uploads", headers={**good, "Upload-Length": "9" * 30}).status_code == 413
    assert (
        ask(target, "POST", "/v1/uploads", headers={**good, "Upload-Metadata": "sha256 ///"}).status_code
        == 400
    )
    for strange in ("../../etc/passwd", "%2e%2e", "x" * 200):
        assert ask(target, "HEAD", f"/v1/uploads/{strange}").status_code == 404
    path = _create(built, target)
    headers = {"Upload-Offset": "0", "Content-Type": "text/plain"}
    assert ask(target, "PATCH", path, content=b"x", headers=headers).status_code == 415


def test_a_package_that_is_none_is_refused_at_its_last_byte(target: WarehouseTarget, tmp_path: Path) -> None:
    data = b"no package at all" * 100
    built = BuiltPackage("22222222-2222-4222-8222-222222222222", hashlib.sha256(data).hexdigest(), len(data))
    answer = _patch(target, _create(built, target), 0, data)
    assert (answer.status_code, answer.json()["kind"]) == (422, "refused")


def test_curl_sends_a_package_in_two_pieces(
    make_package: Any, target: WarehouseTarget, tmp_path: Path
) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    file, built, _ = make_package(code="F-3", size_bytes=400_000)
    common = [curl, "-sS", "-i", "-H", "Tus-Resumable: 1.0.0", "-H", f"Authorization: Bearer {target.token}"]

    def run(*arguments: str) -> str:
        return subprocess.run([*common, *arguments], capture_output=True, text=True, check=True).stdout

    created = run(
        *("-X", "POST", "-H", f"Upload-Length: {built.size_bytes}"),
        *("-H", f"Upload-Metadata: {_metadata(built, target)}", f"{target.url}/v1/uploads"),
    )
    assert "201 Created" in created
    where = next(line.split()[1] for line in created.splitlines() if line.lower().startswith("location:"))
    (tmp_path / "a").write_bytes(file.read_bytes()[:100_000])
    (tmp_path / "b").write_bytes(file.read_bytes()[100_000:])
    for offset, piece in ((0, "a"), (100_000, "b")):
        said = run(
            *("-X", "PATCH", "-H", f"Upload-Offset: {offset}", "-H", f"Content-Type: {OFFSET_TYPE}"),
            *("--data-binary", f"@{tmp_path / piece}", target.url + where),
        )
        assert "204 No Content" in said
    assert built.sha256 in run(f"{target.url}/v1/packages/{built.package_id}/receipt")


def test_tus_js_client_stops_and_goes_on(make_package: Any, target: WarehouseTarget) -> None:
    node = shutil.which("node", path=f"{FOREIGN / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if node is None or not (FOREIGN / "node_modules" / "tus-js-client").is_dir():
        pytest.skip("installer/install.sh --tests could not fetch tus-js-client")
    file, built, _ = make_package(code="F-4", size_bytes=1_000_000)
    signature = sign(
        target.station_key, package_signed_bytes(target.station_id, built.package_id, built.sha256)
    )
    metadata = json.dumps({"package_id": built.package_id, "sha256": built.sha256, "signature": signature})
    script = Path(__file__).parent / "tus_js_client" / "send.mjs"
    run = subprocess.run(
        [node, str(script), str(FOREIGN), f"{target.url}/v1/uploads", target.token, str(file), metadata],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["resumed"] is True
    receipt = ask(target, "GET", f"/v1/packages/{built.package_id}/receipt").json()
    assert receipt["sha256"] == built.sha256


def test_the_interface_is_described_with_its_headers_and_who_may_call(target: WarehouseTarget) -> None:
    said = ask(target, "GET", "/openapi.json").json()
    create, append = (
        said["paths"][p][m] for p, m in (("/v1/uploads", "post"), ("/v1/uploads/{upload_id}", "patch"))
    )
    assert {"Upload-Length", "Upload-Metadata"} <= {p["name"] for p in create["parameters"]}
    assert {"Upload-Offset", "Upload-Checksum", "upload_id"} <= {p["name"] for p in append["parameters"]}
    assert {"204", "409", "413", "422", "460", "503", "507"} <= set(append["responses"])
    for path, methods in said["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), f"{method} {path} says nothing"
            is_open = path in ("/health", "/ready", "/v1/enrol") or method == "options"
            assert is_open is ("security" not in operation), f"{method} {path}"
            if not is_open:
                concrete = path.replace("{", "").replace("}", "").replace("/number", "/1")
                assert ask(target, method.upper(), concrete, token="nobody").status_code in (401, 422, 429)
