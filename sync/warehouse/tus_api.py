"""tus 1.0 (core, creation, creation-with-upload, checksum, expiration, termination), enrolment, receipts."""

import base64
import binascii
import re
import tempfile
import uuid
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import IO, Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from sync.protocol import (
    CHECKSUM_MISMATCH,
    CHECKSUMS,
    ENROL_PATH,
    OFFSET_TYPE,
    PACKAGES_PATH,
    RECEIPT_KEYS_PATH,
    TUS_CHECKSUMS,
    TUS_EXTENSIONS,
    TUS_VERSION,
    UPLOADS_PATH,
    read_upload_metadata,
    to_base64,
)
from sync.warehouse import intake, stations, uploads
from sync.warehouse.callers import House, Station
from sync.warehouse.schema import reading, writing
from sync.warehouse.uploads import Announcement, Upload, Warehouse

router = APIRouter()

# Kept in memory up to this, a station's second chunk; a longer request goes to the spool folder.
IN_MEMORY_BYTES = 16 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


class _Enrolment(BaseModel):
    code: str = Field(max_length=100)
    public_key: str = Field(max_length=100)


@dataclass(frozen=True)
class _Body:
    size_bytes: int
    checksum_fits: bool
    whole: bool


@router.options(UPLOADS_PATH)
@router.options(UPLOADS_PATH + "/{upload_id}")
async def say_what_is_spoken(house: House) -> Response:
    """Which tus is spoken here."""
    return Response(
        status_code=204,
        headers={
            "Tus-Version": TUS_VERSION,
            "Tus-Extension": TUS_EXTENSIONS,
            "Tus-Checksum-Algorithm": TUS_CHECKSUMS,
            "Tus-Max-Size": str(house.package_limit_bytes),
        },
    )


@router.post(UPLOADS_PATH, status_code=201)
async def create(request: Request, caller: Station, house: House) -> Response:
    """Announces a package; its first bytes may come along. Announcing it again finds the upload there is."""
    if refusal := _wrong_version(request):
        return refusal
    try:
        said = _announcement(request)
    except (ValueError, KeyError):
        return _problem(400, "header", "Upload-Length or Upload-Metadata is missing or malformed")
    try:
        upload = await to_thread.run_sync(uploads.announce, house, caller, said)
    except uploads.Refused as refused:
        return _problem(refused.status, "refused", refused.problem)
    except uploads.StillStoring:
        return _problem(429, "busy", "too many open uploads")
    headers = {"Location": f"{UPLOADS_PATH}/{upload.upload_id}"}
    if (
        upload.offset_bytes == 0
        and upload.state == "open"
        and request.headers.get("Content-Type") == OFFSET_TYPE
    ):
        answer = await _append(request, house, upload, 0)
        if answer.status_code != 204:
            return answer
        headers["Upload-Offset"] = answer.headers["Upload-Offset"]
        headers["Upload-Expires"] = answer.headers["Upload-Expires"]
    else:
        headers |= _where(upload)
    return Response(status_code=201, headers=headers)


@router.head(UPLOADS_PATH + "/{upload_id}")
async def offset(upload_id: str, caller: Station, house: House) -> Response:
    """How far an upload of this station is."""
    try:
        upload = await to_thread.run_sync(uploads.get_upload, house, caller, upload_id)
    except uploads.UploadUnknown:
        return _problem(404, "unknown", "no such upload")
    return Response(headers=_where(upload) | {"Upload-Length": str(upload.length_bytes)})


@router.patch(UPLOADS_PATH + "/{upload_id}", status_code=204)
async def append(upload_id: str, request: Request, caller: Station, house: House) -> Response:
    """Appends bytes at the offset; with the last one the package is checked and stored."""
    if refusal := _wrong_version(request):
        return refusal
    if request.headers.get("Content-Type") != OFFSET_TYPE:
        return _problem(415, "header", f"Content-Type must be {OFFSET_TYPE}")
    try:
        at = int(request.headers.get("Upload-Offset", ""))
        upload = await to_thread.run_sync(uploads.get_upload, house, caller, upload_id)
    except ValueError:
        return _problem(400, "header", "Upload-Offset is missing")
    except uploads.UploadUnknown:
        return _problem(404, "unknown", "no such upload")
    return await _append(request, house, upload, at)


@router.delete(UPLOADS_PATH + "/{upload_id}", status_code=204)
async def terminate(upload_id: str, caller: Station, house: House) -> Response:
    """Forgets an upload and its bytes; a package that is stored already stays."""
    try:
        upload = await to_thread.run_sync(uploads.get_upload, house, caller, upload_id)
    except uploads.UploadUnknown:
        return _problem(404, "unknown", "no such upload")
    await to_thread.run_sync(uploads.drop, house, upload.upload_id)
    return Response(status_code=204)


@router.get(PACKAGES_PATH + "/{package_id}/receipt")
async def receipt(package_id: str, caller: Station, house: House) -> Response:
    """The signed receipt of a package this station has sent whole. Storing is finished first where it was cut off."""
    upload = await to_thread.run_sync(uploads.find_upload, house, caller, package_id)
    if upload is None or upload.offset_bytes < upload.length_bytes:
        return _problem(404, "unknown", "no whole package of this station")
    return await _finish(house, upload, JSONResponse)


@router.get(RECEIPT_KEYS_PATH)
async def receipt_keys(_caller: Station, house: House) -> list[dict[str, str | None]]:
    """Every key receipts were ever signed with, each vouched for by the one before it."""

    def look() -> list[dict[str, str | None]]:
        with reading(house.engine) as conn:
            return [dict(key.__dict__) for key in stations.list_endorsed_keys(conn)]

    return await to_thread.run_sync(look)


