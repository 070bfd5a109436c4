"""The warehouse over HTTP: tus 1.0 for packages, JSON for the rest.

No state of its own: a database and an object store hold everything, so any number of these processes may serve
side by side. Nothing a client says about itself is believed but its token; paths, names and hashes it sends are
looked up among its own, never used as they are.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from station.core.errors import NotAllowed, StationError, StorageProblem
from station.core.files import private_folder, sweep
from station.core.outlook import closed_days
from station.core.settings import Settings
from sync.protocol import TUS_VERSION
from sync.warehouse import exchange_api, outlook_pages, reading_api, report_pages, tus_api, web
from sync.warehouse.caretaking import clean
from sync.warehouse.describing import describe
from sync.warehouse.limits import BodyLimits
from sync.warehouse.measures import Measures, Measuring
from sync.warehouse.objects import open_objects
from sync.warehouse.schema import open_database
from sync.warehouse.uploads import PACKAGE_LIMIT_BYTES, Warehouse, utc_now

log = logging.getLogger(__name__)

# Requests are short database work; more threads than this wait for the database anyway.
THREADS = 16
CLEAN_EVERY_S = 3600


@dataclass(frozen=True)
class WarehouseSettings:
    """Where a warehouse keeps its things, and what its reports aim at.

    `spool` holds one package at a time per request and may be emptied. `target_rate` is percent, `days_closed` ISO days
    with commas between on which no office works.
    """

    database_url: str
    objects_url: str
    spool: Path
    package_limit_bytes: int = PACKAGE_LIMIT_BYTES
    target_rate: float = Settings.target_rate
    days_closed: str = ""


def embedded_settings(data: Path) -> WarehouseSettings:
    """SQLite and a folder under one data folder."""
    private_folder(data)
    return WarehouseSettings(
        database_url=f"sqlite:///{data.resolve() / 'warehouse.db'}",
        objects_url=(data.resolve() / "objects").as_uri(),
        spool=data.resolve() / "spool",
    )


def open_warehouse(settings: WarehouseSettings) -> Warehouse:
    """Opens database and objects, upgrading the database where it is older."""
    private_folder(settings.spool)
    return Warehouse(
        engine=open_database(settings.database_url),
        objects=open_objects(settings.objects_url),
        spool=settings.spool,
        now=utc_now,
        package_limit_bytes=settings.package_limit_bytes,
        target_rate=settings.target_rate,
        closed=frozenset(closed_days(settings.days_closed)),
    )


def make_app(settings: WarehouseSettings, over_tls: bool = False) -> FastAPI:
    """The warehouse as an ASGI application.

    Args:
        over_tls: browsers reach it over https, here or at a proxy; cookies then never travel without.
    """
    warehouse = open_warehouse(settings)
    sweep(settings.spool)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        cleaning = asyncio.create_task(_clean_hourly(warehouse))
        yield
        cleaning.cancel()
        warehouse.engine.dispose()

    app = FastAPI(title="Provincial warehouse", version="1", lifespan=life, docs_url=None, redoc_url=None)
    app.state.warehouse = warehouse
    app.state.over_tls = over_tls
    app.include_router(tus_api.router)
    app.include_router(reading_api.router)
    app.include_router(exchange_api.router)
    app.include_router(web.router)
    app.include_router(report_pages.router)
    app.include_router(report_pages.api_router)
    app.include_router(outlook_pages.router)
    app.include_router(outlook_pages.api_router)
    app.state.measures = Measures()
    app.add_middleware(BodyLimits)
    app.add_middleware(_SpeakingTus)
    app.add_middleware(Measuring, measures=app.state.measures)
    app.exception_handler(StationError)(_in_words)
    app.exception_handler(SQLAlchemyError)(_database_away)
    app.exception_handler(OSError)(_disk_trouble)
    describe(app)
    return app


async def _clean_hourly(warehouse: Warehouse) -> None:
    while True:
        try:
            await to_thread.run_sync(clean, warehouse)
        except (StationError, SQLAlchemyError, OSError) as error:
            log.warning("cleaning waits for its next turn: %s", type(error).__name__)
        await asyncio.sleep(CLEAN_EVERY_S)


class _SpeakingTus:
    """Marks every answer as the warehouse's own, so that a login page cannot be taken for one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marking(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Tus-Resumable"] = TUS_VERSION
                headers["Cache-Control"] = "no-store"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self._app(scope, receive, marking if scope["type"] == "http" else send)


def _in_words(_request: Request, error: Exception) -> JSONResponse:
    status = 503 if isinstance(error, StorageProblem) else 403 if isinstance(error, NotAllowed) else 422
    if status == 503:
        log.error("%s", error)
    return JSONResponse({"kind": type(error).__name__, "problem": str(error)}, status_code=status)


def _disk_trouble(_request: Request, error: Exception) -> JSONResponse:
    log.error("disk: %s", error.strerror if isinstance(error, OSError) else type(error).__name__)
    return JSONResponse(
        {"kind": "disk", "problem": "the warehouse's disk is full or failing"}, status_code=507
    )


def _database_away(_request: Request, error: Exception) -> JSONResponse:
    log.error("database: %s", type(error).__name__)
    return JSONResponse({"kind": "database", "problem": "the database does not answer"}, status_code=503)
