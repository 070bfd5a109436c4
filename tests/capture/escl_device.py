"""A network copier on the loopback: speaks eSCL as the standard says, and misbehaves as real ones do.

Each fault is a field of `Manners`. Pages are JPEGs drawn differently; the device remembers what it was asked.
"""

import datetime
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.capture.pages import draw_page

UUID = "4509a320-00a0-008f-00b6-00251a7b8e1f"
SPACES = (
    'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" '
    'xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"'
)
PROFILE = """<scan:SettingProfiles><scan:SettingProfile>
<scan:ColorModes><scan:ColorMode>Grayscale8</scan:ColorMode><scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes>
<scan:DocumentFormats><pwg:DocumentFormat>{form}</pwg:DocumentFormat>
<scan:DocumentFormatExt>{form}</scan:DocumentFormatExt></scan:DocumentFormats>
<scan:SupportedResolutions><scan:DiscreteResolutions>{resolutions}</scan:DiscreteResolutions>
</scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles>"""
INLET = """<scan:{name}><scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>3508</scan:MaxWidth>
<scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>4961</scan:MaxHeight>{profile}</scan:{name}>"""


@dataclass
class Manners:
    """What the device does, and does wrong."""

    sheets: int = 3
    both_sides: bool = True
    feeder: bool = True
    glass: bool = True
    form: str = "image/jpeg"
    #: 404 this often before each page, though pages remain
    early_404: int = 0
    #: 503 this often before each page
    busy_page: int = 0
    #: 503 this often before a job is taken; -1: always
    busy_job: int = 0
    #: no Content-Length: "close" or "chunked"
    length: str = "given"
    #: how the job's address is told: "absolute", "relative", "other-host"
    location: str = "absolute"
    #: after this many pages, this state of the feeder and no more pages
    fault_after: int | None = None
    fault: str = "ScannerAdfJam"
    #: a page, from 1, of which only half arrives
    cut_page: int | None = None
    #: the feeder's state before a job
    feeder_state: str = "ScannerAdfLoaded"
    #: what it goes on saying after a job that ended well
    feeder_after: str = "ScannerAdfEmpty"
    server: str = "Copier/1.0"
    refuse: int | None = None
    capabilities: bytes | None = None
    dpi_in_file: bool = True
    #: after this many pages it is off: every connection ends without a word
    vanish_after: int | None = None
    #: after this many pages the next one never comes, until the job is given up
    hang_after: int | None = None


