"""Accounts, roles and rights. Passwords are kept as scrypt; no default password exists."""

import hashlib
import hmac
import os
import sqlite3
from dataclasses import dataclass
from enum import Enum

from station.core.errors import N_, NotAllowed, UsageProblem

# RFC 7914 and OWASP's 2023 advice for interactive sign-in: 2^15 rounds of 8 blocks take about 0.1 s here.
SCRYPT = {"n": 1 << 15, "r": 8, "p": 1}
SCRYPT_MEMORY_BYTES = 64 << 20
MINIMUM_PASSWORD_LENGTH = 8


class Right(Enum):
    SCAN = "scan"
    VERIFY = "verify"
    SEAL = "seal"
    SEND = "send"
    SEARCH = "search"
    IMPORT = "import"
    REPORT = "report"
    CARE = "care"  # check, backup, restore, retention
    ADMINISTER = "administer"  # accounts, settings, catalogue


RIGHTS: dict[str, frozenset[Right]] = {
    "operator": frozenset({Right.SCAN, Right.VERIFY, Right.SEAL, Right.SEND, Right.SEARCH}),
    "supervisor": frozenset(
        {Right.SCAN, Right.VERIFY, Right.SEAL, Right.SEND, Right.SEARCH, Right.IMPORT, Right.REPORT}
    ),
    "admin": frozenset(Right),
}
ROLES = tuple(RIGHTS)


class RightMissing(NotAllowed):
    sentence = N_("The account {name} may not do this ({right}). Ask your supervisor to sign in.")


class SignInRefused(NotAllowed):
    sentence = N_(
        "The name or the password is not right. Try again, or ask your administrator for a new password."
    )


class PasswordTooShort(UsageProblem):
    sentence = N_("The password needs at least {count} characters.")


class AccountUnknown(UsageProblem):
    sentence = N_("There is no account {name}. station users lists the accounts.")


class AccountExists(UsageProblem):
    sentence = N_("The account {name} exists already. Choose another name.")


@dataclass(frozen=True)
class Account:
    id: int
    name: str
    role: str
    os_user: str | None
    active: bool
    has_password: bool

    def may(self, right: Right) -> bool:
        return self.active and right in RIGHTS[self.role]

    def require(self, right: Right) -> None:
        """First line of every verb.

        Raises:
            RightMissing: the role does not hold the right, or the account is switched off.
        """
        if not self.may(right):
            raise RightMissing(name=self.name, right=right.value)


def hash_password(password: str) -> str:
    """scrypt of the password under a fresh salt, as hex salt$hash."""
    if len(password) < MINIMUM_PASSWORD_LENGTH:
        raise PasswordTooShort(count=MINIMUM_PASSWORD_LENGTH)
    salt = os.urandom(16)
    return f"{salt.hex()}${_scrypt(password, salt).hex()}"


def password_fits(password: str, stored: str) -> bool:
    """Whether the password is the stored one, in constant time."""
    salt, _, expected = stored.partition("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)).hex(), expected)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, maxmem=SCRYPT_MEMORY_BYTES, **SCRYPT)


def add(
    conn: sqlite3.Connection, name: str, role: str, password: str | None, os_user: str | None, at: str
) -> Account:
    """Makes an account.

    Raises:
        AccountExists: the name, or the operating-system user, is taken.
        PasswordTooShort: see MINIMUM_PASSWORD_LENGTH.
    """
    stored = hash_password(password) if password is not None else None
    try:
        conn.execute(
            "INSERT INTO account (name, role, password_hash, os_user, created_at) VALUES (:name, :role, :hash, :os, :at)",
            {"name": name, "role": role, "hash": stored, "os": os_user, "at": at},
        )
    except sqlite3.IntegrityError as error:
        raise AccountExists(name=name) from error
    return get(conn, name)


def get(conn: sqlite3.Connection, name: str) -> Account:
    """Raises: AccountUnknown."""
    row = conn.execute("SELECT * FROM account WHERE name = :name", {"name": name}).fetchone()
    if row is None:
        raise AccountUnknown(name=name)
    return _account(row)


def find_by_os_user(conn: sqlite3.Connection, os_user: str) -> Account | None:
    row = conn.execute("SELECT * FROM account WHERE os_user = :os AND active = 1", {"os": os_user}).fetchone()
    return _account(row) if row else None


def list_all(conn: sqlite3.Connection) -> list[Account]:
    return [_account(row) for row in conn.execute("SELECT * FROM account ORDER BY name")]


def find_password_hash(conn: sqlite3.Connection, name: str) -> str | None:
    """The stored scrypt of an active account, None where none fits or it is locked."""
    row = conn.execute(
        "SELECT password_hash FROM account WHERE name = :name AND active = 1", {"name": name}
    ).fetchone()
    return row["password_hash"] if row else None


def locked_until(conn: sqlite3.Connection, name: str) -> str | None:
    row = conn.execute("SELECT locked_until FROM account WHERE name = :name", {"name": name}).fetchone()
    return row["locked_until"] if row else None


def note_failed_try(conn: sqlite3.Connection, name: str, lock_until: str, tries_allowed: int) -> None:
    """Counts a wrong password; at `tries_allowed` the account is locked until the given time."""
    conn.execute(
        "UPDATE account SET failed_tries = failed_tries + 1,"
        " locked_until = CASE WHEN failed_tries + 1 >= :allowed THEN :until ELSE locked_until END"
        " WHERE name = :name",
        {"name": name, "until": lock_until, "allowed": tries_allowed},
    )


def note_sign_in(conn: sqlite3.Connection, name: str) -> None:
    conn.execute(
        "UPDATE account SET failed_tries = 0, locked_until = NULL WHERE name = :name", {"name": name}
    )


def set_password(conn: sqlite3.Connection, name: str, password: str) -> None:
    get(conn, name)
    conn.execute(
        "UPDATE account SET password_hash = :hash, failed_tries = 0, locked_until = NULL WHERE name = :name",
        {"name": name, "hash": hash_password(password)},
    )


def set_role(conn: sqlite3.Connection, name: str, role: str) -> None:
    get(conn, name)
    conn.execute("UPDATE account SET role = :role WHERE name = :name", {"name": name, "role": role})


def set_active(conn: sqlite3.Connection, name: str, active: bool) -> None:
    get(conn, name)
    conn.execute(
        "UPDATE account SET active = :active WHERE name = :name", {"name": name, "active": int(active)}
    )


def _account(row: sqlite3.Row) -> Account:
    return Account(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        os_user=row["os_user"],
        active=bool(row["active"]),
        has_password=row["password_hash"] is not None,
    )
