"""What a dossier of the corpus consists of and how it is delivered, drawn at random within what offices do."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from resources.samples import fonts
from resources.samples.case import Case
from resources.samples.papers import Order
from resources.samples.scan import Lie

LEVELS = ("clean", "normal", "hard")
ROUTE_WEIGHTS = {"barcode_receipt": 26, "code_text": 20, "cccd_qr": 20, "name_parcel": 24, "none": 10}

# What belongs to each procedure: (type, how often it is there).
PAPERS: dict[str, tuple[tuple[str, float], ...]] = {
    "chuyen_nhuong": (
        ("don_bien_dong", 1.0),
        ("hop_dong_chuyen_nhuong", 1.0),
        ("giay_chung_nhan", 0.9),
        ("to_khai_lptb", 0.8),
        ("to_khai_tncn", 0.8),
        ("giay_ket_hon", 0.3),
        ("giay_uy_quyen", 0.4),
        ("xac_nhan_cu_tru", 0.3),
    ),
    "tang_cho": (
        ("don_bien_dong", 1.0),
        ("hop_dong_tang_cho", 1.0),
        ("giay_chung_nhan", 0.9),
        ("to_khai_lptb", 0.8),
        ("to_khai_tncn", 0.6),
        ("xac_nhan_cu_tru", 0.5),
        ("giay_ket_hon", 0.4),
    ),
    "the_chap": (
        ("phieu_yeu_cau_dang_ky_the_chap", 1.0),
        ("hop_dong_the_chap", 1.0),
        ("giay_chung_nhan", 0.9),
        ("giay_uy_quyen", 0.2),
        ("giay_ket_hon", 0.2),
    ),
    "cap_doi": (
        ("don_bien_dong", 1.0),
        ("giay_chung_nhan", 1.0),
        ("trich_luc_ban_do", 0.8),
        ("xac_nhan_cu_tru", 0.5),
        ("giay_uy_quyen", 0.3),
    ),
    "dang_ky_lan_dau": (
        ("don_cap_gcn", 1.0),
        ("trich_luc_ban_do", 0.9),
        ("to_khai_lptb", 0.7),
        ("xac_nhan_cu_tru", 0.6),
        ("khac_giay_cam_doan", 0.5),
    ),
    "bien_dong": (
        ("don_bien_dong", 1.0),
        ("giay_chung_nhan", 0.9),
        ("xac_nhan_cu_tru", 0.7),
        ("giay_ket_hon", 0.2),
        ("khac_giay_cam_doan", 0.2),
    ),
}
# Papers of no known type that an office has besides those above.
OTHER_PAPERS: dict[str, tuple[str, ...]] = {
    "i": ("bien_ban_hop_gia_dinh", "cong_van_bo_sung", "hoa_don_do_dac"),
    "j": ("bien_ban_hop_gia_dinh", "don_khieu_nai", "hoa_don_tien_dien"),
    "k": ("bien_lai_thu_phi", "thong_bao_niem_yet"),
}
# Forms people fill in; now and then by hand.
FILLED_BY_HAND = (
    "don_bien_dong",
    "don_cap_gcn",
    "to_khai_lptb",
    "to_khai_tncn",
    "giay_ket_hon",
    "giay_uy_quyen",
    "khac_bia_ho_so",
)


@dataclass(frozen=True)
class Delivery:
    """A way in which a counter scans: kind of file, colours, both sides, how A3 is used."""

    name: str
    kind: str
    mode: str
    duplex: bool = False
    glass: bool = False


DELIVERIES: tuple[Delivery, ...] = (
    Delivery("scanner_jpeg", "jpeg", "gray"),
    Delivery("colour_jpeg", "jpeg", "color"),
    Delivery("png_pages", "png", "gray"),
    Delivery("webp_pages", "webp", "gray"),
    Delivery("webp_colour", "webp", "color", duplex=True),
    Delivery("tiff_jpeg", "tiff_jpeg", "gray"),
    Delivery("fax_tiff", "tiff_g4", "bilevel"),
    Delivery("duplex_g4", "tiff_g4", "bilevel", duplex=True),
    Delivery("duplex_pdf", "pdf", "gray", duplex=True),
    Delivery("mfp_pdf", "pdf", "color"),
    Delivery("pdf_per_document", "pdf_per_document", "gray"),
    Delivery("a3_glass_pdf", "pdf", "gray", glass=True),
)


@dataclass(frozen=True)
class Plan:
    """One dossier of the corpus before anything is drawn."""

    level: str
    office: str
    delivery: Delivery
    dpi: int
    orders: tuple[tuple[Order, int], ...]
    printed_code: bool


def route(rng: random.Random) -> str:
    return rng.choices(list(ROUTE_WEIGHTS), list(ROUTE_WEIGHTS.values()))[0]


def plan(case: Case, level: str, office: str, delivery: Delivery, rng: random.Random) -> Plan:
    """Settles papers, fill, copies and resolution of one dossier."""
    with_code = case.route in ("barcode_receipt", "code_text")
    dpi = (
        300
        if delivery.mode == "color" or rng.random() < {"clean": 0.8, "normal": 0.65, "hard": 0.5}[level]
        else 200
    )
    if case.route == "cccd_qr":
        dpi = 300
    wanted = [Order(name, office) for name, share in PAPERS[case.procedure.key] if rng.random() < share]
    wanted = [_variant(order, rng) for order in wanted]
    wanted = _carriers(case, office, rng) + wanted if with_code else wanted
    wanted += _cards(case, office, rng)
    if with_code and rng.random() < 0.25:
        wanted.append(Order("phieu_kiem_soat", office))
    if (
        with_code
        and case.procedure.key in ("tang_cho", "dang_ky_lan_dau", "chuyen_nhuong")
        and rng.random() < 0.4
    ):
        wanted.append(Order("thong_bao_thue", office))
    if rng.random() < 0.15:
        wanted.insert(0, Order("khac", office, variant="bia_ho_so"))
    others = OTHER_PAPERS.get(office)
    if others and rng.random() < 0.5:
        wanted.append(Order("khac", office, variant=rng.choice(others)))
    orders = [
        replace(order, dpi=dpi, coloured=delivery.mode == "color", with_code=with_code) for order in wanted
    ]
    return Plan(
        level,
        office,
        delivery,
        dpi,
        tuple((_by_hand(order, rng), _generation(order, level, rng)) for order in orders),
        with_code,
    )


def _carriers(case: Case, office: str, rng: random.Random) -> list[Order]:
    """The receipt, with a code or with the code's letters only."""
    kind = rng.choice(("code128", "code128", "qr", "qr_data")) if case.route == "barcode_receipt" else ""
    return [Order("giay_tiep_nhan", office, code_kind=kind)]


