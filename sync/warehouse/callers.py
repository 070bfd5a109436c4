"""Who is calling: the token of a request, and how much one caller may ask."""

import time
from collections import OrderedDict
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, HTTPException, Request

from sync.warehouse.schema import reading
from sync.warehouse.stations import Caller, find_caller
from sync.warehouse.uploads import Warehouse

# A station at day end sends about ten requests a second; twenty times that is a fault or an attack.
REQUESTS_PER_MINUTE = 12_000
# A person looking papers up by hand cannot be faster.
PICTURES_PER_MINUTE = 60
# Tokens guessed wrongly from one address; a forgotten station tries far less often.
WRONG_TOKENS_PER_MINUTE = 60
_REMEMBERED_CALLERS = 10_000


class Allowance:
    """So many events a minute for each name, in this process."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> bool:
        """Whether one more is allowed now."""
        now_s = time.monotonic()
        left, since_s = self._left.pop(name, (float(self._per_minute), now_s))
        left = min(self._per_minute, left + (now_s - since_s) * self._per_minute / 60)
        self._left[name] = (max(0.0, left - 1), now_s)
        while len(self._left) > _REMEMBERED_CALLERS:
            self._left.popitem(last=False)
        return left >= 1


_requests = Allowance(REQUESTS_PER_MINUTE)
_wrong_tokens = Allowance(WRONG_TOKENS_PER_MINUTE)
pictures = Allowance(PICTURES_PER_MINUTE)


def warehouse_of(request: Request) -> Warehouse:
    warehouse: Warehouse = request.app.state.warehouse
    return warehouse


async def caller_of(request: Request) -> Caller:
    """The caller by its bearer token.

    Raises:
        HTTPException: 401 for an unknown or revoked token, 429 for too many requests.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    caller = None
    if scheme.lower() == "bearer" and token:
        caller = await to_thread.run_sync(_find, warehouse_of(request), token)
    if caller is None:
        # Only whoever shows a wrong token is slowed down: behind one proxy or one office's address there are others.
        address = request.client.host if request.client else ""
        if not _wrong_tokens.take(address):
            raise HTTPException(429, headers={"Retry-After": "60"})
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    if not _requests.take(caller.name):
        raise HTTPException(429, headers={"Retry-After": "5"})
    return caller


def _find(warehouse: Warehouse, token: str) -> Caller | None:
    with reading(warehouse.engine) as conn:
        return find_caller(conn, token)


async def station_caller(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A caller that must be an enrolled station."""
    if caller.role != "station":
        raise HTTPException(403)
    return caller


Anyone = Annotated[Caller, Depends(caller_of)]
Station = Annotated[Caller, Depends(station_caller)]
House = Annotated[Warehouse, Depends(warehouse_of)]
