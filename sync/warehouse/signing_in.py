"""People who look at the warehouse with a browser: passwords, lock-out, sessions.

Passwords are kept as scrypt hashes with a salt each; sessions on the server, by the hash of a random token, so that
signing out or removing a person ends them at once. Wrong passwords lock the name for a while, and an unknown name
costs as much time as a known one.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from station.core.errors import N_, NotAllowed, UsageProblem
from sync.warehouse import schema
from sync.warehouse.schema import reading, utc_text, writing
from sync.warehouse.stations import Caller, hash_of

# 32 MB and about 0.1 s a try on an office server; OWASP's advice for scrypt of 2024.
_SCRYPT = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 << 20}
FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)
# A working day; a browser left open over night is signed out.
SESSION_LIFE = timedelta(hours=10)
PASSWORD_LETTERS = 10


class SignInRefused(NotAllowed):
    sentence = N_(
        "The name or the password is wrong. After five wrong tries the name is locked for 15 minutes."
    )


class PasswordTooShort(UsageProblem):
    sentence = N_("The password must have at least {letters} letters.")


@dataclass(frozen=True)
class Signed:
    """Somebody who is signed in. `csrf` must come back with every form."""

    caller: Caller
    csrf: str


def add_person(
    conn: Connection, name: str, password: str, role: str, branch: str | None, now: datetime
) -> None:
    """Adds a person, or gives one another password and role; earlier sessions end.

    Raises:
        PasswordTooShort: nothing is changed.
    """
    if len(password) < PASSWORD_LETTERS:
        raise PasswordTooShort(letters=PASSWORD_LETTERS)
    remove_person(conn, name)
    conn.execute(
        insert(schema.person).values(
            name=name, role=role, branch=branch, password_hash=_hash(password), created_at=utc_text(now)
        )
    )


def remove_person(conn: Connection, name: str) -> int:
    """Removes a person and ends their sessions."""
    conn.execute(delete(schema.session).where(schema.session.c.name == name))
    return conn.execute(delete(schema.person).where(schema.person.c.name == name)).rowcount


def sign_in(engine: Engine, name: str, password: str, now: datetime) -> str:
    """Begins a session and returns its token, which only the browser keeps.

    Raises:
        SignInRefused: wrong, or locked; it does not say which.
    """
    table = schema.person
    with reading(engine) as conn:
        row = conn.execute(select(table).where(table.c.name == name)).one_or_none()
    # Outside any transaction: a tenth of a second of arithmetic must not hold up the database.
    fits = _fits(password, _NOBODY if row is None else row.password_hash)
    locked = row is not None and row.locked_until is not None and row.locked_until > utc_text(now)
    if row is None or locked or not fits:
        if row is not None and not locked:
            _count_failure(engine, name, now)
        raise SignInRefused
    token = secrets.token_urlsafe(32)
    with writing(engine) as conn:
        conn.execute(update(table).where(table.c.name == name).values(failures=0, locked_until=None))
        conn.execute(
            insert(schema.session).values(
                hash=hash_of(token),
                name=name,
                csrf=secrets.token_urlsafe(24),
                expires_at=utc_text(now + SESSION_LIFE),
            )
        )
    return token


def find_signed(engine: Engine, token: str, now: datetime) -> Signed | None:
    """Who this session belongs to; None once it has ended."""
    person, session = schema.person, schema.session
    with reading(engine) as conn:
        row = conn.execute(
            select(person, session.c.csrf)
            .join(session, session.c.name == person.c.name)
            .where(session.c.hash == hash_of(token), session.c.expires_at > utc_text(now))
        ).one_or_none()
    return None if row is None else Signed(Caller(row.role, row.branch, None, row.name), row.csrf)


def sign_out(engine: Engine, token: str) -> None:
    with writing(engine) as conn:
        conn.execute(delete(schema.session).where(schema.session.c.hash == hash_of(token)))


def _count_failure(engine: Engine, name: str, now: datetime) -> None:
    table = schema.person
    with writing(engine) as conn:
        failures = conn.execute(
            update(table)
            .where(table.c.name == name)
            .values(failures=table.c.failures + 1)
            .returning(table.c.failures)
        ).scalar_one()
        if failures >= FAILURES_ALLOWED:
            conn.execute(
                update(table)
                .where(table.c.name == name)
                .values(failures=0, locked_until=utc_text(now + LOCKED_FOR))
            )


def _hash(password: str) -> str:
    salt = secrets.token_bytes(16)
    derived = hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)
    return f"scrypt${base64.b64encode(salt).decode()}${base64.b64encode(derived).decode()}"


def _fits(password: str, stored: str) -> bool:
    _, salt, expected = stored.split("$")
    derived = hashlib.scrypt(password.encode(), salt=base64.b64decode(salt), **_SCRYPT)
    return hmac.compare_digest(derived, base64.b64decode(expected))


# What an unknown name is compared with, so that it takes as long.
_NOBODY = f"scrypt${base64.b64encode(bytes(16)).decode()}${base64.b64encode(bytes(64)).decode()}"
