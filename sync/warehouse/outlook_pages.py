"""Beside the rates: what comes next, as JSON, and the tables of the pages as files for a spreadsheet."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from station.core import sheets
from station.core.errors import N_
from station.core.sheet_files import csv_bytes, xlsx_bytes
from station.core.texts import translator
from sync.warehouse import report
from sync.warehouse.callers import Anyone, House
from sync.warehouse.report_choices import By
from sync.warehouse.report_outlook import outlook, outlook_json
from sync.warehouse.report_pages import (
    MAY_ASK,
    Asked,
    AskedList,
    Branch,
    refuse_foreign,
)
from sync.warehouse.report_words import row_label
from sync.warehouse.schema import reading
from sync.warehouse.web import SessionCookie, language_of, signed_in

router = APIRouter(include_in_schema=False)
api_router = APIRouter()

# As many rows as old spreadsheets hold in one sheet.
FILE_ROWS = 65_000
CUT_OFF = N_("Only the first {count} dossiers are in this file. Choose a shorter period for the rest.")


class FileForm(StrEnum):
    csv = "csv"
    xlsx = "xlsx"


MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@api_router.get("/v1/reports/outlook")
async def outlook_answer(caller: Anyone, house: House, branch: Branch = "") -> dict[str, Any]:
    """How the running quarter will close, and the branches that are below the target, silent or overdue."""
    if caller.role not in MAY_ASK:
        raise HTTPException(403)
    refuse_foreign(caller, branch)

    def look() -> dict[str, Any]:
        with reading(house.engine) as conn:
            today = house.now().astimezone().date()
            return outlook_json(outlook(conn, caller, today, house.target_rate, house.closed, branch))

    return await to_thread.run_sync(look)


@router.get("/reports/file")
async def rates_file(
    request: Request,
    house: House,
    form: FileForm,
    wanted: Annotated[Asked, Depends()],
    session: SessionCookie = None,
) -> Response:
    """The table of rates, a sheet a rule."""
    signed = await signed_in(house, session)
    if signed is None:
        return RedirectResponse("/sign-in", 303)
    caller, language = signed.caller, language_of(request)
    refuse_foreign(caller, wanted.branch)
    first, last = wanted.days
    by, stage = wanted.by, wanted.stage
    translate = translator(language)

    def label(key: str) -> sheets.Value:
        return date.fromisoformat(key) if by is By.day and key else row_label(by.value, key, translate)

    def look() -> bytes:
        with reading(house.engine) as conn:
            found = report.rule_reports(conn, caller, by.value, stage.value, first, last, wanted.branch)
        period = sheets.period_text(first, last, translate)
        made = [
            sheets.sheet_of_rule(said, by.value, stage.value, period, label, translate)
            for said in found.values()
        ]
        return _file(form, made, language)

    return _download(await to_thread.run_sync(look), form, f"rates-{first}-{last}")


@router.get("/reports/dossiers/file")
async def dossiers_file(
    request: Request,
    house: House,
    form: FileForm,
    wanted: Annotated[AskedList, Depends()],
    session: SessionCookie = None,
) -> Response:
    """The dossiers behind a number."""
    signed = await signed_in(house, session)
    if signed is None:
        return RedirectResponse("/sign-in", 303)
    caller, language = signed.caller, language_of(request)
    refuse_foreign(caller, wanted.branch)
    first, last = wanted.days
    translate = translator(language)

    def look() -> bytes:
        question = (wanted.rule.value, wanted.by.value, wanted.stage.value, first, last, wanted.key)
        with reading(house.engine) as conn:
            found = report.behind(
                conn, caller, *question, branch=wanted.branch, shown=wanted.shown.value, limit=FILE_ROWS + 1
            )
        words = f"{translate(sheets.STAGE_NAMES[wanted.stage.value])}, {translate(sheets.RULE_NAMES[wanted.rule.value])}."
        words = f"{words} {sheets.period_text(first, last, translate)}".strip()
        if len(found) > FILE_ROWS:
            words = f"{words} {translate(CUT_OFF).format(count=FILE_ROWS)}"
        made = sheets.sheet_of_list(found[:FILE_ROWS], house.now().astimezone().date(), words, translate)
        return _file(form, [made], language)

    return _download(await to_thread.run_sync(look), form, f"dossiers-{first}-{last}")


def _file(form: FileForm, made: list[sheets.Sheet], language: str) -> bytes:
    return csv_bytes(made, language) if form is FileForm.csv else xlsx_bytes(made)


def _download(body: bytes, form: FileForm, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form.value}"'}
    return Response(body, media_type=MEDIA_TYPES[form.value], headers=headers)
