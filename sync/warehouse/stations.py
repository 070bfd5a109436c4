"""Who may talk to the warehouse: stations, enrolled once by a code, and tokens of one role and one branch.

Nothing secret of theirs is stored: codes and tokens only as SHA-256 (they are 256 and 130 random bits, so a
plain hash is enough), stations' keys only in their public half. The warehouse's own keys are here too: one
signs receipts, one opens sticks; a retired one stays for what it has signed.
"""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyrage import x25519
from sqlalchemy import Connection, insert, select, update

from station.core.errors import N_, InputRefused, NotAllowed
from sync.protocol import EndorsedKey, key_id_of, key_signed_bytes, new_key, sign
from sync.warehouse import schema
from sync.warehouse.schema import utc_text

# Long enough to carry a paper from the province's screen to the counter's PC.
CODE_LIFE = timedelta(minutes=15)
# What a token given by hand may be for; stations get theirs by enrolling.
ROLES = ("branch", "province", "onestop", "monitor")


class CodeRefused(NotAllowed):
    sentence = N_(
        "The enrolment code is wrong, used or older than 15 minutes. Ask the province for a new one:"
        " warehouse stations rotate."
    )


class NoSuchStation(InputRefused):
    sentence = N_("No station {station_id} is enrolled. 'warehouse stations list' names them.")


@dataclass(frozen=True)
class Caller:
    """Who sent a request, by its token. `branch` is None for the province's and the one-stop system's roles."""

    role: str
    branch: str | None
    station_id: str | None
    name: str
    rights: frozenset[str] = frozenset()

    @property
    def reads_all(self) -> bool:
        return self.role == "province" or (self.role == "onestop" and self.branch is None)


@dataclass(frozen=True)
class NewStation:
    """A station that may enrol, with the code that is shown once and stored nowhere."""

    station_id: str
    branch: str
    code: str
    expires_at: str


@dataclass(frozen=True)
class KnownStation:
    """A row of the list of stations; state is invited, enrolled or revoked."""

    station_id: str
    branch: str
    name: str
    state: str
    enrolled_at: str | None
    seen_at: str | None
    audit_head: str | None


@dataclass(frozen=True)
class WarehouseKey:
    key_id: str
    public_key: str
    private_key: str


def add_station(
    conn: Connection, branch: str, name: str, now: datetime, rights: frozenset[str] = frozenset()
) -> NewStation:
    """Makes room for a station of a branch; it enrols with the code within 15 minutes.

    Args:
        rights: "reuse" lets it look at papers other dossiers of the same person brought.
    """
    station_id = str(uuid.uuid4())
    code, expires_at = _new_code(), utc_text(now + CODE_LIFE)
    conn.execute(
        insert(schema.station).values(
            id=station_id,
            branch=branch,
            name=name,
            code_hash=hash_of(code),
            code_expires_at=expires_at,
            created_at=utc_text(now),
            rights=",".join(sorted(rights)),
        )
    )
    return NewStation(station_id, branch, code, expires_at)


def rotate_station(conn: Connection, station_id: str, now: datetime) -> NewStation:
    """Ends the station's token at once and lets it enrol again with a fresh code; what it sent stays valid."""
    row = conn.execute(select(schema.station).where(schema.station.c.id == station_id)).one_or_none()
    if row is None:
        raise NoSuchStation(station_id=station_id)
    _end_tokens(conn, station_id, now)
    code, expires_at = _new_code(), utc_text(now + CODE_LIFE)
    conn.execute(
        update(schema.station)
        .where(schema.station.c.id == station_id)
        .values(code_hash=hash_of(code), code_expires_at=expires_at, revoked_at=None)
    )
    return NewStation(station_id, row.branch, code, expires_at)


def revoke_station(conn: Connection, station_id: str, now: datetime) -> None:
    """Ends the station's token and code at once. Its packages and receipts stay.

    Raises:
        NoSuchStation: there is none of this id.
    """
    changed = conn.execute(
        update(schema.station)
        .where(schema.station.c.id == station_id)
        .values(revoked_at=utc_text(now), code_hash=None, code_expires_at=None)
    )
    if changed.rowcount == 0:
        raise NoSuchStation(station_id=station_id)
    _end_tokens(conn, station_id, now)


def enrol_station(conn: Connection, code: str, public_key: str, now: datetime) -> tuple[str, str, str]:
    """Takes the code, once, and gives (station id, branch, token); the token is shown here and never again.

    Raises:
        CodeRefused: no such code, or it was used, or it is too old.
    """
    taken = conn.execute(
        update(schema.station)
        .where(
            schema.station.c.code_hash == hash_of(code),
            schema.station.c.code_expires_at > utc_text(now),
            schema.station.c.revoked_at.is_(None),
        )
        .values(
            code_hash=None,
            code_expires_at=None,
            public_key=public_key,
            enrolled_at=utc_text(now),
            # A replaced PC begins its trail anew; the packages keep the heads of the old one.
            audit_head=None,
        )
        .returning(schema.station.c.id, schema.station.c.branch)
    ).one_or_none()
    if taken is None:
        raise CodeRefused
    token = add_token(conn, "station", taken.branch, f"station {taken.id}", now, station_id=taken.id)
    return taken.id, taken.branch, token


