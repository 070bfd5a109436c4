"""A code opens the door once, for fifteen minutes, and is written nowhere."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import keyring
import pytest
import zxingcpp
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked
from PIL import Image

from sync import secrets
from sync.invitation import read_invitation
from sync.protocol import new_key
from sync.trust import WarehouseTarget
from sync.warehouse import stations
from sync.warehouse.app import embedded_settings, open_warehouse
from sync.warehouse.inviting import invite, qr_text
from sync.warehouse.schema import writing
from sync.warehouse.stations import CodeRefused
from sync.warehouse.uploads import Warehouse

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = open_warehouse(embedded_settings(tmp_path / "w"))
    yield replace(warehouse, now=lambda: NOW)
    warehouse.engine.dispose()


def test_a_code_lives_fifteen_minutes_by_the_warehouses_clock(house: Warehouse) -> None:
    for late, good in ((timedelta(minutes=14, seconds=59), True), (timedelta(minutes=15), False)):
        with writing(house.engine) as conn:
            new = stations.add_station(conn, "CN-THU", "station", NOW)
        with writing(house.engine) as conn:
            if good:
                assert stations.enrol_station(conn, new.code, new_key()[1], NOW + late)[0] == new.station_id
            else:
                with pytest.raises(CodeRefused, match="15 minutes"):
                    stations.enrol_station(conn, new.code, new_key()[1], NOW + late)


def test_neither_code_nor_token_stands_in_the_database(house: Warehouse, tmp_path: Path) -> None:
    with writing(house.engine) as conn:
        new = stations.add_station(conn, "CN-THU", "station", NOW)
    rows = _everything(tmp_path / "w" / "warehouse.db")
    assert new.station_id in rows and new.code not in rows
    with writing(house.engine) as conn:
        _, _, token = stations.enrol_station(conn, new.code, new_key()[1], NOW)
    rows = _everything(tmp_path / "w" / "warehouse.db")
    assert token not in rows and stations.hash_of(token) in rows
    assert stations.hash_of(new.code) not in rows  # used up


def _everything(database: Path) -> str:
    conn = sqlite3.connect(database)
    text = "\n".join(conn.iterdump())
    conn.close()
    return text


def test_the_qr_on_the_screen_says_what_the_file_says(house: Warehouse) -> None:
    with writing(house.engine) as conn:
        new = stations.add_station(conn, "CN-THU", "station", NOW)
    invitation = invite(house.engine, new, "https://kho.example", ("a" * 43 + "=",))
    [found] = zxingcpp.read_barcodes(_as_seen(qr_text(invitation)))
    assert read_invitation(found.text, "QR") == invitation


def _as_seen(drawn: str) -> Image.Image:
    """A terminal's half blocks as a camera sees them: light ink on a dark ground."""
    ink = {"\N{FULL BLOCK}": (1, 1), "\N{UPPER HALF BLOCK}": (1, 0), "\N{LOWER HALF BLOCK}": (0, 1)}
    lines = [line for line in _plain(drawn).split("\n") if line.strip()]
    width = max(map(len, lines))
    seen = Image.new("L", (width, 2 * len(lines)), 0)
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            for half, light in enumerate(ink.get(letter, (0, 0))):
                seen.putpixel((column, 2 * row + half), 255 * light)
    return seen.resize((width * 6, 12 * len(lines)), Image.Resampling.NEAREST)


def _plain(drawn: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", drawn)


def test_what_came_later_has_a_later_moment_whatever_the_clocks_say(
    house: Warehouse, make_package: Any
) -> None:
    """Two machines' clocks differ; whoever asks for what came since a moment must miss nothing."""
    from sync.protocol import package_signed_bytes, sign
    from sync.warehouse import intake
    from sync.warehouse.uploads import Delivery

    private, public = new_key()
    with writing(house.engine) as conn:
        new = stations.add_station(conn, "CN-THU", "station", NOW)
        station_id, _, _ = stations.enrol_station(conn, new.code, public, NOW)
    moments = []
    for number, skew_s in enumerate((0, -30, 0, 0, 5)):
        file, built, _ = make_package(code=f"M-{number}", size_bytes=100)
        signature = sign(private, package_signed_bytes(station_id, built.package_id, built.sha256))
        delivery = Delivery(built.package_id, built.sha256, built.size_bytes, "CN-THU", station_id, signature)
        there = replace(house, now=lambda skew_s=skew_s: NOW + timedelta(seconds=skew_s))
        with file.open("rb") as stream:
            moments.append(intake.store(there, delivery, stream).received_at)
    assert moments == sorted(set(moments))


class PcKeyring(KeyringBackend):
    """The keyring of a desktop, in memory; `locked` as before anybody has signed in.

    It can't be made without an argument, or the keyring library would take it for this PC's own in other tests.
    """

    priority = 1.0  # type: ignore[assignment]

    def __init__(self, locked: bool) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked
        self.kept[service, username] = password


@pytest.fixture
def pc_keyring() -> Iterator[PcKeyring]:
    before, of_the_test = keyring.get_keyring(), PcKeyring(locked=False)
    keyring.set_keyring(of_the_test)
    yield of_the_test
    keyring.set_keyring(before)


TARGET = WarehouseTarget("https://kho.example", "s1", "a-token", new_key()[0], {"k": "AA=="}, ("pin",))


def test_token_and_key_lie_in_the_pcs_keyring_and_not_on_its_disk(
    pc_keyring: PcKeyring, tmp_path: Path
) -> None:
    assert secrets.find(tmp_path) is None and secrets.where_kept(tmp_path) is None
    secrets.keep(tmp_path, TARGET)
    assert secrets.find(tmp_path) == TARGET and secrets.where_kept(tmp_path) == "keyring"
    on_disk = "".join(p.read_text() for p in tmp_path.rglob("*") if p.is_file())
    assert "s1" in on_disk and TARGET.token not in on_disk and TARGET.station_key not in on_disk
    pc_keyring.locked = True
    with pytest.raises(secrets.KeyringLocked, match="Sign in to the desktop"):
        secrets.find(tmp_path)


def test_without_a_keyring_they_lie_in_a_folder_of_the_stations_account_alone(
    pc_keyring: PcKeyring, tmp_path: Path
) -> None:
    pc_keyring.locked = True
    secrets.keep(tmp_path, TARGET)
    assert secrets.find(tmp_path) == TARGET and secrets.where_kept(tmp_path) == "folder"
    assert TARGET.token not in (tmp_path / secrets.OPEN_FILE).read_text()
    folder = tmp_path / secrets.SECRET_FOLDER
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
