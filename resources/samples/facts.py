"""Which values each type of paper carries, under the names the readers use.

`FIELD_NAMES` are the fields of a type; `known_values` are all values its wording may name: the fields,
and everything else that is printed but is not a field (the office's head, the place of signing, …).
"""

import random
from datetime import date, timedelta

from resources.samples import people
from resources.samples.case import PURPOSE_CODES, Case
from resources.samples.people import Person, day_text

_LAND = "parcel_no map_sheet area_m2 parcel_address land_purpose"
_LAND_IN_FULL = _LAND + " land_form land_term land_origin"
_CERTIFICATE = "certificate_serial certificate_book_no certificate_date"
_PARTIES = (
    "party_a_name party_a_id party_a_address party_a_spouse_name party_a_spouse_id party_a_spouse_address"
)
_TAKERS = (
    "party_b_name party_b_id party_b_address party_b_spouse_name party_b_spouse_id party_b_spouse_address"
)
_TAXPAYER = "taxpayer_name tax_code taxpayer_id taxpayer_address taxpayer_phone"

FIELD_NAMES: dict[str, frozenset[str]] = {
    name: frozenset(text.split())
    for name, text in {
        "giay_tiep_nhan": "receipt_no received_at dossier_code applicant_name applicant_id applicant_address applicant_phone procedure_name due_at",
        "phieu_kiem_soat": "dossier_code agency applicant_name",
        "don_bien_dong": f"agency applicant_name applicant_id applicant_address applicant_phone {_CERTIFICATE} {_LAND} doc_date",
        "don_cap_gcn": f"agency applicant_name applicant_id applicant_address applicant_phone {_LAND} land_term land_origin doc_date",
        "hop_dong_chuyen_nhuong": f"contract_date notary_office {_PARTIES} {_TAKERS} {_CERTIFICATE} {_LAND_IN_FULL} price_vnd notary_no",
        "hop_dong_tang_cho": f"contract_date notary_office {_PARTIES} {_TAKERS} {_CERTIFICATE} {_LAND_IN_FULL} price_vnd notary_no",
        "hop_dong_the_chap": f"contract_no contract_date {_PARTIES} party_b_name {_CERTIFICATE} {_LAND_IN_FULL} loan_vnd price_vnd notary_no notary_office",
        "giay_chung_nhan": f"owner_name owner_id owner_spouse_name owner_spouse_id owner_address {_LAND_IN_FULL} {_CERTIFICATE}",
        "cccd": "id_number full_name dob sex nationality hometown residence expiry_date issue_date",
        "to_khai_lptb": f"doc_date {_TAXPAYER} {_LAND} contract_date price_vnd",
        "to_khai_tncn": f"doc_date {_TAXPAYER} {_LAND} price_vnd tax_vnd",
        "thong_bao_thue": f"doc_no dossier_code taxpayer_name tax_code taxpayer_id taxpayer_address {_LAND} amount_vnd",
        "trich_luc_ban_do": f"doc_no {_LAND} owner_name doc_date",
        "giay_ket_hon": "doc_no wife_name wife_dob wife_id husband_name husband_dob husband_id agency marriage_date",
        "xac_nhan_cu_tru": "doc_no confirmed_at full_name dob sex id_number nationality hometown residence",
        "giay_uy_quyen": "doc_date principal_name principal_dob principal_address principal_id agent_name agent_dob agent_address agent_id parcel_no map_sheet",
        "phieu_yeu_cau_dang_ky_the_chap": f"agency received_at requester_name party_a_name party_a_address party_a_id party_b_name {_LAND} {_CERTIFICATE} contract_no contract_date",
        "khac": "procedure_name applicant_name parcel_address parcel_no map_sheet dossier_code received_at",
    }.items()
}


