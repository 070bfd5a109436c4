"""Who is who in a dossier: the persons its papers mention, and which mentions are one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from forms.doctype import DocumentType
from forms.normalise import digits_only, fold
from forms.proposal import FieldReading, ProposedDocument, Record

#: Readings below this confidence may be anything: hands that were taken for print, worn copies.
UNSURE = 0.55
#: Names of one person read twice are at least this alike.
SAME_NAME_FROM = 88
#: Ids of one person read twice differ in at most so many digits.
SAME_ID_DIGITS = 2

#: In whose role the dossier's applicant appears, by document type.
APPLICANT_ROLES: Mapping[str, tuple[str, ...]] = {
    "giay_tiep_nhan": ("applicant",),
    "don_bien_dong": ("applicant",),
    "don_cap_gcn": ("applicant",),
    "don_tach_hop_thua": ("applicant",),
    "don_chuyen_muc_dich": ("applicant",),
    "phieu_kiem_soat": ("applicant",),
    "khac": ("applicant",),
    "to_khai_lptb": ("taxpayer",),
    "thong_bao_thue": ("taxpayer",),
    "hop_dong_chuyen_nhuong": ("party_b", "party_b_spouse"),
    "hop_dong_tang_cho": ("party_b", "party_b_spouse"),
    "hop_dong_the_chap": ("party_a", "party_a_spouse"),
    "phieu_yeu_cau_dang_ky_the_chap": ("party_a",),
    "giay_uy_quyen": ("principal",),
}

_SPECIAL = {
    "": {
        "name": "full_name",
        "id": "id_number",
        "dob": "dob",
        "address": "residence",
        "hometown": "hometown",
    },
}


@dataclass(frozen=True)
class Mention:
    """A person in one document. `role` is the prefix of the fields, "" for the person a card or paper is about.

    `is_record` marks the record's applicant, which is no document.
    """

    document: int
    role: str
    name: str
    number: str
    birth: str
    by_hand: bool
    applicant: bool
    short_address: bool = False
    is_record: bool = False

    def field_of(self, attribute: str) -> str | None:
        """The field that holds an attribute of this mention."""
        if self.is_record:
            return None
        if self.role == "":
            return _SPECIAL[""].get(attribute)
        return f"{self.role}_{attribute}"


def mentions_of(index: int, document: ProposedDocument, kind: DocumentType) -> list[Mention]:
    """Every person a document has fields for, also those of whom nothing was read."""
    roles: list[str] = []
    for spec in kind.fields:
        if spec.name == "full_name":
            roles.append("")
        elif spec.name.endswith("_name") and spec.name != "procedure_name":
            roles.append(spec.name[: -len("_name")])
    found = []
    for role in roles:
        name, number, birth = (_read(document.fields, role, a) for a in ("name", "id", "dob"))
        found.append(
            Mention(
                document=index,
                role=role,
                name=name.value if name else "",
                number=digits_only(number.value) if number else "",
                birth=birth.value if birth else "",
                by_hand=any(r is not None and hard_to_read(r) for r in (name, number)),
                applicant=role in APPLICANT_ROLES.get(document.type_id, ()),
                short_address=kind.card,
            )
        )
    return found


def hard_to_read(reading: FieldReading) -> bool:
    """Written by hand, or read with so little confidence that it might be."""
    return reading.kind == "handwritten" or reading.confidence < UNSURE


def _read(fields: Mapping[str, FieldReading], role: str, attribute: str) -> FieldReading | None:
    name = _SPECIAL[""].get(attribute, "") if role == "" else f"{role}_{attribute}"
    return fields.get(name)


def cluster(
    documents: Sequence[ProposedDocument], kinds: Sequence[DocumentType], record: Record | None
) -> list[list[Mention]]:
    """Mentions grouped by person. The record's applicant is a mention of its own."""
    mentions = [m for i, d in enumerate(documents) for m in mentions_of(i, d, kinds[i])]
    if record is not None:
        mentions.append(
            Mention(
                -1,
                "applicant",
                record.applicant_name,
                record.applicant_id,
                record.date_of_birth,
                False,
                True,
                is_record=True,
            )
        )
    groups: list[list[Mention]] = []
    for mention in sorted(mentions, key=lambda m: (m.by_hand, not m.is_record, not m.number, not m.name)):
        home = max(groups, key=lambda g: _likeness(mention, g), default=None)
        if home is not None and _likeness(mention, home) > 0:
            home.append(mention)
        else:
            groups.append([mention])
    return _with_unread_applicants(groups)


def _likeness(mention: Mention, group: Sequence[Mention]) -> float:
    """How sure a mention is of a group: 0 for not at all."""
    return max((_same(mention, other) for other in group), default=0.0)


def _same(one: Mention, other: Mention) -> float:
    if one.document == other.document and one.role != other.role:
        return 0.0
    apart = _digits_apart(one.number, other.number)
    names = fuzz.ratio(fold(one.name), fold(other.name)) if one.name and other.name else None
    if apart == 0:
        return 1.0 if names is None or names >= 45 else 0.4
    if names is not None and names >= SAME_NAME_FROM:
        if apart is None or apart <= SAME_ID_DIGITS or one.by_hand or other.by_hand:
            return 0.9
        return 0.0
    if apart is not None and apart <= SAME_ID_DIGITS:
        return 0.8 if names is None or names >= 45 else 0.0
    if (
        names is not None
        and names >= 62
        and (one.by_hand or other.by_hand)
        and one.applicant
        and other.applicant
    ):
        return 0.5
    return 0.0


def _digits_apart(one: str, other: str) -> int | None:
    """In how many places two numbers of one length differ; None when they cannot be compared."""
    if not one or not other or len(one) != len(other) or len(one) < 9:
        return None
    return sum(a != b for a, b in zip(one, other, strict=True))


def _with_unread_applicants(groups: list[list[Mention]]) -> list[list[Mention]]:
    """Applicants nobody could read join the applicant whom print or the record names."""
    known = [g for g in groups if any(m.applicant and not m.by_hand and (m.name or m.number) for m in g)]
    if len(known) != 1:
        known = [g for g in groups if any(m.is_record for m in g)]
    if len(known) != 1:
        return groups
    home = known[0]
    kept = []
    for group in groups:
        lone = group is not home and len(group) == 1
        if (
            lone
            and group[0].applicant
            and (group[0].by_hand or not (group[0].name or group[0].number))
            and not group[0].role.endswith("spouse")
        ):
            home.append(group[0])
        else:
            kept.append(group)
    return kept
