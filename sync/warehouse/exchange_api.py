"""HTTP for the one-stop system and for reuse: records in and out, results, papers held already."""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Header, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field, ValidationError

from sync.warehouse import exchange, reuse
from sync.warehouse.callers import Anyone, House, pictures
from sync.warehouse.objects import bag_key
from sync.warehouse.schema import reading, utc_text, writing

router = APIRouter()

Code = Annotated[str, Query(min_length=1, max_length=64)]


class _Records(BaseModel):
    records: list[dict[str, Any]] = Field(max_length=exchange.RECORDS_LIMIT)


@router.put(
    "/v1/records",
    openapi_extra={
        "requestBody": {
            "content": {"application/json": {"schema": _Records.model_json_schema()}},
            "required": True,
        }
    },
)
async def put_records(caller: Anyone, house: House, request: Request) -> dict[str, Any]:
    """Takes procedure records. Those there already count as taken; those refused come back with the reason."""
    if caller.role not in ("onestop", "province"):
        raise HTTPException(403)
    # Read by hand: the framework would hold a stranger's hundred megabytes before it asks who is calling.
    try:
        records = _Records.model_validate_json(await request.body()).records
    except ValidationError as wrong:
        raise RequestValidationError(wrong.errors(include_input=False, include_context=False)) from wrong

    def put() -> dict[str, Any]:
        with writing(house.engine) as conn:
            changed, refused = exchange.put_records(conn, records, utc_text(house.now()))
        taken = len(records) - len(refused)
        return {"taken": taken, "changed": changed, "refused": [problem.__dict__ for problem in refused]}

    return await to_thread.run_sync(put)


@router.get("/v1/records")
async def get_records(
    caller: Anyone,
    house: House,
    since: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=exchange.RECORDS_LIMIT)] = 1000,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The branch's records that changed after `since`; ask again from `next`. 304 while nothing has changed."""

    def look() -> Response:
        with reading(house.engine) as conn:
            tag = f'"{exchange.last_change(conn, caller)}-{since}"'
            if if_none_match == tag:
                return Response(status_code=304, headers={"ETag": tag})
            records, following = exchange.list_records(conn, caller, since, limit)
        return JSONResponse({"records": records, "next": following}, headers={"ETag": tag})

    if caller.role == "monitor":
        raise HTTPException(403)
    return await to_thread.run_sync(look)


@router.get("/v1/results")
async def list_results(
    caller: Anyone, house: House, since: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[dict[str, Any]]:
    """Results of digitization received after `since` (a received_at), oldest first."""

    def look() -> list[dict[str, Any]]:
        with reading(house.engine) as conn:
            return exchange.list_results(conn, caller, since, limit)

    if caller.role == "monitor":
        raise HTTPException(403)
    return await to_thread.run_sync(look)


@router.get("/v1/results/{dossier_code}")
async def results(dossier_code: str, caller: Anyone, house: House) -> list[dict[str, Any]]:
    """What the warehouse holds for a dossier; an empty list where it holds nothing."""

    def look() -> list[dict[str, Any]]:
        with reading(house.engine) as conn:
            return exchange.results_of(conn, caller, dossier_code)

    if caller.role == "monitor":
        raise HTTPException(403)
    return await to_thread.run_sync(look)


@router.get("/v1/reuse")
async def reuse_look_up(
    caller: Anyone, house: House, dossier_code: Code, owner_id: Code, type_id: str | None = None
) -> list[dict[str, Any]]:
    """Papers of a person held already: type, number, date, branch. Needs an open dossier of that person here."""

    def look() -> list[dict[str, Any]]:
        with writing(house.engine) as conn:
            return reuse.look_up(conn, caller, dossier_code, owner_id, type_id, utc_text(house.now()))

    try:
        return await to_thread.run_sync(look)
    except reuse.NoPurpose:
        raise HTTPException(403, "no open dossier of this branch belongs to that person") from None


@router.get("/v1/reuse/{package_id}/{number}")
async def reuse_picture(
    package_id: str, number: int, caller: Anyone, house: House, dossier_code: Code, owner_id: Code
) -> Response:
    """The PDF of a paper found by the look-up. Needs the right `reuse`; the own branch's, or one that is shared."""
    if not pictures.take(caller.name):
        raise HTTPException(429, headers={"Retry-After": "10"})

    def look() -> dict[str, Any]:
        with writing(house.engine) as conn:
            at = utc_text(house.now())
            return reuse.open_picture(conn, caller, dossier_code, owner_id, package_id, number, at)

    try:
        row = await to_thread.run_sync(look)
    except (reuse.NoPurpose, reuse.NotShared):
        raise HTTPException(403) from None
    return StreamingResponse(
        house.objects.read(bag_key(row["bag_sha256"]), row["bag_offset_bytes"], row["size_bytes"]),
        media_type="application/pdf",
        headers={"Content-Length": str(row["size_bytes"])},
    )
