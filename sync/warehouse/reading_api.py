"""What may be read from the warehouse, by whom, with every look at a citizen's paper written down."""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from sqlalchemy import text

from sync.warehouse import catalogue
from sync.warehouse.callers import Anyone, House, pictures
from sync.warehouse.measures import Measures, stock_lines
from sync.warehouse.objects import bag_key
from sync.warehouse.schema import reading, utc_text, writing
from sync.warehouse.stations import Caller
from sync.warehouse.uploads import Warehouse

router = APIRouter()


@router.get("/health")
async def health() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/ready")
async def ready(house: House) -> Response:
    """Database and object store answer."""

    def look() -> None:
        with reading(house.engine) as conn:
            conn.execute(text("SELECT 1"))
        house.objects.size(bag_key("0" * 64))

    await to_thread.run_sync(look)
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
async def metrics(caller: Anyone, house: House, request: Request) -> Response:
    """Counts for monitoring, in the Prometheus text format."""
    if caller.role not in ("monitor", "province"):
        raise HTTPException(403)
    measures: Measures = request.app.state.measures
    stock = await to_thread.run_sync(stock_lines, house)
    return Response("\n".join([*stock, *measures.lines(), ""]), media_type="text/plain; version=0.0.4")


@router.get("/v1/packages")
async def list_packages(
    caller: Anyone, house: House, since: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> list[dict[str, Any]]:
    """Packages received after `since` (a received_at), oldest first."""

    def look() -> list[dict[str, Any]]:
        with reading(house.engine) as conn:
            return [dict(row) for row in catalogue.list_packages(conn, _reader(caller), since, limit)]

    return await to_thread.run_sync(look)


@router.get("/v1/search")
async def search(
    caller: Anyone, house: House, q: Annotated[str, Query(max_length=200)]
) -> list[dict[str, Any]]:
    """Documents that hold all the words, tone marks or not."""

    def look() -> list[dict[str, Any]]:
        with writing(house.engine) as conn:
            found = [dict(row) for row in catalogue.search(conn, _reader(caller), q)]
            for branch in {row["branch"] for row in found}:
                catalogue.note_reading(conn, utc_text(house.now()), caller.name, branch, "search")
        return found

    return await to_thread.run_sync(look)


@router.get("/v1/packages/{package_id}/documents/{number}")
async def document(package_id: str, number: int, caller: Anyone, house: House) -> Response:
    """A document's PDF."""
    if not pictures.take(caller.name):
        raise HTTPException(429, headers={"Retry-After": "10"})
    row = await to_thread.run_sync(_open_document, house, _reader(caller), package_id, number)
    if row is None:
        raise HTTPException(404)
    return StreamingResponse(
        house.objects.read(bag_key(row["bag_sha256"]), row["bag_offset_bytes"], row["size_bytes"]),
        media_type="application/pdf",
        headers={"Content-Length": str(row["size_bytes"])},
    )


def _open_document(house: Warehouse, caller: Caller, package_id: str, number: int) -> dict[str, Any] | None:
    with writing(house.engine) as conn:
        row = catalogue.find_document(conn, caller, package_id, number)
        if row is None:
            return None
        at = utc_text(house.now())
        catalogue.note_reading(conn, at, caller.name, row["branch"], "read document", package_id, number)
        return dict(row)


def _reader(caller: Caller) -> Caller:
    """A branch's people and its stations, the province, and the one-stop system read papers; a monitor does not."""
    if caller.role == "monitor":
        raise HTTPException(403)
    return caller