@router.post(ENROL_PATH)
async def enrol(said: _Enrolment, house: House) -> Response:
    """Takes an enrolment code, once, and gives the station its token."""

    def take() -> dict[str, Any]:
        with writing(house.engine) as conn:
            station_id, branch, token = stations.enrol_station(conn, said.code, said.public_key, house.now())
        return {"station_id": station_id, "branch": branch, "token": token}

    try:
        if len(base64.b64decode(said.public_key, validate=True)) != 32:
            return _problem(422, "key", "not an Ed25519 public key")
    except binascii.Error:
        return _problem(422, "key", "not base64")
    return JSONResponse(await to_thread.run_sync(take))


async def _append(request: Request, house: Warehouse, upload: Upload, at: int) -> Response:
    if at == upload.offset_bytes == upload.length_bytes:
        return await _finish(house, upload, lambda _: Response(status_code=204, headers=_where(upload)))
    left_bytes = upload.length_bytes - at
    if int(request.headers.get("Content-Length") or 0) > left_bytes:
        return _problem(413, "size", "more bytes than announced")
    if at != upload.offset_bytes:
        return _wrong_offset(uploads.OffsetConflict(upload.offset_bytes))
    if request.headers.get("Upload-Checksum", "").partition(" ")[0] not in ("", *CHECKSUMS):
        return _problem(400, "header", f"Upload-Checksum is none of {TUS_CHECKSUMS}")
    lease = None
    if int(request.headers.get("Content-Length") or left_bytes) > IN_MEMORY_BYTES:
        # A long request claims the offset first, so that a newer one can take over from a dead connection;
        # for a short one the check at its end is enough and spares the database a write.
        try:
            lease = await to_thread.run_sync(uploads.take_lease, house, upload, at)
        except uploads.OffsetConflict as conflict:
            return _wrong_offset(conflict)
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES, dir=str(house.spool)) as file:
        body = await _receive(request, file, upload, at)
        if body is None:
            return _problem(413, "size", "more bytes than announced")
        if not body.checksum_fits:
            return _problem(CHECKSUM_MISMATCH, "checksum", "the bytes do not fit their checksum")
        file.seek(0)
        try:
            now_at = await to_thread.run_sync(uploads.append, house, upload, at, lease, file, body.size_bytes)
        except uploads.OffsetConflict as conflict:
            return _wrong_offset(conflict)
    upload = Upload(**{**upload.__dict__, "offset_bytes": now_at})
    if now_at < upload.length_bytes or not body.whole:
        return Response(status_code=204, headers=_where(upload))
    return await _finish(house, upload, lambda _: Response(status_code=204, headers=_where(upload)))


async def _receive(request: Request, file: IO[bytes], upload: Upload, at: int) -> _Body | None:
    """Reads a request's body into `file`; None if it is longer than allowed.

    What arrived before a cut is kept, unless a checksum was promised for all of it. Where that is the package's own
    SHA-256, for the package in one request, it is left to the storing, which reckons it in any case.
    """
    name, _, expected = request.headers.get("Upload-Checksum", "").partition(" ")
    is_packages_own = name == "sha256" and at == 0 and expected == to_base64(bytes.fromhex(upload.sha256))
    digest = CHECKSUMS[name]() if name and not is_packages_own else None
    size_bytes, whole = 0, True
    try:
        async for piece in request.stream():
            size_bytes += len(piece)
            if size_bytes > upload.length_bytes - at:
                return None
            if digest:
                digest.update(piece)
            file.write(piece)
    except ClientDisconnect:
        whole = False
    if is_packages_own:
        return _Body(size_bytes, size_bytes == upload.length_bytes, whole)
    if digest is None:
        return _Body(size_bytes, True, whole)
    return _Body(size_bytes, whole and to_base64(digest.digest()) == expected, whole)


async def _finish(house: Warehouse, upload: Upload, answer: Any) -> Response:
    try:
        given = await to_thread.run_sync(intake.finish, house, upload)
    except uploads.Refused as refused:
        return _problem(refused.status, "refused", refused.problem)
    except uploads.BytesDiffer:
        return _problem(CHECKSUM_MISMATCH, "package", "the package's bytes do not fit its hash; start again")
    except uploads.StillStoring:
        return _problem(503, "storing", "being stored; ask again", {"Retry-After": "1"})
    except uploads.UploadUnknown:
        return _problem(404, "unknown", "no such upload")
    response: Response = answer(given.to_json())
    return response


def _announcement(request: Request) -> Announcement:
    metadata = read_upload_metadata(request.headers.get("Upload-Metadata", ""))
    length_bytes = int(request.headers.get("Upload-Length", ""))
    if length_bytes <= 0 or not _SHA256.fullmatch(metadata["sha256"]):
        raise ValueError("length or hash")
    package_id = str(uuid.UUID(metadata["package_id"]))
    return Announcement(package_id, metadata["sha256"], metadata["signature"][:200], length_bytes)


def _wrong_version(request: Request) -> Response | None:
    if request.headers.get("Tus-Resumable") == TUS_VERSION:
        return None
    return Response(status_code=412, headers={"Tus-Version": TUS_VERSION})


def _where(upload: Upload) -> dict[str, str]:
    expires = datetime.fromisoformat(upload.expires_at)
    return {
        "Upload-Offset": str(upload.offset_bytes),
        "Upload-Expires": format_datetime(expires, usegmt=True),
    }


def _wrong_offset(conflict: uploads.OffsetConflict) -> Response:
    return _problem(409, "offset", "another offset", {"Upload-Offset": str(conflict.offset_bytes)})


def _problem(status: int, kind: str, problem: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"kind": kind, "problem": problem}, status_code=status, headers=headers)
