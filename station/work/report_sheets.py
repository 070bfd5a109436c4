"""The station's reports as sheets: rates with the names people read, and the official form."""

from datetime import date

from station.core import levels
from station.core.errors import N_
from station.core.official_form import COLUMNS, Form, FormRow
from station.core.sheets import TOTAL, Sheet, Translate, Value, period_text, sheet_of_rule
from station.work import standing
from station.work.reporting import Rates
from station.work.station import Station

FORM_TITLE = N_("Digitization of dossiers and results of administrative procedures")


def row_label(station: Station, by: str, key: str, translate: Translate, language: str) -> str:
    """What is read for a row's key; – for records that do not name one."""
    if by == "procedure":
        known = standing.catalogue_of(station).find_procedure(key)
        return known.names.get(language, known.names["vi"]) if known else key or "–"
    if by == "level":
        return translate(levels.NAMES[key])
    return key or "–"


def sheets_of_rates(station: Station, answer: Rates, translate: Translate, language: str) -> list[Sheet]:
    """One sheet a rule."""
    period = period_text(answer.since, answer.until, translate)

    def label(key: str) -> Value:
        if answer.by == "day" and key:
            return date.fromisoformat(key)
        return row_label(station, answer.by, key, translate, language)

    return [
        sheet_of_rule(report, answer.by, answer.stage, period, label, translate)
        for report in answer.rules.values()
    ]


def sheet_of_form(form: Form, since: str, until: str, translate: Translate) -> Sheet:
    """The official form: groups with their offices, the total last."""
    rows: list[tuple[Value, ...]] = []
    strong = set()
    for group in form.groups:
        strong.add(len(rows))
        rows.append(_form_row(group.line, translate(group.line.name)))
        rows += [_form_row(row, row.name) for row in group.rows]
    strong.add(len(rows))
    rows.append(_form_row(form.total, translate(TOTAL)))
    return Sheet(
        name=translate(N_("Form")),
        title=translate(FORM_TITLE),
        subtitle=period_text(since, until, translate),
        headings=(
            translate(N_("No.")), translate(N_("Office")), *(translate(name) for _, name in COLUMNS),
            translate(N_("Dossiers %")), translate(N_("Results %")),
        ),
        rows=tuple(rows),
        strong=frozenset(strong),
        notes=tuple(map(translate, form.reasons)),
    )  # fmt: skip


def _form_row(row: FormRow, name: str) -> tuple[Value, ...]:
    return (row.number, name, *(row.figures[key] for key, _ in COLUMNS), row.intake_rate, row.result_rate)