def add_token(
    conn: Connection, role: str, branch: str | None, name: str, now: datetime, station_id: str | None = None
) -> str:
    """A fresh token of one role; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    conn.execute(
        insert(schema.token).values(
            hash=hash_of(token),
            role=role,
            branch=branch,
            station_id=station_id,
            name=name,
            created_at=utc_text(now),
        )
    )
    return token


def list_stations(conn: Connection) -> list[KnownStation]:
    rows = conn.execute(select(schema.station).order_by(schema.station.c.branch, schema.station.c.created_at))
    return [
        KnownStation(
            row.id,
            row.branch,
            row.name,
            "revoked" if row.revoked_at else "invited" if row.code_hash else "enrolled",
            row.enrolled_at,
            row.seen_at,
            row.audit_head,
        )
        for row in rows
    ]


def revoke_token(conn: Connection, name: str, now: datetime) -> int:
    """Ends the tokens of a name at once; returns how many there were."""
    return conn.execute(
        update(schema.token)
        .where(
            schema.token.c.name == name,
            schema.token.c.station_id.is_(None),
            schema.token.c.revoked_at.is_(None),
        )
        .values(revoked_at=utc_text(now))
    ).rowcount


def find_caller(conn: Connection, token: str) -> Caller | None:
    """Who shows this token; None for an unknown or revoked one."""
    row = conn.execute(
        select(schema.token, schema.station.c.rights)
        .outerjoin(schema.station, schema.station.c.id == schema.token.c.station_id)
        .where(schema.token.c.hash == hash_of(token), schema.token.c.revoked_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    rights = frozenset(filter(None, (row.rights or "").split(",")))
    return Caller(row.role, row.branch, row.station_id, row.name, rights)


def active_key(conn: Connection, purpose: str) -> WarehouseKey:
    """The key in use for "receipt" or "stick"; made at the first need."""
    keys = schema.warehouse_key
    row = conn.execute(
        select(keys)
        .where(keys.c.purpose == purpose, keys.c.retired_at.is_(None))
        .order_by(keys.c.created_at)
        .limit(1)
    ).one_or_none()
    return (
        _make_key(conn, purpose) if row is None else WarehouseKey(row.key_id, row.public_key, row.private_key)
    )


def list_keys(conn: Connection, purpose: str) -> list[WarehouseKey]:
    """Every key there ever was for a purpose, the one in use first."""
    keys = schema.warehouse_key
    rows = conn.execute(select(keys).where(keys.c.purpose == purpose).order_by(keys.c.created_at.desc()))
    return [WarehouseKey(row.key_id, row.public_key, row.private_key) for row in rows]


def rotate_key(conn: Connection, purpose: str, now: datetime) -> WarehouseKey:
    """Retires the key in use and makes another; what the old one signed or sealed can still be checked or opened."""
    keys = schema.warehouse_key
    old = active_key(conn, purpose)
    conn.execute(
        update(keys)
        .where(keys.c.purpose == purpose, keys.c.retired_at.is_(None))
        .values(retired_at=utc_text(now))
    )
    new = _make_key(conn, purpose)
    if purpose == "receipt":
        endorsement = sign(old.private_key, key_signed_bytes(new.public_key))
        conn.execute(
            update(keys)
            .where(keys.c.key_id == new.key_id)
            .values(endorsed_by=old.key_id, endorsement=endorsement)
        )
    return new


def list_endorsed_keys(conn: Connection) -> list[EndorsedKey]:
    """Every receipt key with its voucher, oldest first."""
    keys = schema.warehouse_key
    rows = conn.execute(select(keys).where(keys.c.purpose == "receipt").order_by(keys.c.created_at))
    return [EndorsedKey(row.public_key, row.endorsed_by, row.endorsement) for row in rows]


def _make_key(conn: Connection, purpose: str) -> WarehouseKey:
    if purpose == "stick":
        identity = x25519.Identity.generate()
        private, public = str(identity), str(identity.to_public())
        key_id = hash_of(public)[:16]
    else:
        private, public = new_key()
        key_id = key_id_of(public)
    conn.execute(
        insert(schema.warehouse_key).values(
            key_id=key_id,
            purpose=purpose,
            public_key=public,
            private_key=private,
            created_at=utc_text(datetime.now(UTC)),
        )
    )
    return WarehouseKey(key_id, public, private)


def _end_tokens(conn: Connection, station_id: str, now: datetime) -> None:
    conn.execute(
        update(schema.token)
        .where(schema.token.c.station_id == station_id, schema.token.c.revoked_at.is_(None))
        .values(revoked_at=utc_text(now))
    )


def _new_code() -> str:
    """130 bits in 26 letters that are not taken for one another, in groups for reading aloud."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    drawn = "".join(secrets.choice(letters) for _ in range(26))
    return "-".join(drawn[i : i + 5] for i in range(0, 26, 5))


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
