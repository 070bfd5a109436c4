"""The reports screen's office: rates, the dossiers behind them, outlook, people, scanners, exports."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from station.core import outlook, sheets
from station.core.errors import N_
from station.core.rates import FIRST_DAY, LAST_DAY, Cell, RuleReport
from station.core.sheets import Sheet
from station.store import reference
from station.store.accounts import Right
from station.store.reports import WHY, Listed
from station.ui.language import Language
from station.ui.reports.presenter import Listing, Question
from station.ui.reports.shown import (
    BehindShown,
    DayShown,
    FaultShown,
    MissingShown,
    OutlookShown,
    RateShown,
    RatesShown,
    ScannerShown,
    ScannersShown,
    StepShown,
    TodayShown,
    WorkShown,
)
from station.ui.verbs.session import Session
from station.work import report_files, report_sheets, reporting, supervising
from station.work.report_pdf import letterhead_of
from station.work.station import Station


class ReportVerbs:
    """Jobs of the reports screen."""

    def __init__(self, session: Session, language: Language) -> None:
        self._session = session
        self._language = language

    def may_report(self) -> bool:
        return self._session.station.actor.may(Right.REPORT)

    def target_rate(self) -> float:
        return self._session.settings.target_rate

    def rates(self, question: Question) -> RatesShown:
        """The rows of the question's rule, and the same rule by day for the line, this year and last."""
        station = self._session.station
        report = self._ask(station, question, question.by).rules[question.rule]
        by_day = self._ask(station, question, "day").rules[question.rule] if question.by != "day" else report
        before = reporting.last_year(station, *_days(question), question.stage)
        first = question.since or _first_day(by_day)
        last = question.until or _last_day(by_day)
        notes = [self._language(report.reason)] if report.reason else []
        if report.excluded:
            words = N_("{count} dossiers are left out by this rule: late, withdrawn, stopped or transferred.")
            notes.append(self._language(words, count=self._language.number(report.excluded)))
        if report.unmapped:
            words = N_("{count} records have no status that is known; they are counted apart.")
            notes.append(self._language(words, count=self._language.number(report.unmapped)))
        cells = report.rows if question.by == "day" else sheets.ranked(report.rows)
        return RatesShown(
            rows=tuple(self._shown(station, question.by, c) for c in cells),
            total=self._cell(None, report.total, self._language(sheets.TOTAL)),
            by_day=_points(by_day, first),
            last_year=_points(before.rules[question.rule], date.fromisoformat(before.since))
            if before
            else (),
            days=max(1, (last - first).days),
            notes=tuple(notes),
        )

    def _ask(self, station: Station, question: Question, by: str) -> reporting.Rates:
        since, until = _days(question)
        return reporting.rates(station, since, until, by, question.stage)

    def _shown(self, station: Station, by: str, cell: Cell) -> RateShown:
        label = report_sheets.row_label(station, by, cell.key, self._language, self._language.code)
        if by == "day" and len(cell.key) == 10:
            label = sheets.day_text(date.fromisoformat(cell.key))
        return self._cell(cell.key, cell, self._language(N_("not named")) if label == "–" else label)

    def _cell(self, key: str | None, cell: Cell, label: str) -> RateShown:
        return RateShown(
            key, cell.received, cell.digitised, cell.delivered, cell.excluded, cell.rate, label
        )  # fmt: skip

    def today(self) -> TodayShown:
        return TodayShown(**reporting.today(self._session.station))

    def behind(self, listing: Listing) -> Sequence[BehindShown]:
        """The dossiers behind a number, those not digitised with their age and reason."""
        station = self._session.station
        found = self._listed(station, listing)
        today = station.clock().astimezone().date()
        with station.reading() as conn:
            records = {f.dossier_code: reference.find(conn, f.dossier_code) for f in found}
        return tuple(self._behind(f, records[f.dossier_code], today) for f in found)

    def _listed(self, station: Station, listing: Listing) -> list[Listed]:
        question = listing.question
        return reporting.behind(
            station, *_days(question), question.by, question.stage, question.rule, listing.key, listing.shown, listing.why
        )  # fmt: skip

    def _behind(self, row: Listed, record: reference.ProcedureRecord | None, today: date) -> BehindShown:
        counted = N_("digitised and delivered") if row.delivered else N_("digitised")
        received = date.fromisoformat(row.received_on) if row.received_on else None
        return BehindShown(
            code=row.dossier_code,
            applicant_name=record.applicant_name if record else "",
            procedure_name=record.procedure_name if record else row.procedure_code,
            received_on=received,
            age_days=(today - received).days if received and not row.digitised else None,
            receiver=row.receiver or "",
            state=self._language(row.why or counted),
        )

    def outlook(self) -> OutlookShown:
        language = self._language
        found = supervising.outlook(self._session.station)
        names = {name: language(words) for name, words in supervising.STEP_NAMES.items()}
        return OutlookShown(
            alerts=tuple(outlook.alert_sentence(alert, language, language.code) for alert in found.alerts),
            forecasts=tuple(
                (
                    f"{language(sheets.STAGE_NAMES[stage])}: {language.percent(forecast.rate)}",
                    tuple(outlook.forecast_sentences(forecast, language, language.code)),
                )
                for stage, forecast in found.forecasts.items()
            ),
            steps=tuple(
                StepShown(names[s.name], s.dossiers, s.mean_hours, s.median_hours, s.share)
                for s in found.steps
            ),
            slowest=names[found.bottleneck] if found.bottleneck else "",
            missing=tuple(MissingShown(why, language(WHY[why]), n) for why, n in found.missing.items()),
            since=date.fromisoformat(found.since),
            until=date.fromisoformat(found.until),
        )

    def people(self, question: Question) -> Sequence[WorkShown]:
        found = supervising.people(self._session.station, *_days(question))
        return tuple(WorkShown(**vars(person)) for person in found)

    def scanners(self, question: Question) -> ScannersShown:
        language = self._language
        found = supervising.scanners(self._session.station, *_days(question))
        return ScannersShown(
            tuple(
                ScannerShown(
                    s.device, s.sides, s.batches, s.seconds, s.sides_a_minute, s.faults, language.moment_text(s.last_used_at)
                )
                for s in found.scanners
            ),
            tuple(
                FaultShown(language.moment_text(f.at), f.device, language(f.sentence, **f.values)) for f in found.faults
            ),
        )  # fmt: skip

    # ---- files

    def export(self, question: Question, file: Path) -> None:
        """CSV, XLSX or PDF by the file's ending."""
        station = self._session.station
        answer = self._ask(station, question, question.by)
        self._write(report_sheets.sheets_of_rates(station, answer, self._language, self._language.code), file)

    def export_form(self, question: Question, file: Path) -> None:
        since, until = _days(question)
        found = reporting.official_form(self._session.station, since, until)
        self._write([report_sheets.sheet_of_form(found, since, until, self._language)], file)

    def export_behind(self, listing: Listing, file: Path) -> None:
        station = self._session.station
        words = sheets.period_text(*_days(listing.question), self._language)
        today = station.clock().astimezone().date()
        found = self._listed(station, listing)
        self._write(
            [sheets.sheet_of_list(found, today, f"{listing.label} {words}".strip(), self._language)],
            file,
        )

    def _write(self, made: list[Sheet], file: Path) -> None:
        letterhead = letterhead_of(self._session.station)
        report_files.write(made, file.suffix.lower().lstrip("."), file, self._language.code, letterhead)


def _points(report: RuleReport, first: date) -> tuple[DayShown, ...]:
    days = [(date.fromisoformat(cell.key), cell) for cell in report.rows if len(cell.key) == 10]
    return tuple(
        DayShown((day - first).days, sheets.day_text(day), cell.rate) for day, cell in days
    )  # fmt: skip


def _first_day(report: RuleReport) -> date:
    return min((date.fromisoformat(c.key) for c in report.rows), default=date.today())


def _last_day(report: RuleReport) -> date:
    return max((date.fromisoformat(c.key) for c in report.rows), default=date.today())


def _days(question: Question) -> tuple[str, str]:
    since = question.since.isoformat() if question.since else FIRST_DAY
    until = question.until.isoformat() if question.until else LAST_DAY
    return since, until
