"""What a warehouse process counts about itself, for monitoring: no names, no codes, no addresses.

`/metrics` speaks the Prometheus text format. Counts of requests are this process's own; counts of packages come
from the database and are the same at every process.
"""

import json
import logging
import threading
import time
import traceback
from bisect import bisect_left
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.warehouse import schema
from sync.warehouse.exchange_tables import handover
from sync.warehouse.schema import reading
from sync.warehouse.uploads import Warehouse

log = logging.getLogger("sync.warehouse.requests")


class JsonLines(logging.Formatter):
    """Every line of the log is one JSON document: when, how grave, who says it, and what.

    Of an exception only its kind and where it was raised are written: its message may hold what somebody sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
        }
        fields = getattr(record, "fields", None)
        said |= fields if fields is not None else {"message": record.getMessage()}
        if record.exc_info and record.exc_info[0] is not None:
            frames = traceback.extract_tb(record.exc_info[2])
            said["exception"] = record.exc_info[0].__name__
            said["where"] = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
        return json.dumps(said, ensure_ascii=False)


# Seconds; a small request should be in the first few, a large chunk in the last.
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Measures:
    """Requests by route and status, and how long they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str, int], int] = defaultdict(int)
        self._buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS_S) + 1))
        self._sums_s: dict[str, float] = defaultdict(float)

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        with self._lock:
            self._counts[method, route, status] += 1
            self._buckets[route][bisect_left(BUCKETS_S, seconds)] += 1
            self._sums_s[route] += seconds

    def lines(self) -> list[str]:
        rows = ["# TYPE warehouse_requests_total counter"]
        with self._lock:
            for (method, route, status), count in sorted(self._counts.items()):
                rows.append(
                    f'warehouse_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
                )
            rows.append("# TYPE warehouse_request_seconds histogram")
            for route, buckets in sorted(self._buckets.items()):
                total = 0
                for limit_s, count in zip((*BUCKETS_S, "+Inf"), buckets, strict=True):
                    total += count
                    rows.append(f'warehouse_request_seconds_bucket{{route="{route}",le="{limit_s}"}} {total}')
                rows.append(f'warehouse_request_seconds_sum{{route="{route}"}} {self._sums_s[route]:.6f}')
                rows.append(f'warehouse_request_seconds_count{{route="{route}"}} {total}')
        return rows


def stock_lines(warehouse: Warehouse) -> list[str]:
    """What the warehouse holds and what is on its way."""
    package, upload = schema.package, schema.upload
    with reading(warehouse.engine) as conn:
        count, size_bytes, last = conn.execute(
            select(
                func.count(),
                func.coalesce(func.sum(package.c.size_bytes), 0),
                func.max(package.c.received_at),
            )
        ).one()
        conflicts = conn.scalar(select(func.count()).where(package.c.conflict > 0))
        by_state = conn.execute(select(upload.c.state, func.count()).group_by(upload.c.state)).all()
        sides = (handover.c.system, handover.c.state)
        given = conn.execute(select(*sides, func.count()).group_by(*sides)).all()
    states: dict[str, int] = {row[0]: row[1] for row in by_state}
    rows = [
        "# TYPE warehouse_packages gauge",
        f"warehouse_packages {count}",
        "# TYPE warehouse_packages_bytes gauge",
        f"warehouse_packages_bytes {int(size_bytes)}",
        "# TYPE warehouse_conflicts gauge",
        f"warehouse_conflicts {conflicts or 0}",
        "# TYPE warehouse_uploads gauge",
    ]
    rows += [f'warehouse_uploads{{state="{s}"}} {states.get(s, 0)}' for s in ("open", "done", "refused")]
    rows += ["# TYPE warehouse_handovers gauge"]
    for system, state, count in sorted(map(tuple, given)):
        # JSON puts a text between quotes as a label wants it.
        rows.append(f'warehouse_handovers{{system={json.dumps(system)},state="{state}"}} {count}')
    if last:
        rows += ["# TYPE warehouse_last_package_info gauge", f'warehouse_last_package_info{{at="{last}"}} 1']
    return rows


class Measuring:
    """Counts each request and logs it by its route, never by its path: paths hold codes of dossiers.

    Written against ASGI itself: the framework's request-and-answer middleware hands every piece of a body through a
    queue, which costs an upload a tenth of its time.
    """

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self._app, self._measures = app, measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun_s, status = time.perf_counter(), 500

        async def passing_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, passing_on)
        finally:
            seconds = time.perf_counter() - begun_s
            method, route = scope["method"], getattr(scope.get("route"), "path", "(none)")
            self._measures.add(method, route, status, seconds)
            said = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            log.info("%s %s", method, route, extra={"fields": said})
