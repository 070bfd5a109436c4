"""What the reports screen shows: plain values, texts already in the reader's language where they are sentences."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class RateShown:
    """A row of a report; `rate` in percent, None where it cannot be computed; `label` is what is read. `key` None
    is the total."""

    key: str | None
    received: int
    digitised: int
    delivered: int
    excluded: int
    rate: float | None
    label: str = ""

    @property
    def missing(self) -> int:
        return self.received - self.digitised


@dataclass(frozen=True)
class DayShown:
    """A point of the line: its day, counted from the period's first, and its rate."""

    offset: int
    label: str
    rate: float | None


@dataclass(frozen=True)
class RatesShown:
    """The rates of a period by the chosen grouping, their total, and the same rule by day, a year ago too."""

    rows: tuple[RateShown, ...]
    total: RateShown
    by_day: tuple[DayShown, ...] = ()
    last_year: tuple[DayShown, ...] = ()
    days: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TodayShown:
    """Today's card. The rate is None while nothing was received."""

    received: int
    digitised: int
    missing: int
    doubtful: int
    waiting: int
    rate: float | None
    target: float


@dataclass(frozen=True)
class BehindShown:
    """A dossier behind a number. `age_days` since reception, None for one that is digitised."""

    code: str
    applicant_name: str
    procedure_name: str
    received_on: date | None
    age_days: int | None
    receiver: str
    state: str


@dataclass(frozen=True)
class MissingShown:
    """How many dossiers are not digitised for one reason."""

    reason: str
    words: str
    count: int


@dataclass(frozen=True)
class StepShown:
    """How long a step takes, in hours; `share` of all time in percent."""

    name: str
    dossiers: int
    mean_hours: float
    median_hours: float
    share: float | None


@dataclass(frozen=True)
class OutlookShown:
    """How the quarter goes: alerts, sentences by stage (title first), slow steps, what is missing and why."""

    alerts: tuple[str, ...]
    forecasts: tuple[tuple[str, tuple[str, ...]], ...]
    steps: tuple[StepShown, ...]
    slowest: str
    missing: tuple[MissingShown, ...]
    since: date
    until: date


@dataclass(frozen=True)
class WorkShown:
    """What one person did."""

    name: str
    sides: int
    dossiers: int
    keys: int
    attention_min: int
    rescans: int


@dataclass(frozen=True)
class ScannerShown:
    """How a scanner or a folder was used."""

    device: str
    sides: int
    batches: int
    seconds: float
    sides_a_minute: float | None
    faults: int
    last_used: str


@dataclass(frozen=True)
class FaultShown:
    """A batch a scanner did not finish."""

    at: str
    device: str
    sentence: str


@dataclass(frozen=True)
class ScannersShown:
    scanners: tuple[ScannerShown, ...]
    faults: tuple[FaultShown, ...]
