"""Digitization rates for province and branch leaders: in the browser, and as JSON for programs with a token.

A branch's people see their own branch; another's is answered as if it did not exist.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from station.core.errors import N_
from station.core.outlook import alert_sentence, forecast_sentences, quarter_of
from station.core.rates import year_before
from station.core.sheets import KEY_NAMES, STAGE_NAMES
from station.core.texts import translator
from sync.warehouse import report
from sync.warehouse.callers import Anyone, House
from sync.warehouse.report_choices import By, Rule, Shown, Stage
from sync.warehouse.report_outlook import Outlook, outlook
from sync.warehouse.report_words import (
    CHART_HEIGHT,
    CHART_WIDTH,
    DateWrong,
    day_or,
    day_text,
    line_of,
    points_between,
    ranked,
    rate_text,
    row_label,
    year_later,
)
from sync.warehouse.schema import reading
from sync.warehouse.stations import Caller
from sync.warehouse.uploads import Warehouse
from sync.warehouse.web import SessionCookie, language_of, page, signed_in

router = APIRouter(include_in_schema=False)
api_router = APIRouter()

DOSSIERS_A_PAGE = 200
MAY_ASK = ("station", "branch", "province")

TEXTS = {
    "rates": N_("Digitization rates"),
    "from": N_("From"),
    "to": N_("To"),
    "stage": N_("Stage"),
    "rows": N_("Rows"),
    "branch": N_("Branch"),
    "all_branches": N_("All branches"),
    "show": N_("Show"),
    "by_branch": N_("Rate by branch"),
    "by_day": N_("Rate by day"),
    "received": N_("Received"),
    "digitised": N_("Digitised"),
    "missing": N_("Not digitised"),
    "delivered": N_("Delivered"),
    "undelivered": N_("Digitised, not delivered"),
    "reused": N_("With a reused paper"),
    "excluded": N_("Left out"),
    "unmapped": N_("Status unknown"),
    "withdrawn": N_("Withdrawn"),
    "stopped": N_("Stopped"),
    "transferred": N_("Transferred"),
    "late": N_("Late"),
    "partial": N_("Partial"),
    "rate": N_("Rate"),
    "total": N_("Total"),
    "official": N_("official rule: at least one paper"),
    "strict": N_("strict rule: every required paper"),
    "undated": N_("Records without a day of reception"),
    "unrecorded": N_("Delivered without a procedure record"),
    "dossier": N_("Dossier"),
    "dossiers": N_("Dossiers"),
    "received_on": N_("Received on"),
    "receiver": N_("Received by"),
    "procedure": N_("Procedure"),
    "why": N_("Why not digitised"),
    "days": N_("Days since reception"),
    "back": N_("Back to the report"),
    "previous": N_("Previous page"),
    "next": N_("Next page"),
    "all": N_("All"),
    "none": N_("No dossier."),
    "next_title": N_("Why and what next"),
    "nothing": N_("Nothing needs a look today."),
    "target": N_("Target"),
    "last_year": N_("Last year"),
    "as_csv": N_("Save as CSV"),
    "as_xlsx": N_("Save as XLSX"),
}


Written = Annotated[str, Query(max_length=40)]
Since = Annotated[str, Query(alias="from", max_length=40)]
Branch = Annotated[str, Query(max_length=64)]


@dataclass(frozen=True)
class Asked:
    """What a page of rates, or its file, was asked for; days are ISO or as written, empty for the widest."""

    since: Since = ""
    to: Written = ""
    by: By = By.branch
    stage: Stage = Stage.intake
    branch: Branch = ""

    @property
    def days(self) -> tuple[str, str]:
        """First and last day. Raises DateWrong."""
        return day_or(self.since, report.FIRST_DAY), day_or(self.to, report.LAST_DAY)


@dataclass(frozen=True)
class AskedList(Asked):
    """What a list of the dossiers behind a number, or its file, was asked for."""

    rule: Rule = Rule.official
    key: Annotated[str | None, Query(max_length=100)] = None
    shown: Shown = Shown.all


@router.get("/reports")
async def rates_page(
    request: Request,
    house: House,
    wanted: Annotated[Asked, Depends()],
    session: SessionCookie = None,
) -> Response:
    """Both rules side by side: bars by branch, line by day, and a table whose numbers open their dossiers."""
    signed = await signed_in(house, session)
    if signed is None:
        return RedirectResponse("/sign-in", 303)
    caller = signed.caller
    refuse_foreign(caller, wanted.branch)
    language = language_of(request)
    today = house.now().astimezone().date()
    first, last, problem = quarter_of(today)[0].isoformat(), today.isoformat(), None
    try:
        first, last = day_or(wanted.since, first), day_or(wanted.to, last)
    except DateWrong as wrong:
        problem = wrong.text(translator(language))

    by, stage, branch = wanted.by, wanted.stage, wanted.branch
    question = (first, last, by.value, stage.value, branch)
    found = await to_thread.run_sync(_figures, house, caller, *question)
    asked = {"from": first, "to": last, "stage": stage.value, "by": by.value, "branch": branch}
    return page(
        request,
        "reports.html",
        signed,
        422 if problem else 200,
        problem=problem,
        **_rates_shown(found, asked),
        **_outlook_shown(found["outlook"], stage.value, branch, language),
        **_words(language),
        label=lambda key: row_label(by.value, key, translator(language)),
    )


def _rates_shown(found: dict[str, Any], asked: dict[str, str]) -> dict[str, Any]:
    """What the page of rates is drawn from."""
    days, before = ranked(found["answers"]["day"]), year_later(ranked(found["before"]))
    return {
        "asked": asked,
        "answer": found["answers"][asked["by"]],
        "rows": ranked(found["answers"][asked["by"]]),
        "bars": ranked(found["answers"]["branch"]),
        "branches": found["branches"],
        "apart": found["apart"],
        "lines": {
            **{rule: line_of(days, rule) for rule in report.RULES},
            "before": points_between(before, "official", days[0]["key"], days[-1]["key"]) if days else [],
        },
        "days": (days[0]["key"], days[-1]["key"]) if days else None,
        "chart": (CHART_WIDTH, CHART_HEIGHT),
        "link": lambda **more: "/reports/dossiers?" + urlencode({**asked, **more}),
        "file": lambda form: "/reports/file?" + urlencode({**asked, "form": form}),
    }


def _outlook_shown(found: Outlook, stage: str, branch: str, language: str) -> dict[str, Any]:
    """Alerts by branch, each with the address of what is missing there, and the forecast in sentences."""
    translate = translator(language)
    quarter = {"from": found.since, "to": found.until, "branch": branch, "shown": "missing"}
    return {
        "target": found.target,
        "alerts": [
            (
                key,
                "/reports/dossiers?" + urlencode({**quarter, "by": "branch", "key": key}),
                [alert_sentence(alert, translate, language) for alert in alerts],
            )
            for key, alerts in found.alerts.items()
        ],
        "forecast": forecast_sentences(found.forecasts[stage], translate, language),
        "quarter": (found.since, found.until),
    }


@router.get("/reports/dossiers")
async def dossiers_page(
    request: Request,
    house: House,
    wanted: Annotated[AskedList, Depends()],
    session: SessionCookie = None,
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """The dossiers behind a number of the report, oldest first."""
    signed = await signed_in(house, session)
    if signed is None:
        return RedirectResponse("/sign-in", 303)
    caller = signed.caller
    refuse_foreign(caller, wanted.branch)
    first, last = wanted.days

    def look() -> list[report.Listed]:
        with reading(house.engine) as conn:
            return report.behind(
                conn,
                caller,
                wanted.rule.value,
                wanted.by.value,
                wanted.stage.value,
                first,
                last,
                wanted.key,
                branch=wanted.branch,
                shown=wanted.shown.value,
                limit=DOSSIERS_A_PAGE + 1,
                offset=(number - 1) * DOSSIERS_A_PAGE,
            )

    found = await to_thread.run_sync(look)
    asked: dict[str, Any] = {
        "from": first, "to": last, "stage": wanted.stage.value, "by": wanted.by.value, "branch": wanted.branch
    }  # fmt: skip
    detail = {
        **asked,
        "rule": wanted.rule.value,
        "shown": wanted.shown.value,
        **({} if wanted.key is None else {"key": wanted.key}),
    }
    today = house.now().astimezone().date()
    words = {**_words(language_of(request)), **_dossiers_shown(found, number, asked, detail, today)}
    return page(request, "report_dossiers.html", signed, **words)


def _dossiers_shown(
    found: list[report.Listed], number: int, asked: dict[str, Any], detail: dict[str, Any], today: date
) -> dict[str, Any]:
    """What the page of dossiers is drawn from."""
    return {
        "asked": detail,
        "found": [(dossier, _age_days(dossier, today)) for dossier in found[:DOSSIERS_A_PAGE]],
        "number": number,
        "more": len(found) > DOSSIERS_A_PAGE,
        "shown_names": [s.value for s in Shown],
        "back": "/reports?" + urlencode(asked),
        "file": lambda form: "/reports/dossiers/file?" + urlencode({**detail, "form": form}),
        "link": lambda **more: "/reports/dossiers?" + urlencode({**detail, **more}),
    }


@api_router.get("/v1/reports/rates")
async def rates_json(
    caller: Anyone,
    house: House,
    since: Since = "",
    to: Written = "",
    by: By = By.branch,
    stage: Stage = Stage.intake,
    branch: Branch = "",
) -> dict[str, Any]:
    """Rates by both rules for what the caller may see; `from` and `to` are days, both inclusive."""
    first, last = _asked_of(caller, since, to, branch)

    def look() -> dict[str, Any]:
        with reading(house.engine) as conn:
            return report.rates(conn, caller, by.value, stage.value, first, last, branch)

    return await to_thread.run_sync(look)


@api_router.get("/v1/reports/dossiers")
async def dossiers_json(
    caller: Anyone,
    house: House,
    since: Since = "",
    to: Written = "",
    by: By = By.branch,
    stage: Stage = Stage.intake,
    branch: Branch = "",
    rule: Rule = Rule.official,
    key: Annotated[str | None, Query(max_length=100)] = None,
    shown: Shown = Shown.all,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[dict[str, Any]]:
    """The dossiers behind a number of the report, oldest first, and why each is not digitised."""
    first, last = _asked_of(caller, since, to, branch)

    def look() -> list[dict[str, Any]]:
        question = (rule.value, by.value, stage.value, first, last, key)
        with reading(house.engine) as conn:
            found = report.behind(
                conn, caller, *question, branch=branch, shown=shown.value, limit=limit, offset=offset
            )
        return [vars(dossier) for dossier in found]

    return await to_thread.run_sync(look)


def _figures(
    house: Warehouse, caller: Caller, first: str, last: str, by: str, stage: str, branch: str
) -> dict[str, Any]:
    """Everything the page of rates shows, from one moment of the database."""
    with reading(house.engine) as conn:
        return {
            "answers": {
                key: report.rates(conn, caller, key, stage, first, last, branch)
                for key in {"branch", "day", by}
            },
            "apart": {
                "undated": report.undated(conn, caller, branch, DOSSIERS_A_PAGE),
                "unrecorded": report.unrecorded(conn, caller, branch, DOSSIERS_A_PAGE),
            },
            "branches": report.branches(conn, caller) if caller.reads_all else [],
            "before": report.rates(conn, caller, "day", stage, year_before(first), year_before(last), branch),
            "outlook": outlook(
                conn, caller, house.now().astimezone().date(), house.target_rate, house.closed, branch
            ),
        }


def _asked_of(caller: Caller, since: str, until: str, branch: str) -> tuple[str, str]:
    if caller.role not in MAY_ASK:
        raise HTTPException(403)
    refuse_foreign(caller, branch)
    return day_or(since, report.FIRST_DAY), day_or(until, report.LAST_DAY)


def refuse_foreign(caller: Caller, branch: str) -> None:
    """Another's branch is answered like one that does not exist."""
    if branch and not caller.reads_all and branch != caller.branch:
        raise HTTPException(404)


def _age_days(dossier: report.Listed, today: date) -> int | None:
    if dossier.digitised or not dossier.received_on:
        return None
    return (today - date.fromisoformat(dossier.received_on)).days


def _words(language: str) -> dict[str, Any]:
    """What the templates say, and how they write rates and days."""
    translate = translator(language)
    return {
        "r": {name: translate(sentence) for name, sentence in TEXTS.items()},
        "stage_names": {name: translate(sentence) for name, sentence in STAGE_NAMES.items()},
        "key_names": {name: translate(sentence) for name, sentence in KEY_NAMES.items()},
        "say": translate,
        "percent": lambda rate: rate_text(rate, language),
        "day": lambda written: day_text(written, language),
    }
