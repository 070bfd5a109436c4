"""The reports screen's office: rates, the dossiers behind them, their export."""

from collections.abc import Sequence
from pathlib import Path

from station.core.errors import N_
from station.core.rates import FIRST_DAY, LAST_DAY, Cell
from station.store import reference
from station.store.reports import Listed
from station.ui.language import Language
from station.ui.reports.presenter import Question
from station.ui.shown import FoundShown, RateShown, RatesShown
from station.ui.verbs.session import Session
from station.work import report_files, reporting, standing
from station.work.station import Station


class ReportVerbs:
    """Jobs of the reports screen."""

    def __init__(self, session: Session, language: Language) -> None:
        self._session = session
        self._language = language

    def target_rate(self) -> float:
        return self._session.settings.target_rate

    def rates(self, question: Question) -> RatesShown:
        """The rows of the question's rule, and the same rule by day for the line."""
        station = self._session.station
        report = self._ask(station, question, question.by).rules[question.rule]
        by_day = report
        if question.by != "day":
            by_day = self._ask(station, question, "day").rules[question.rule]
        notes = [self._language(report.reason)] if report.reason else []
        if report.excluded:
            words = N_("{count} dossiers are left out by this rule: late, withdrawn, stopped or transferred.")
            notes.append(self._language(words, count=self._language.number(report.excluded)))
        return RatesShown(
            rows=tuple(self._shown(station, question.by, c) for c in report.rows),
            total=self._shown(station, "", report.total),
            by_day=tuple(self._shown(station, "day", c) for c in by_day.rows),
            notes=tuple(notes),
        )

    def _ask(self, station: Station, question: Question, by: str) -> reporting.Rates:
        since, until = _days(question)
        return reporting.rates(station, since, until, by, question.stage)

    def _shown(self, station: Station, by: str, cell: Cell) -> RateShown:
        label = cell.key or self._language(N_("not named"))
        if by == "procedure":
            known = standing.catalogue_of(station).find_procedure(cell.key)
            label = known.names.get(self._language.code, known.names["vi"]) if known else label
        elif by == "day" and len(cell.key) == 10:
            label = "/".join(reversed(cell.key.split("-")))
        return RateShown(cell.key, cell.received, cell.digitised, cell.rate, label)

    def behind(self, question: Question, key: str) -> Sequence[FoundShown]:
        """The dossiers behind a row, those not counted with their reason."""
        station = self._session.station
        since, until = _days(question)
        found = reporting.behind(station, since, until, question.by, question.stage, question.rule, key)
        with station.reading() as conn:
            records = {f.dossier_code: reference.find(conn, f.dossier_code) for f in found}
        return tuple(self._listed(f, records[f.dossier_code], question.stage) for f in found)

    def _listed(self, row: Listed, record: reference.ProcedureRecord | None, stage: str) -> FoundShown:
        counted = N_("digitised and delivered") if row.delivered else N_("digitised")
        return FoundShown(
            dossier_id=0,
            code=row.dossier_code,
            applicant_name=record.applicant_name if record else "",
            procedure_name=record.procedure_name if record else "",
            state=self._language(row.why or counted),
            stage=stage,
            branch=row.branch,
            pages=0,
            updated_at=row.received_on or "",
        )

    def export(self, question: Question, file: Path) -> None:
        """CSV, XLSX or PDF by the file's ending."""
        station = self._session.station
        answer = self._ask(station, question, question.by)
        if file.suffix.lower() == ".csv":
            report_files.write_csv(answer, file, self._language.code)
        elif file.suffix.lower() == ".pdf":
            letterhead = station.settings.branch or self._language(N_("Digitization station"))
            report_files.write_pdf(answer, file, self._language.code, letterhead)
        else:
            report_files.write_xlsx(answer, file, self._language.code)


def _days(question: Question) -> tuple[str, str]:
    since = question.since.isoformat() if question.since else FIRST_DAY
    until = question.until.isoformat() if question.until else LAST_DAY
    return since, until
