"""Portals of other systems on this machine: the NDXP adapter with its sessions, and one that gives tokens."""

import http.server
import json
import threading
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

GOOD = {"error_code": "00", "message": "OK"}


class Portal:
    """Remembers every body; sessions end when `end_session` is called; `answers` by dossier code or "finish", else all's well."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.finished: list[str] = []
        self.answers: dict[str, tuple[int, Any]] = {}
        self.known: set[str] = set()
        self.signed_in = 0
        self.away = False
        portal = self

        class Desk(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if portal.away:
                    return self._say(503, {})
                if self.path == "/auth":
                    return self._sign_in(body)
                said = json.loads(body)
                token = said.get("session") or self.headers.get("Authorization", "").removeprefix("Bearer ")
                if token != f"pass-{portal.signed_in}":
                    return self._say(401, {})
                if said.get("service") == "TraCuuHoSo":
                    return self._say(200, {**GOOD, "result": [1] if said["mahoso"] in portal.known else []})
                if said.get("service") == "CapNhatTienDoHoSoMC":
                    portal.finished.append(said["data"][0]["MaHoSo"])
                    return self._say(*portal.answers.get("finish", (200, GOOD)))
                portal.bodies.append(said)
                portal.keys.append(self.headers.get("Idempotency-Key", ""))
                code = said.get("SoBienNhan") or said.get("HoSo") or said["data"][0]["MaHoSo"]
                portal.known.add(code)
                return self._say(*portal.answers.get(code, (200, GOOD)))

            def _sign_in(self, body: bytes) -> None:
                form = parse_qs(body.decode())
                said = {k: v[0] for k, v in form.items()} if "grant_type" in form else json.loads(body)
                if (said["username"], said["password"]) != ("office", "invented"):
                    return self._say(200, {"error_code": 9})
                portal.signed_in += 1
                name = "access_token" if "grant_type" in said else "session"
                return self._say(200, {name: f"pass-{portal.signed_in}", "error_code": 0})

            def _say(self, status: int, body: Any) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Desk)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def end_session(self) -> None:
        self.signed_in += 1

    def __enter__(self) -> "Portal":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
