"""A warehouse of one's own, in a child process on this machine: for the demo, for tests, for trying out."""

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from station.core.errors import N_, NetworkProblem
from sync.invitation import Invitation
from sync.warehouse import stations
from sync.warehouse.app import WarehouseSettings, embedded_settings, open_warehouse
from sync.warehouse.inviting import invite
from sync.warehouse.schema import writing

# After this long without an answer to the request to stop, the process is killed; it may be, at any moment.
STOP_S = 15


class WarehouseDidNotStart(NetworkProblem):
    sentence = N_("The warehouse on this PC did not start. {log} says why; then try again.")


@dataclass
class EmbeddedWarehouse:
    """A running child process. Use it as a context manager, or call stop()."""

    url: str
    settings: WarehouseSettings
    process: subprocess.Popen[bytes]

    def add_station(self, branch: str, name: str = "station") -> Invitation:
        """Invites a station; `sync.enrolment.enrol` accepts."""
        house = open_warehouse(self.settings)
        try:
            with writing(house.engine) as conn:
                new = stations.add_station(conn, branch, name, datetime.now(UTC))
            return invite(house.engine, new, self.url, ())
        finally:
            house.engine.dispose()

    def stop(self) -> None:
        """Stops the process; returns when it is gone."""
        if self.process.stdin:
            self.process.stdin.close()
        if self.process.stdout:
            self.process.stdout.close()
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self) -> None:
        """Kills the process as a power cut would."""
        self.process.kill()
        self.stop()

    def __enter__(self) -> "EmbeddedWarehouse":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def start(data_dir: Path, port: int = 0) -> EmbeddedWarehouse:
    """Starts a warehouse on SQLite and a folder under `data_dir`, on a free port of this machine.

    Raises:
        WarehouseDidNotStart: its log in `data_dir` says why.
    """
    settings = embedded_settings(data_dir)
    return start_process(settings, ["--data", str(data_dir)], data_dir / "warehouse.log", port)


def start_process(
    settings: WarehouseSettings, where: list[str], log: Path, port: int = 0
) -> EmbeddedWarehouse:
    """Starts `warehouse serve` with these arguments as a child that ends with this process."""
    command = [
        sys.executable,
        "-m",
        "sync.warehouse",
        "serve",
        "--json",
        "--child",
        "--port",
        str(port),
        *where,
    ]
    with log.open("ab") as log_stream:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log_stream, start_new_session=True
        )
    line = process.stdout.readline() if process.stdout else b""
    try:
        url = str(json.loads(line)["url"])
    except (ValueError, KeyError) as error:
        EmbeddedWarehouse("", settings, process).kill()
        raise WarehouseDidNotStart(log=log.name) from error
    return EmbeddedWarehouse(url, settings, process)
