"""The verify screen's office: doubtful fields of every open dossier, values, rejections."""

from collections.abc import Iterable, Sequence

from station.store import pages, reference
from station.ui.language import Language
from station.ui.shown import DoubtShown
from station.ui.verbs.session import Session
from station.ui.verbs.showing import Shower, picture_key
from station.work import standing, verifying


class VerifyVerbs:
    """Jobs of the verify screen."""

    def __init__(self, session: Session, language: Language) -> None:
        self._session = session
        self._language = language

    def list_doubts(self) -> Sequence[DoubtShown]:
        """Critical fields first, then the flagged ones, dossier by dossier; what only others may verify last."""
        station = self._session.station
        shower = Shower(self._language, standing.catalogue_of(station), station.settings.sure_from)
        found = verifying.list_open_fields(station)
        records: dict[str, reference.ProcedureRecord | None] = {}
        with station.reading() as conn:
            for item in found:
                if item.dossier_code not in records:
                    records[item.dossier_code] = reference.find(conn, item.dossier_code)
        own = {
            item.document.id: verifying.needs_second_person(station, item.document)
            for item in {i.document.id: i for i in found}.values()
        }
        keys = self._picture_keys(item.field.page_id for item in found)
        found.sort(key=lambda item: own[item.document.id])
        return tuple(
            DoubtShown(
                field=shower.field(item.document, item.field, own[item.document.id]),
                dossier_code=item.dossier_code,
                document_title=shower.title(item.document.type_id),
                record_value=_of_record(records[item.dossier_code], item.field.name),
                picture_key=keys.get(item.field.page_id, ""),
            )
            for item in found
        )

    def _picture_keys(self, page_ids: Iterable[int | None]) -> dict[int | None, str]:
        found: dict[int | None, str] = {}
        with self._session.station.reading() as conn:
            for page_id in {p for p in page_ids if p is not None}:
                page = pages.get_page(conn, page_id)
                found[page_id] = picture_key(pages.get_side(conn, page.side_id), page.half)
        return found

    def give_value(self, document_id: int, name: str, value: str, keys: int) -> None:
        verifying.correct(self._session.station, document_id, name, value, keys)

    def take_back(self, document_id: int, name: str) -> None:
        verifying.take_back(self._session.station, document_id, name)

    def reject(self, document_id: int, page_id: int | None, reason: str, note: str, keys: int) -> int:
        """The rescan task's id."""
        return verifying.reject(self._session.station, document_id, page_id, reason, note, keys)

    def withdraw(self, task_id: int) -> None:
        verifying.withdraw_rescan(self._session.station, task_id)


def _of_record(record: reference.ProcedureRecord | None, field: str) -> str:
    """What the procedure record holds for a field, empty where it has no such column."""
    if record is None:
        return ""
    if field in standing.RECORD_COLUMNS:
        return str(getattr(record, standing.RECORD_COLUMNS[field]) or "")
    if field in ("applicant_id", "id_number", "owner_id"):
        return record.applicant_id
    if field in ("applicant_name", "full_name", "owner_name"):
        return record.applicant_name
    if field == "dob":
        return record.date_of_birth
    return ""
