"""Running the warehouse's web server: on a real port, with its address said only once it answers."""

import asyncio
import json
import os
import socket
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from station.core.errors import N_, UsageProblem
from sync.trust import is_loopback
from sync.warehouse.app import WarehouseSettings, make_app

# Idle connections of stations between two packages; longer than the pause between two chunks on a slow line.
KEEP_ALIVE_S = 75
# Requests under way when the server is asked to stop get this long.
STOP_GRACE_S = 10


class OpenAddress(UsageProblem):
    sentence = N_(
        "{host} can be reached from outside. Give --cert and --key, or --behind-proxy when a proxy does the TLS."
    )


class CertificateUnusable(UsageProblem):
    sentence = N_("The certificate or key cannot be read ({file}). Give PEM files that belong together.")


class PortTaken(UsageProblem):
    sentence = N_("Port {port} on {host} is taken. Choose another with --port.")


@dataclass(frozen=True)
class Address:
    """Where to listen, and how it is kept private. Port 0 takes a free one."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False


def check_listening(address: Address) -> None:
    """Refuses an address over which papers and tokens would travel in the open.

    Raises:
        OpenAddress: not this machine only, without certificate and not behind a proxy.
        CertificateUnusable: a file is missing, or they do not belong together.
    """
    for file in (address.certificate, address.key):
        if file is not None and not file.is_file():
            raise CertificateUnusable(file=file.name)
    has_tls = address.certificate is not None and address.key is not None
    if address.certificate is not None and address.key is not None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(address.certificate, address.key)
        except ssl.SSLError as error:
            raise CertificateUnusable(file=address.certificate.name) from error
    if not (is_loopback(address.host) or has_tls or address.behind_proxy):
        raise OpenAddress(host=address.host)


def serve(
    settings: WarehouseSettings, address: Address, announce: Callable[[str], None], child: bool
) -> None:
    """Serves until stopped (SIGTERM, Ctrl+C; a `child` also when its standard input ends).

    Args:
        announce: gets the URL once the server answers.
    """
    check_listening(address)
    app = make_app(settings, over_tls=address.certificate is not None or address.behind_proxy)
    listener = _listen(address)
    scheme = "https" if address.certificate else "http"
    port = listener.getsockname()[1]
    host = f"[{address.host}]" if ":" in address.host else address.host
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_GRACE_S,
        ssl_certfile=None if address.certificate is None else str(address.certificate),
        ssl_keyfile=None if address.key is None else str(address.key),
        proxy_headers=address.behind_proxy,
        server_header=False,
    )
    server = _AnnouncingServer(config, lambda: announce(f"{scheme}://{host}:{port}"), child)
    with listener:
        server.run(sockets=[listener])


def print_url(url: str) -> None:
    """The JSON line that says where the warehouse is."""
    sys.stdout.write(json.dumps({"url": url}) + "\n")
    sys.stdout.flush()


class _AnnouncingServer(uvicorn.Server):
    """Says when it answers; as a child it ends when the process that started it closes its standard input."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None], child: bool) -> None:
        super().__init__(config)
        self._started, self._child = started, child

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._child and os.name != "nt":
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._parent_spoke)
        if self.started:
            self._started()

    def _parent_spoke(self) -> None:
        if not os.read(sys.stdin.fileno(), 1):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self.should_exit = True


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # The protocol is named because asyncio sends small answers at once only on sockets that say TCP; on others an
    # answer's second half waits 40 ms for the first half's receipt.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address.host, address.port))
    except OSError as error:
        listener.close()
        raise PortTaken(host=address.host, port=address.port) from error
    listener.listen(1024)
    return listener