@dataclass
class Asked:
    """What the device was asked for."""

    jobs: list[dict[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, manners: Manners) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.manners = manners
        self.asked = Asked()
        self.lock = threading.Lock()
        self.sides: dict[str, list[bytes]] = {}
        self.given: dict[str, int] = {}
        self.refused: dict[str, int] = {}
        self.busy_left = manners.busy_job
        self.faulty = False
        self.sheets_left = manners.sheets
        self.given_up = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up early is no news."""

    def load(self, sheets: int) -> None:
        self.sheets_left = sheets
        self.faulty = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def version_string(self) -> str:
        return self.server.manners.server

    # --- requests -----------------------------------------------------------------------------------

    def handle_one_request(self) -> None:
        """A copier without power answers nothing, on no connection."""
        vanishes, given = self.server.manners.vanish_after, sum(self.server.given.values())
        if vanishes is not None and given >= vanishes:
            self.close_connection = True
        else:
            super().handle_one_request()

    def do_GET(self) -> None:
        self.server.asked.hosts.add(self.headers.get("Host", ""))
        manners = self.server.manners
        if manners.refuse:
            return self._answer(manners.refuse)
        if self.path == "/eSCL/ScannerCapabilities":
            return self._answer(200, manners.capabilities or self._capabilities(), "text/xml")
        if self.path == "/eSCL/ScannerStatus":
            return self._answer(200, self._status(), "text/xml")
        if self.path.endswith("/NextDocument"):
            job = self.path.removesuffix("/NextDocument")
            if manners.hang_after is not None and self.server.given.get(job, 0) >= manners.hang_after:
                self.server.given_up.wait(30)
                return self._answer(404)
            with self.server.lock:
                return self._next_document(job)
        return self._answer(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server = self.server
        if self.path != "/eSCL/ScanJobs":
            return self._answer(404)
        if server.busy_left:
            server.busy_left -= 1
            return self._answer(503, headers={"Retry-After": "1"})
        wish = {e.tag.rpartition("}")[2]: (e.text or "").strip() for e in ElementTree.fromstring(body).iter()}
        server.asked.jobs.append(wish)
        job = f"/eSCL/ScanJobs/{len(server.asked.jobs)}"
        server.sides[job] = self._draw(wish)
        server.given[job] = 0
        host, port = server.server_address[:2]
        place = {
            "absolute": f"{'https' if isinstance(self.connection, ssl.SSLSocket) else 'http'}://{host!s}:{port}{job}",
            "relative": job,
            "other-host": f"http://copier.internal.example:80{job}",
        }[server.manners.location]
        return self._answer(201, headers={"Location": place})

    def do_DELETE(self) -> None:
        self.server.asked.deleted.append(self.path)
        self.server.given_up.set()
        self._answer(200 if self.path in self.server.sides else 404)

    # --- answers ------------------------------------------------------------------------------------

    def _answer(
        self, code: int, content: bytes = b"", kind: str = "text/plain", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _next_document(self, job: str) -> None:
        server, manners = self.server, self.server.manners
        if job not in server.sides:
            return self._answer(404)
        number = server.given[job]
        if number >= len(server.sides[job]) or server.faulty:
            return self._answer(404)
        if manners.fault_after is not None and number >= manners.fault_after:
            server.faulty = True
            return self._answer(409)
        for fault, code in ((manners.early_404, 404), (manners.busy_page, 503)):
            key = f"{job}/{number}/{code}"
            if server.refused.get(key, 0) < fault:
                server.refused[key] = server.refused.get(key, 0) + 1
                return self._answer(code, headers={"Retry-After": "0"})
        server.given[job] = number + 1
        return self._send_page(server.sides[job][number], cut=manners.cut_page == number + 1)

    def _send_page(self, page: bytes, cut: bool) -> None:
        manners = self.server.manners
        self.send_response(200)
        self.send_header("Content-Type", manners.form)
        sent = page[: len(page) // 2] if cut else page
        if manners.length == "given":
            self.send_header("Content-Length", str(len(page)))
        elif manners.length == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        if manners.length == "chunked":
            for start in range(0, len(sent), 5000):
                piece = sent[start : start + 5000]
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            if not cut:
                self.wfile.write(b"0\r\n\r\n")
        else:
            self.wfile.write(sent)
        if cut or manners.length == "close":
            self.close_connection = True

    def _draw(self, wish: dict[str, str]) -> list[bytes]:
        server = self.server
        fed = wish["InputSource"] == "Feeder"
        sheets = server.sheets_left if fed else 1
        server.sheets_left = 0 if fed else server.sheets_left
        sides = sheets * (2 if fed and wish.get("Duplex") == "true" else 1)
        dpi = int(wish["XResolution"])
        size = (round(int(wish["Width"]) / 300 * dpi), round(int(wish["Height"]) / 300 * dpi))
        mode = "RGB" if wish["ColorMode"] == "RGB24" else "L"
        pages = [draw_page(n + 1, *size, mode) for n in range(sides)]
        if server.manners.form == "application/pdf":
            whole = BytesIO()
            pages[0].save(whole, "PDF", save_all=True, append_images=pages[1:], resolution=dpi)
            return [whole.getvalue()]
        return [_jpeg(page, dpi if server.manners.dpi_in_file else None) for page in pages]

    def _capabilities(self) -> bytes:
        manners = self.server.manners
        resolutions = "".join(
            f"<scan:DiscreteResolution><scan:XResolution>{dpi}</scan:XResolution>"
            f"<scan:YResolution>{dpi}</scan:YResolution></scan:DiscreteResolution>"
            for dpi in (50, 75, 100, 200, 300, 600)
        )
        profile = PROFILE.format(form=manners.form, resolutions=resolutions)
        glass = f"<scan:Platen>{INLET.format(name='PlatenInputCaps', profile=profile)}</scan:Platen>"
        both = INLET.format(name="AdfDuplexInputCaps", profile=profile)
        feeder = (
            f"<scan:Adf>{INLET.format(name='AdfSimplexInputCaps', profile=profile)}"
            f"{both if manners.both_sides else ''}<scan:FeederCapacity>50</scan:FeederCapacity></scan:Adf>"
        )
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><scan:ScannerCapabilities {SPACES}>'
            "<pwg:Version>2.63</pwg:Version><pwg:MakeAndModel>Loop Copier A3</pwg:MakeAndModel>"
            f"<pwg:SerialNumber>LOOP1</pwg:SerialNumber><scan:UUID>{UUID}</scan:UUID>"
            f"{glass if manners.glass else ''}{feeder if manners.feeder else ''}</scan:ScannerCapabilities>"
        ).encode()

    def _status(self) -> bytes:
        server, manners = self.server, self.server.manners
        jobs = ""
        feeder = manners.feeder_state if server.sheets_left else "ScannerAdfEmpty"
        for job, sides in server.sides.items():
            left = len(sides) - server.given[job]
            state = "Aborted" if server.faulty and left else "Processing" if left else "Completed"
            jobs += (
                f"<scan:JobInfo><pwg:JobUri>{job}</pwg:JobUri><pwg:JobState>{state}</pwg:JobState>"
                f"<pwg:ImagesToTransfer>{0 if server.faulty else left}</pwg:ImagesToTransfer></scan:JobInfo>"
            )
            feeder = manners.feeder_after if not left and not server.sheets_left else feeder
        if server.faulty:
            feeder = manners.fault
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><scan:ScannerStatus {SPACES}><pwg:Version>2.63</pwg:Version>'
            f"<pwg:State>Idle</pwg:State><scan:AdfState>{feeder}</scan:AdfState>"
            f"<scan:Jobs>{jobs}</scan:Jobs></scan:ScannerStatus>"
        ).encode()


def _jpeg(page: Any, dpi: int | None) -> bytes:
    buffer = BytesIO()
    page.save(buffer, "JPEG", **({"dpi": (dpi, dpi)} if dpi else {}))
    return buffer.getvalue()


@dataclass(frozen=True)
class EsclDevice:
    """A running copier."""

    url: str
    server: _Server

    @property
    def asked(self) -> Asked:
        return self.server.asked


@contextmanager
def running(manners: Manners, certificate: Path | None = None) -> Iterator[EsclDevice]:
    """The copier, on a free port; with a certificate it speaks TLS."""
    server = _Server(manners)
    scheme = "http"
    if certificate is not None:
        scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield EsclDevice(f"{scheme}://127.0.0.1:{server.server_address[1]}/eSCL", server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sign_own(path: Path, name: str) -> Path:
    """A certificate as copiers make them: signed by themselves, for a name nobody uses, years out of date."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path
