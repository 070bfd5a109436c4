"""The seam to other offices' systems: give them what was digitized, get their procedure records.

What "given" means is the same everywhere: the other side has it. "Already there" is success; a refusal of what is
in it goes to a person and is not tried again; anything else is tried again with the same key, so that it happens
once. Each system behind the seam is reached by configuration.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import quote

from sync import xroad
from sync.xroad import XRoadSettings, XRoadUnavailable

# How the systems of the provinces say that they have it already, and that all is well.
ALREADY_THERE = ("đã tồn tại", "already exists")
GOOD_CODES = frozenset({"00", "0", 0})


class Outcome(StrEnum):
    TAKEN = "taken"
    ALREADY_THERE = "already there"
    REFUSED = "refused"


@dataclass(frozen=True)
class Given:
    """What came of giving a result. `problem` is the other side's word for a refusal."""

    outcome: Outcome
    problem: str | None = None


class Connector(Protocol):
    """A system that is given what was digitized."""

    def ping(self) -> None:
        """Asks whether the system answers and lets this warehouse in; gives nothing.

        Raises:
            NetworkProblem: it does not.
        """

    def put_result(self, result: dict[str, Any], values: Mapping[str, Any]) -> Given:
        """Gives a result of digitization.

        Args:
            result: as /v1/results says it.
            values: the same and the procedure record, under the names templates use.

        Raises:
            NetworkProblem: not known whether it arrived; give it again.
        """

    def finish_dossier(self, result: dict[str, Any], values: Mapping[str, Any]) -> Given:
        """Says that the dossier's result is there and nothing of it is still to come; else as `put_result`.

        A system that wants no such word is not asked and counts as told.
        """


class RecordSource(Protocol):
    """A system that procedure records come from."""

    def list_records(self, since: str) -> tuple[list[dict[str, Any]], str]:
        """Procedure records changed after `since` ("" for all), and what to ask from next time."""


class OneStopConnector(Connector, RecordSource, Protocol):
    """A one-stop system or exchange platform that does both."""


def idempotency_key(result: dict[str, Any], act: str) -> str:
    """The same for every try of one act ("put", "finish") with one result: a UUID from what is in it.

    Giving stands without its name, as before there was another act: a result whose answer was lost before an update of
    the warehouse is given again under the key that the other side knows.
    """
    parts = [] if act == "put" else [act]
    parts += [result["dossier_code"], result["stage"], str(result["version"])]
    parts += [f"{d['type_id']}:{d['sha256']}" for d in result["documents"]]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def read_answer(status: int, content: bytes) -> Given:
    """What another system's answer to a result means."""
    try:
        answer = json.loads(content) if content else {}
    except ValueError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    nested = answer.get("status")
    source = nested if isinstance(nested, dict) else answer
    message = str(source.get("message") or source.get("detail") or "")[:500]
    if status == 409 or any(words in message.lower() for words in ALREADY_THERE):
        return Given(Outcome.ALREADY_THERE)
    code = source.get("error_code", source.get("code", "00"))
    if status < 300 and (code in GOOD_CODES or source.get("success") is True):
        return Given(Outcome.TAKEN)
    return Given(Outcome.REFUSED, message or f"code {code if status < 300 else status}")


@dataclass(frozen=True)
class XRoadConnector:
    """A one-stop system behind X-Road: PUT /results/{code}, GET /records?since=, and PUT /results/{code}/finished.

    `finishes` says whether the service has the last of them.
    """

    settings: XRoadSettings
    user_id: str | None = None
    finishes: bool = False

    def ping(self) -> None:
        # Whatever the service itself answers, the request has passed both security servers and their access rights.
        xroad.call(self.settings, "GET", "", user_id=self.user_id)

    def list_records(self, since: str) -> tuple[list[dict[str, Any]], str]:
        answer = xroad.call(self.settings, "GET", "/records", query={"since": since}, user_id=self.user_id)
        try:
            said = json.loads(answer.content)
            return list(said["records"]), str(said["next"])
        except (ValueError, KeyError, TypeError) as error:
            problem = f"code {answer.status}, no records"
            raise XRoadUnavailable(problem=problem, request_id=answer.request_id) from error

    def put_result(self, result: dict[str, Any], values: Mapping[str, Any]) -> Given:
        return self._put(result, "put", "", result)

    def finish_dossier(self, result: dict[str, Any], values: Mapping[str, Any]) -> Given:
        if not self.finishes:
            return Given(Outcome.TAKEN)
        said = {name: result[name] for name in ("dossier_code", "branch", "package_id", "received_at")}
        return self._put(result, "finish", "/finished", said)

    def _put(self, result: dict[str, Any], act: str, below: str, body: dict[str, Any]) -> Given:
        answer = xroad.call(
            self.settings,
            "PUT",
            f"/results/{quote(result['dossier_code'], safe='')}{below}",
            body=body,
            request_id=idempotency_key(result, act),
            user_id=self.user_id,
            issue=result["dossier_code"],
        )
        return read_answer(answer.status, answer.content)
