"""What /openapi.json says beyond the signatures: who may call, and the headers tus speaks in.

Uploads read their headers themselves (their names and values are tus's, not ours), so the framework cannot see them.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sync.protocol import ENROL_PATH, OFFSET_TYPE, TUS_VERSION, UPLOADS_PATH

_OPEN = ("/health", "/ready", ENROL_PATH)
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A station's token from its enrolment, or one of `warehouse tokens add`.",
}
_HEADERS = {
    "Tus-Resumable": (True, f"`{TUS_VERSION}`; anything else is answered 412"),
    "Upload-Length": (True, "size of the package in bytes"),
    "Upload-Metadata": (
        True,
        "pairs of key and base64 value: package_id (UUID), sha256 of the package in hex, signature (Ed25519 of the"
        " station over `digitization-package/1`, station, package_id and sha256, one a line)",
    ),
    "Upload-Offset": (True, "where these bytes begin; must be where the upload stands"),
    "Upload-Checksum": (
        False,
        "`crc32` (highest byte first), `sha256` or `sha1`, a blank, and the checksum of this body in base64",
    ),
}
_UPLOADS: dict[str, dict[str, tuple[tuple[str, ...], dict[int, str]]]] = {
    UPLOADS_PATH: {
        "post": (
            ("Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Checksum"),
            {
                201: "Location names the upload; Upload-Offset how far it is; Upload-Expires until when",
                400: "a header is missing or malformed",
                413: "larger than the warehouse allows (`refused`)",
                429: "too many uploads of this station are open",
            },
        ),
        "options": ((), {204: "Tus-Version, Tus-Extension, Tus-Checksum-Algorithm, Tus-Max-Size"}),
    },
    UPLOADS_PATH + "/{upload_id}": {
        "head": (("Tus-Resumable",), {200: "Upload-Offset, Upload-Length, Upload-Expires", 404: "unknown"}),
        "patch": (
            ("Tus-Resumable", "Upload-Offset", "Upload-Checksum"),
            {
                204: "Upload-Offset is the new one; with the last byte the package is stored",
                404: "unknown, or its time is over: announce it again",
                409: "another offset (`offset`; Upload-Offset names it), or other bytes are stored under this"
                " package_id (`refused`)",
                413: "more bytes than announced",
                415: f"Content-Type must be {OFFSET_TYPE}",
                422: "the package is not whole, not this branch's, or not signed by this station (`refused`)",
                460: "the bytes do not fit their checksum: send them again",
                503: "being stored by another process (`storing`): ask again",
                507: "the warehouse's disk is full: try again later",
            },
        ),
        "delete": (("Tus-Resumable",), {204: "forgotten", 404: "unknown"}),
    },
}
_BODY = {"content": {OFFSET_TYPE: {"schema": {"type": "string", "format": "binary"}}}}


def describe(app: FastAPI) -> None:
    """Makes the application's /openapi.json say all of it."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            said = get_openapi(
                title=app.title,
                version=app.version,
                description="Uploads are tus 1.0. Every answer carries Tus-Resumable; one without it is not the warehouse's.",
                routes=app.routes,
            )
            said["components"]["securitySchemes"] = {"token": _TOKEN}
            for path, methods in said["paths"].items():
                for method, operation in methods.items():
                    if path not in _OPEN and method != "options":
                        operation["security"] = [{"token": []}]
                    if method in _UPLOADS.get(path, {}):
                        _add_tus(operation, method, *_UPLOADS[path][method])
            app.openapi_schema = said
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # the framework's own way of extending it


def _add_tus(
    operation: dict[str, Any], method: str, headers: tuple[str, ...], answers: dict[int, str]
) -> None:
    operation["parameters"] = operation.get("parameters", []) + [
        {
            "name": name,
            "in": "header",
            "required": _HEADERS[name][0],
            "description": _HEADERS[name][1],
            "schema": {"type": "string"},
        }
        for name in headers
    ]
    operation["responses"] = {str(status): {"description": text} for status, text in answers.items()}
    if method in ("post", "patch"):
        operation["requestBody"] = _BODY
