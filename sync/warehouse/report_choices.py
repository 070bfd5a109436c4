"""What can be asked of a report, as the command line and the pages spell it; station.core.rates says what it means."""

from enum import StrEnum


class By(StrEnum):
    branch = "branch"
    procedure = "procedure"
    counter = "counter"
    operator = "operator"
    level = "level"
    day = "day"


class Stage(StrEnum):
    intake = "intake"
    result = "result"


class Rule(StrEnum):
    official = "official"
    strict = "strict"


class Shown(StrEnum):
    all = "all"
    received = "received"
    digitised = "digitised"
    missing = "missing"
    delivered = "delivered"
    undelivered = "undelivered"
    excluded = "excluded"
    withdrawn = "withdrawn"
    stopped = "stopped"
    transferred = "transferred"
    late = "late"
    partial = "partial"
    reused = "reused"
    unmapped = "unmapped"
