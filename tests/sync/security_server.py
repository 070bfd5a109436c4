"""An X-Road security server on this machine: checks path and headers as the protocol says, answers as told."""

import http.server
import json
import re
import threading
from types import TracebackType
from typing import Any

PATH = re.compile(r"^/r1/[^/]+/[^/]+/[^/]+/[^/]+(/.*)?$")
CLIENT = re.compile(r"^[^/]+/[^/]+/[^/]+/[^/]+$")


class SecurityServer:
    """Remembers every request; `answers` are given in turn, the last one for ever."""

    def __init__(self, *answers: tuple[int, dict[str, str], Any]) -> None:
        self.requests: list[dict[str, Any]] = []
        self.answers = list(answers)
        server = self

        class Desk(http.server.BaseHTTPRequestHandler):
            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.requests.append(
                    {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}
                )
                path_fits = PATH.match(self.path.partition("?")[0])
                if not path_fits or not CLIENT.match(self.headers.get("X-Road-Client", "")):
                    return self._say(
                        400, {"X-Road-Error": "Client.BadRequest"}, {"type": "Client.BadRequest"}
                    )
                return self._say(*(server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]))

            do_GET = do_PUT = do_POST = _take

            def _say(self, status: int, headers: dict[str, str], body: Any) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**headers, "X-Road-Request-Id": "from-the-server"}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Desk)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "SecurityServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
