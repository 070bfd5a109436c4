"""Setting one paper of a dossier: which wording, which look, which values."""

import random
from dataclasses import dataclass, replace

from resources.samples import cards, certificate, facts, plan, template
from resources.samples.case import Case
from resources.samples.directives import carry_out
from resources.samples.sheet import Colour
from resources.samples.style import settle
from resources.samples.typeset import Paper, Typesetter

TITLES: dict[str, str] = {
    "giay_tiep_nhan": "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
    "phieu_kiem_soat": "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ",
    "don_bien_dong": "ĐƠN ĐĂNG KÝ BIẾN ĐỘNG ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT",
    "don_cap_gcn": "ĐƠN ĐĂNG KÝ ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT",
    "hop_dong_chuyen_nhuong": "HỢP ĐỒNG CHUYỂN NHƯỢNG QUYỀN SỬ DỤNG ĐẤT",
    "hop_dong_tang_cho": "HỢP ĐỒNG TẶNG CHO QUYỀN SỬ DỤNG ĐẤT",
    "hop_dong_the_chap": "HỢP ĐỒNG THẾ CHẤP QUYỀN SỬ DỤNG ĐẤT",
    "giay_chung_nhan": "GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT",
    "cccd": "CĂN CƯỚC CÔNG DÂN",
    "to_khai_lptb": "TỜ KHAI LỆ PHÍ TRƯỚC BẠ",
    "to_khai_tncn": "TỜ KHAI THUẾ THU NHẬP CÁ NHÂN",
    "thong_bao_thue": "THÔNG BÁO NỘP TIỀN",
    "trich_luc_ban_do": "TRÍCH LỤC BẢN ĐỒ ĐỊA CHÍNH",
    "giay_ket_hon": "GIẤY CHỨNG NHẬN KẾT HÔN",
    "xac_nhan_cu_tru": "XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ",
    "giay_uy_quyen": "GIẤY ỦY QUYỀN",
    "phieu_yeu_cau_dang_ky_the_chap": "PHIẾU YÊU CẦU ĐĂNG KÝ BIỆN PHÁP BẢO ĐẢM",
    "khac": "(giấy tờ khác)",
}


@dataclass(frozen=True)
class Order:
    """One paper as it is wanted.

    Args:
        doc_type: which paper.
        office: whose wording and look, a key of `style.OFFICES`.
        dpi, coloured: how its sides are drawn.
        hand: family of handwriting, None when the form was filled in with a machine.
        with_code: the dossier code stands on it.
        code_kind: on receipts "code128", "qr" (bare), "qr_data" (among other data) or "".
        holder: on ID cards "applicant", "giver" or "taker".
    """

    doc_type: str
    office: str
    dpi: int = 300
    coloured: bool = False
    hand: str | None = None
    with_code: bool = True
    code_kind: str = ""
    holder: str = "applicant"
    variant: str = ""
    paper: Colour = (255, 255, 255)


def build(case: Case, order: Order, rng: random.Random) -> Paper:
    """Sets the paper."""
    if order.doc_type == "cccd":
        return cards.build(case, order.holder, order.dpi, order.coloured, rng)
    if order.doc_type == "giay_chung_nhan":
        return certificate.build(case, order.office, order.variant, order.dpi, order.coloured, rng)
    if order.doc_type == "trich_luc_ban_do":
        return plan.build(case, order.office, order.variant, order.dpi, order.coloured, rng)
    known = facts.known_values(case, order.doc_type, rng, with_code=order.with_code)
    known |= _receipt_code(case, order)
    style = settle(order.office, rng, order.hand)
    if order.hand:
        style = replace(style, leader_gap=0.0)
    setter = Typesetter(
        style, known, facts.FIELD_NAMES[order.doc_type], order.dpi, order.coloured, rng, order.paper
    )
    name = order.doc_type + (f"_{order.variant}" if order.variant else "")
    wording = template.choose(template.read(order.office, name), rng)
    carry_out(setter, template.directives(wording, known))
    return Paper(
        doc_type=order.doc_type,
        title=TITLES[order.doc_type],
        variant=order.variant,
        fill="handwritten" if order.hand else "typed",
        sheets=setter.sheets,
        fields=setter.fields,
        field_info=setter.field_info,
    )


def _receipt_code(case: Case, order: Order) -> dict[str, str]:
    if order.doc_type != "giay_tiep_nhan" or not order.with_code:
        return {"barcode": "", "qr_payload": ""}
    among = f"{case.dossier_code};{case.procedure.code};{case.applicant.id_number};Giấy tiếp nhận hồ sơ;{case.due:%d/%m/%Y}"
    return {
        "barcode": "yes" if order.code_kind == "code128" else "",
        "qr_payload": {"qr": case.dossier_code, "qr_data": among}.get(order.code_kind, ""),
    }