def _cards(case: Case, office: str, rng: random.Random) -> list[Order]:
    if case.route == "name_parcel":
        return []
    share = 1.0 if case.route == "cccd_qr" else 0.6
    cards = [Order("cccd", office)] if rng.random() < share else []
    if cards and case.procedure.key in ("chuyen_nhuong", "tang_cho") and rng.random() < 0.5:
        cards.append(Order("cccd", office, holder="giver"))
    return cards


def _variant(order: Order, rng: random.Random) -> Order:
    if order.doc_type.startswith("khac_"):
        return replace(order, doc_type="khac", variant=order.doc_type.removeprefix("khac_"))
    if order.doc_type == "trich_luc_ban_do" and rng.random() < 0.4:
        return replace(order, variant="a3")
    return order


def _by_hand(order: Order, rng: random.Random) -> Order:
    hands = fonts.available_hands()
    name = order.doc_type + (f"_{order.variant}" if order.doc_type == "khac" else "")
    return (
        replace(order, hand=rng.choice(hands))
        if hands and name in FILLED_BY_HAND and rng.random() < 0.3
        else order
    )


def _generation(order: Order, level: str, rng: random.Random) -> int:
    """How often a paper went through a copier: cards nearly always, originals seldom."""
    if order.doc_type == "cccd":
        return 0 if level == "clean" else 1
    chance = {"clean": 0.0, "normal": 0.2, "hard": 0.5}[level]
    return 0 if rng.random() >= chance else (2 if level == "hard" and rng.random() < 0.4 else 1)


@dataclass(frozen=True)
class _Damage:
    """What a level does: skew, how often each effect, how often turned or bowed, and the scanner's side."""

    skew: Callable[[random.Random], float]
    effect_share: float
    turned_share: float
    bowed_share: float
    noise: int
    lids: tuple[int, ...]
    quality: tuple[int, int]


_EFFECTS = (
    "yellowed",
    "punch_holes",
    "folds",
    "staple",
    "bleed_through",
    "dark_edge",
    "uneven_light",
    "stain",
    "scanner_line",
    "highlighter",
)
_DAMAGE: dict[str, _Damage] = {
    "clean": _Damage(lambda rng: rng.uniform(-0.7, 0.7), 0.0, 0.15, 0.0, 2, (250,), (72, 90)),
    "normal": _Damage(
        lambda rng: max(-3.0, min(3.0, rng.gauss(0, 1.2))), 0.22, 0.25, 0.1, 3, (250, 250, 225), (58, 80)
    ),
    "hard": _Damage(lambda rng: rng.uniform(-6, 6), 0.36, 0.35, 0.3, 5, (250, 225, 30, 20), (45, 66)),
}


def lie(level: str, mode: str, dpi: int, generation: int, *, wide: bool, rng: random.Random) -> Lie:
    """How one side comes to lie on the glass at a level of damage."""
    damage = _DAMAGE[level]
    effects = tuple(name for name in _EFFECTS if rng.random() < damage.effect_share)
    if level == "hard" and rng.random() < damage.effect_share:
        effects += ("faded",)
    turns = (90, 270) if wide else (90, 180, 270)
    return Lie(
        dpi=dpi,
        mode=mode,
        level=level,
        turn=rng.choice(turns) if rng.random() < damage.turned_share else 0,
        skew=damage.skew(rng),
        shift_mm=(rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5)),
        effects=effects,
        generation=generation,
        bow_mm=rng.uniform(0.3, 1.3) if rng.random() < damage.bowed_share else 0.0,
        noise=damage.noise,
        lid=rng.choice(damage.lids),
        quality=rng.randint(*damage.quality),
    )
