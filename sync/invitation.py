"""An invitation: what the province's `warehouse stations add` hands to a station, as a file or a QR."""

import json
from dataclasses import dataclass, field
from typing import Any

from station.core.errors import N_, InputRefused

FORMAT = "warehouse-invitation/1"


class NotAnInvitation(InputRefused):
    sentence = N_(
        "{file} is not an invitation to a warehouse. Ask the province for one: warehouse stations add."
    )


@dataclass(frozen=True)
class Invitation:
    """What `warehouse stations add` prints. The code works once, for 15 minutes."""

    url: str
    station_id: str
    branch: str
    code: str = field(repr=False)
    expires_at: str
    receipt_keys: dict[str, str]
    stick_key: str
    certificate_pins: tuple[str, ...] = ()

    def to_text(self) -> str:
        """The invitation as the file and the QR hold it: one line of JSON."""
        return json.dumps({"format": FORMAT, **self.__dict__}, ensure_ascii=False, separators=(",", ":"))


def read_invitation(text: str, name: str) -> Invitation:
    """An invitation from a file's or a QR's text.

    Raises:
        NotAnInvitation: it is something else; `name` says what was read.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        if data.pop("format") != FORMAT:
            raise ValueError("format")
        data["certificate_pins"] = tuple(data["certificate_pins"])
        return Invitation(**data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAnInvitation(file=name) from error
