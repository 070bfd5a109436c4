"""A network that cuts, delays, doubles, spoils and lies, on this machine: an HTTP proxy with a list of misfortunes."""

import http.client
import http.server
import random
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

FAULTS = (
    "cut request",
    "cut answer",
    "delay",
    "double",
    "spoil request",
    "spoil answer",
    "login page",
    "bad gateway",
)


class FaultyNetwork:
    """Forwards to a warehouse; each request may meet one misfortune until `budget` of them have happened."""

    def __init__(self, upstream: str, budget: int, chance: float, seed: int) -> None:
        self.upstream = urlsplit(upstream)
        self.left = budget
        # Some proxies take no longer request than this and say 413 themselves.
        self.longest_body_bytes: int | None = None
        self.met: Counter[str] = Counter()
        self._chance, self._random, self._lock = chance, random.Random(seed), threading.Lock()
        network = self

        class Door(_Door):
            faulty = network

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def next_fault(self) -> tuple[str | None, float]:
        """What the next request meets, and where in its body (0 to 1)."""
        with self._lock:
            place = self._random.random()
            if self.left == 0 or self._random.random() > self._chance:
                return None, place
            fault = self._random.choice(FAULTS)
            self.left -= 1
            self.met[fault] += 1
            return fault, place

    def __enter__(self) -> "FaultyNetwork":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faulty: FaultyNetwork

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.faulty.longest_body_bytes is not None and len(body) > self.faulty.longest_body_bytes:
            return self._answer(413, [("Content-Type", "text/html")], b"<html>Too large</html>")
        fault, place = self.faulty.next_fault()
        self.close_connection = fault in ("cut request", "cut answer")
        if fault == "login page":
            return self._answer(200, [("Content-Type", "text/html")], b"<html>Please sign in</html>")
        if fault == "bad gateway":
            return self._answer(502, [], b"")
        if fault == "delay":
            time.sleep(0.02 + place / 10)
        if fault == "spoil request" and body:
            at = int(place * len(body))
            body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        if fault == "cut request":
            self._forward(body[: int(place * len(body))], len(body))
            return None
        if fault == "double":
            self._forward(body)
        try:
            status, headers, answer = self._forward(body) or (502, [], b"")
        except OSError:
            status, headers, answer = 502, [], b""
        if fault == "cut answer":
            return None
        if fault == "spoil answer" and answer:
            at = int(place * len(answer))
            answer = answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]
        return self._answer(status, headers, answer)

    do_GET = do_HEAD = do_POST = do_PATCH = _pass

    def _forward(
        self, body: bytes, promised: int | None = None
    ) -> tuple[int, list[tuple[str, str]], bytes] | None:
        up = self.faulty.upstream
        connection = http.client.HTTPConnection(up.hostname or "", up.port, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("content-length", "connection"):
                    connection.putheader(name, value)
            if body or promised or self.command in ("POST", "PATCH"):
                connection.putheader("Content-Length", str(len(body) if promised is None else promised))
            connection.endheaders()
            connection.send(body)
            if promised is not None:
                return None
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        if status not in (204, 304) and self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass
