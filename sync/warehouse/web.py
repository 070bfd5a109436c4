"""The warehouse in a browser: sign-in, what each branch has delivered, search, a paper's PDF.

Plain pages without scripts, for old browsers and slow lines. A form counts only with the token of its session; the
sign-in form, which has no session yet, with one that must equal its cookie.
"""

import hmac
import secrets
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Cookie, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from jinja2 import DictLoader, Environment, select_autoescape
from sqlalchemy import func, select

from station.core.errors import N_
from station.core.texts import LANGUAGES, translator
from sync.warehouse import catalogue, schema
from sync.warehouse.callers import House, pictures
from sync.warehouse.objects import bag_key
from sync.warehouse.schema import utc_text, writing
from sync.warehouse.signing_in import SESSION_LIFE, Signed, SignInRefused, find_signed, sign_in, sign_out
from sync.warehouse.stations import Caller
from sync.warehouse.uploads import Warehouse

router = APIRouter(include_in_schema=False)

SESSION_COOKIE, FORM_COOKIE = "session", "form"
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
TEXTS = {
    "title": N_("Provincial warehouse"),
    "name": N_("Name"),
    "password": N_("Password"),
    "sign_in": N_("Sign in"),
    "sign_out": N_("Sign out"),
    "search": N_("Search"),
    "found": N_("Found"),
    "dossier": N_("Dossier"),
    "dossiers": N_("Dossiers"),
    "paper": N_("Paper"),
    "papers": N_("Papers"),
    "branch": N_("Branch"),
    "by_branch": N_("Delivered by branch"),
    "pages": N_("Pages"),
    "conflicts": N_("Conflicts"),
    "reports": N_("Digitization rates"),
    "last": N_("Last received (UTC)"),
}

SessionCookie = Annotated[str | None, Cookie(alias=SESSION_COOKIE)]


@router.get("/")
async def start(
    request: Request,
    house: House,
    session: SessionCookie = None,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What has been delivered, and what a search finds."""
    signed = await signed_in(house, session)
    if signed is None:
        return RedirectResponse("/sign-in", 303)

    def look() -> tuple[list[Any], list[Any]]:
        with writing(house.engine) as conn:
            found = catalogue.search(conn, signed.caller, q) if q else []
            for branch in {row["branch"] for row in found}:
                catalogue.note_reading(conn, utc_text(house.now()), signed.caller.name, branch, "search")
            return found, _branches(conn, signed.caller)

    found, branches = await to_thread.run_sync(look)
    return page(request, "start.html", signed, words=q, found=found, branches=branches)


@router.get("/papers/{package_id}/{number}")
async def paper(package_id: str, number: int, house: House, session: SessionCookie = None) -> Response:
    """A paper's PDF; the look is written down."""
    signed = await signed_in(house, session)
    if signed is None:
        return RedirectResponse("/sign-in", 303)
    if not pictures.take(signed.caller.name):
        raise HTTPException(429, headers={"Retry-After": "10"})

    def look() -> Any:
        with writing(house.engine) as conn:
            row = catalogue.find_document(conn, signed.caller, package_id, number)
            if row is not None:
                at, name = utc_text(house.now()), signed.caller.name
                catalogue.note_reading(conn, at, name, row["branch"], "read document", package_id, number)
            return row

    row = await to_thread.run_sync(look)
    if row is None:
        raise HTTPException(404)
    return StreamingResponse(
        house.objects.read(bag_key(row["bag_sha256"]), row["bag_offset_bytes"], row["size_bytes"]),
        media_type="application/pdf",
        headers={"Content-Length": str(row["size_bytes"])},
    )


@router.get("/sign-in")
async def sign_in_form(request: Request) -> Response:
    return _sign_in_page(request, None, 200)


@router.post("/sign-in")
async def take_sign_in(
    request: Request,
    house: House,
    name: Annotated[str, Form(max_length=100)],
    password: Annotated[str, Form(max_length=200)],
    csrf: Annotated[str, Form(max_length=100)],
    form: Annotated[str | None, Cookie(alias=FORM_COOKIE)] = None,
) -> Response:
    """Begins a session."""
    if not form or not hmac.compare_digest(form.encode(), csrf.encode()):
        raise HTTPException(403)
    try:
        token = await to_thread.run_sync(sign_in, house.engine, name, password, house.now())
    except SignInRefused as refused:
        return _sign_in_page(request, refused.text(translator(language_of(request))), 403)
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(FORM_COOKIE)
    _set_cookie(request, answer, SESSION_COOKIE, token)
    return answer


@router.post("/sign-out")
async def take_sign_out(
    house: House, csrf: Annotated[str, Form(max_length=100)], session: SessionCookie = None
) -> Response:
    """Ends the session at the server, not only in the browser."""
    signed = await signed_in(house, session)
    if signed is not None:
        if not hmac.compare_digest(signed.csrf.encode(), csrf.encode()):
            raise HTTPException(403)
        await to_thread.run_sync(sign_out, house.engine, session or "")
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@router.get("/style.css")
async def style() -> Response:
    text = (files("resources") / "web" / "style.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css")


async def signed_in(house: Warehouse, session: str | None) -> Signed | None:
    """Who is signed in in this browser."""
    if not session:
        return None
    return await to_thread.run_sync(find_signed, house.engine, session, house.now())


def page(
    request: Request, name: str, signed: Signed | None, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of resources/web in the reader's language."""
    language = language_of(request)
    translate = translator(language)
    texts = {key: translate(sentence) for key, sentence in TEXTS.items()}
    body = _templates().get_template(name).render(t=texts, language=language, signed=signed, **values)
    return HTMLResponse(
        body, status, headers={"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    )


def language_of(request: Request) -> str:
    """The first language the browser asks for that there is; Vietnamese otherwise."""
    for part in request.headers.get("Accept-Language", "").split(","):
        language = part.split(";")[0].strip()[:2].lower()
        if language in LANGUAGES:
            return language
    return "vi"


@cache
def _templates() -> Environment:
    folder = files("resources") / "web"
    pages = {e.name: e.read_text(encoding="utf-8") for e in folder.iterdir() if e.name.endswith(".html")}
    return Environment(loader=DictLoader(pages), autoescape=select_autoescape())


def _sign_in_page(request: Request, problem: str | None, status: int) -> Response:
    csrf = secrets.token_urlsafe(24)
    answer = page(request, "sign_in.html", None, status, problem=problem, csrf=csrf)
    _set_cookie(request, answer, FORM_COOKIE, csrf)
    return answer


def _set_cookie(request: Request, answer: Response, name: str, value: str) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=bool(request.app.state.over_tls),
    )


def _branches(conn: Any, caller: Caller) -> list[Any]:
    package, document = schema.package, schema.document
    papers = select(document.c.branch, func.count().label("papers")).group_by(document.c.branch).subquery()
    query = (
        select(
            package.c.branch,
            func.count(func.distinct(package.c.dossier_code)).label("dossiers"),
            func.coalesce(func.max(papers.c.papers), 0).label("papers"),
            func.count().filter(package.c.conflict > 0).label("conflicts"),
            func.max(package.c.received_at).label("last"),
        )
        .outerjoin(papers, papers.c.branch == package.c.branch)
        .group_by(package.c.branch)
        .order_by(package.c.branch)
    )
    if not caller.reads_all:
        query = query.where(package.c.branch == (caller.branch or ""))
    return list(conn.execute(query).mappings())
