"""How long a request's body may be, before anything reads it.

Uploads have their own limit, by what was announced and the warehouse's largest package; a list of procedure records
may be long; everything else is a form or a few lines of JSON, and would be held in memory whole.
"""

from fastapi import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.protocol import UPLOADS_PATH
from sync.warehouse.exchange import RECORD_BYTES, RECORDS_LIMIT

RECORDS_PATH = "/v1/records"
# Names and passwords, an enrolment code and a key, a search: all of them fit many times over.
SMALL_BODY_BYTES = 64 << 10


class BodyLimits:
    """Answers 413 to a longer body, by its Content-Length or, where there is none, once too much has come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit_bytes = _limit_of(scope)
        if limit_bytes is None:
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit_bytes:
            said = {"kind": "size", "problem": "the request is too long"}
            await JSONResponse(said, status_code=413)(scope, receive, send)
            return
        seen_bytes = 0

        async def counting() -> Message:
            nonlocal seen_bytes
            message = await receive()
            seen_bytes += len(message.get("body", b""))
            if seen_bytes > limit_bytes:
                raise HTTPException(413)  # the framework, in the middle of reading, passes this one on
            return message

        await self._app(scope, counting, send)


def _limit_of(scope: Scope) -> int | None:
    if scope["type"] != "http" or scope["path"].startswith(UPLOADS_PATH):
        return None
    return RECORDS_LIMIT * RECORD_BYTES if scope["path"] == RECORDS_PATH else SMALL_BODY_BYTES