def known_values(case: Case, doc_type: str, rng: random.Random, *, with_code: bool) -> dict[str, str]:
    """Every value a paper of this type may name, as the truth holds it; `with_code` prints the dossier code."""
    applicant = case.applicant
    signed = case.received - timedelta(days=rng.randint(0, 4))
    known = {
        "dossier_code": case.dossier_code if with_code else "",
        "procedure_name": case.procedure_name,
        "procedure_code": case.procedure.code,
        "received_at": day_text(case.received),
        "due_at": day_text(case.due),
        "working_days": str(case.procedure.days),
        "receipt_no": f"{rng.randint(20, 9000)}/{rng.choice(('TNHS', 'BPMC', 'GTN'))}",
        "doc_date": day_text(signed),
        "confirmed_at": day_text(signed),
        "doc_no": f"{rng.randint(10, 990)}",
        "branch": case.branch,
        "price_vnd": str(case.price),
        "tax_vnd": str(case.price // 50),
        "amount_vnd": str(max(50_000, case.price // 200 // 1000 * 1000)),
        "loan_vnd": str(case.price // 2 // 1_000_000 * 1_000_000),
        "bank": case.bank,
        "contract_no": case.contract_no,
        "contract_date": day_text(case.contract_date),
        "contract_ahead": f"{rng.randint(1, 9000)}",
        "hour": f"{rng.randint(7, 16):02d}",
        "minute": f"{rng.randint(0, 59):02d}",
    }
    known |= _land_values(case) | _office_values(case, rng)
    known |= _person_values("applicant", applicant) | _person_values("agent", case.agent)
    known |= _person_values("principal", applicant)
    known |= _person_values("party_a", case.giver) | _person_values("party_a_spouse", case.giver_spouse)
    known |= _person_values("party_b", case.taker) | _person_values("party_b_spouse", case.taker_spouse)
    known |= _person_values("owner", case.certificate.owner) | _person_values(
        "owner_spouse", case.certificate.spouse
    )
    known |= _special_values(case, doc_type, rng, signed)
    return known


def _land_values(case: Case) -> dict[str, str]:
    land, certificate = case.land, case.certificate
    return {
        "parcel_no": land.parcel_no,
        "map_sheet": land.map_sheet,
        "area_m2": land.area_m2,
        "parcel_address": land.address,
        "land_purpose": land.purpose,
        "land_code": PURPOSE_CODES[land.purpose],
        "land_form": land.form,
        "land_term": land.term,
        "land_origin": land.origin,
        "certificate_serial": certificate.serial,
        "certificate_book_no": certificate.book_no,
        "certificate_date": day_text(certificate.issued),
    }


def _person_values(prefix: str, who: Person | None) -> dict[str, str]:
    if who is None:
        return {
            f"{prefix}_{part}": ""
            for part in ("name", "id", "address", "dob", "phone", "sex", "title", "kin", "issued")
        }
    return {
        f"{prefix}_name": who.name,
        f"{prefix}_id": who.id_number,
        f"{prefix}_address": who.address,
        f"{prefix}_dob": who.born_text,
        f"{prefix}_phone": who.phone,
        f"{prefix}_sex": who.sex,
        f"{prefix}_title": "Ông" if who.sex == "Nam" else "Bà",
        f"{prefix}_kin": "chồng" if who.sex == "Nam" else "vợ",
        f"{prefix}_issued": day_text(who.card_issued),
    }


def _office_values(case: Case, rng: random.Random) -> dict[str, str]:
    where = case.land.place
    if case.two_tier:
        head, centre = f"ỦY BAN NHÂN DÂN {where.commune.upper()}", "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG"
        notary_ward = where.commune
    else:
        head, centre = f"ỦY BAN NHÂN DÂN {where.district.upper()}", "BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ"
        notary_ward = where.district
    notary = rng.choice(
        (
            f"Phòng Công chứng số {rng.randint(1, 4)} tỉnh {where.province}",
            f"Văn phòng công chứng {people.name('Nam', rng)}",
        )
    )
    return {
        "office_head": head,
        "office_centre": centre,
        "commune": where.commune,
        "commune_upper": where.commune.upper(),
        "district": where.district,
        "province": where.province,
        "place": people.bare(where.commune),
        "agency": rng.choice((case.branch, f"Ủy ban nhân dân {where.commune}")),
        "land_office_head": f"VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI TỈNH {where.province.upper()}",
        "branch_upper": case.branch.upper(),
        "tax_office": f"Thuế cơ sở {rng.randint(1, 9)} tỉnh {where.province}"
        if case.two_tier
        else f"Chi cục Thuế {where.district}",
        "notary_office": notary,
        "notary_no": f"{rng.randint(10, 9800)}",
        "notary_book": f"{rng.randint(1, 30):02d}",
        "notary_ward": notary_ward,
        "notary_name": people.name(rng.choice(("Nam", "Nữ")), rng),
        "officer": people.name(rng.choice(("Nam", "Nữ")), rng),
        "director": people.name("Nam", rng),
        "stamp_text": rng.choice((f"ỦY BAN NHÂN DÂN {where.commune.upper()} *", f"{case.branch.upper()} *")),
    }


def _special_values(case: Case, doc_type: str, rng: random.Random, signed: date) -> dict[str, str]:
    """Values that only this type of paper has, or has under a general name."""
    applicant = case.applicant
    if doc_type in ("to_khai_lptb", "thong_bao_thue", "to_khai_tncn"):
        payer = case.giver if doc_type == "to_khai_tncn" else applicant
        code = payer.id_number if case.two_tier or rng.random() < 0.4 else tax_code(rng)
        taxes = _person_values("taxpayer", payer) | {"tax_code": code}
        return taxes | (
            {"doc_no": f"{rng.randint(100, 9800)}/TB-{rng.choice(('CCT', 'TCS', 'CCTKV'))}"}
            if doc_type == "thong_bao_thue"
            else {}
        )
    if doc_type == "xac_nhan_cu_tru":
        return identity_values(applicant, with_expiry=False) | {
            "doc_no": f"{rng.randint(10, 4000)}/{rng.choice(('XN', 'XNCT'))}",
            "residence": applicant.address,
        }
    if doc_type == "giay_ket_hon":
        return _marriage_values(case, rng)
    if doc_type == "trich_luc_ban_do":
        return {"doc_no": f"{rng.randint(10, 9000)}/{rng.choice(('TL', 'TLBĐ', 'TĐ'))}"}
    if doc_type in ("hop_dong_the_chap", "phieu_yeu_cau_dang_ky_the_chap"):
        return {
            "party_b_name": case.bank,
            "requester_name": case.bank if rng.random() < 0.7 else case.giver.name,
            "agency": case.branch,
        }
    if doc_type == "phieu_kiem_soat":
        return {"agency": case.branch}
    if doc_type == "giay_uy_quyen":
        return {"doc_date": day_text(signed)}
    return {}


def identity_values(who: Person, *, with_expiry: bool) -> dict[str, str]:
    """The fields of a card or of a residence paper about one person."""
    expiry = ""
    if with_expiry:
        age = who.card_issued.year - who.born.year
        until = next((limit for limit in (25, 40, 60) if age < limit - 2), None)
        expiry = f"{who.born:%d/%m}/{who.born.year + until}" if until else ""
    return {
        "full_name": who.name,
        "dob": who.born_text,
        "sex": who.sex,
        "id_number": who.id_number,
        "nationality": "Việt Nam",
        "hometown": who.hometown,
        "residence": who.card_address,
        "issue_date": day_text(who.card_issued),
        "expiry_date": expiry,
    }


def _marriage_values(case: Case, rng: random.Random) -> dict[str, str]:
    one = case.applicant
    other = (case.taker_spouse if one is case.taker else case.giver_spouse) or people.person(
        case.province, one.place, "Nữ" if one.sex == "Nam" else "Nam", case.received, rng
    )
    wife, husband = (one, other) if one.sex == "Nữ" else (other, one)
    youngest = max(wife.born, husband.born)
    married = min(
        youngest + timedelta(days=rng.randint(20 * 365, 30 * 365)), case.received - timedelta(days=40)
    )
    return (
        _person_values("wife", wife)
        | _person_values("husband", husband)
        | {
            "marriage_date": day_text(married),
            "doc_no": f"{rng.randint(1, 190)}/{married.year}",
            "agency": f"Ủy ban nhân dân {wife.place.joined()}",
        }
    )


def tax_code(rng: random.Random) -> str:
    """A ten-digit tax code with a right check digit."""
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    while True:
        digits = [8] + [rng.randint(0, 9) for _ in range(8)]
        check = 10 - sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        if check < 10:
            return "".join(map(str, [*digits, check]))
