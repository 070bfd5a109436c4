"""One dossier's story: who asks for what about which land, and the record the one-stop system has of it."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from resources.samples.people import PROVINCES, Person, Place, Province, day_text, person, place

TWO_TIER_FROM = date(2025, 7, 1)
EIGHT_DIGIT_SERIAL_FROM = date(2025, 1, 1)


@dataclass(frozen=True)
class Procedure:
    key: str
    code: str
    names: tuple[str, ...]
    days: int


PROCEDURES: tuple[Procedure, ...] = (
    Procedure(
        "chuyen_nhuong",
        "1.013831",
        (
            "Đăng ký biến động quyền sử dụng đất do chuyển nhượng",
            "Đăng ký biến động đối với trường hợp chuyển nhượng quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất",
        ),
        10,
    ),
    Procedure(
        "tang_cho",
        "1.013831",
        (
            "Đăng ký biến động quyền sử dụng đất do tặng cho",
            "Đăng ký biến động đối với trường hợp tặng cho quyền sử dụng đất",
        ),
        10,
    ),
    Procedure(
        "the_chap",
        "1.011441",
        (
            "Đăng ký thế chấp quyền sử dụng đất, tài sản gắn liền với đất",
            "Đăng ký biện pháp bảo đảm bằng quyền sử dụng đất",
        ),
        1,
    ),
    Procedure(
        "cap_doi",
        "1.012783",
        ("Cấp đổi Giấy chứng nhận quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất",),
        7,
    ),
    Procedure(
        "dang_ky_lan_dau",
        "1.013978",
        ("Đăng ký đất đai, tài sản gắn liền với đất, cấp Giấy chứng nhận lần đầu",),
        20,
    ),
    Procedure(
        "bien_dong",
        "1.013833",
        (
            "Đăng ký thay đổi thông tin về người sử dụng đất",
            "Đăng ký biến động thay đổi địa chỉ, thông tin người sử dụng đất, chủ sở hữu tài sản",
        ),
        5,
    ),
)
PURPOSES = (
    "Đất ở tại nông thôn",
    "Đất ở tại đô thị",
    "Đất trồng cây lâu năm",
    "Đất chuyên trồng lúa nước",
    "Đất bằng trồng cây hàng năm khác",
    "Đất rừng sản xuất",
)
PURPOSE_CODES = {
    "Đất ở tại nông thôn": "ONT",
    "Đất ở tại đô thị": "ODT",
    "Đất trồng cây lâu năm": "CLN",
    "Đất chuyên trồng lúa nước": "LUC",
    "Đất bằng trồng cây hàng năm khác": "BHK",
    "Đất rừng sản xuất": "RSX",
}
ORIGINS = (
    "Công nhận QSDĐ như giao đất có thu tiền sử dụng đất",
    "Công nhận QSDĐ như giao đất không thu tiền sử dụng đất",
    "Nhận chuyển nhượng đất được Công nhận QSDĐ như giao đất có thu tiền sử dụng đất",
    "Được tặng cho đất được Công nhận QSDĐ như giao đất không thu tiền sử dụng đất",
)
BANKS = (
    "Ngân hàng TMCP Sông Mẫu",
    "Ngân hàng TMCP Phát triển Ví Dụ",
    "Ngân hàng Hợp tác Đồng Bằng Xanh",
    "Quỹ tín dụng nhân dân Hòa Khê",
)
BOOK_PREFIXES = ("CH", "CS", "VP", "CN", "CT")
PROGRESS = (
    "Tiếp nhận hồ sơ",
    "Thẩm tra hồ sơ",
    "Chuyển thông tin thuế",
    "Trình ký",
    "Trả kết quả",
    "Đã trả kết quả",
)
ROUTES = ("barcode_receipt", "code_text", "cccd_qr", "name_parcel", "none")


@dataclass(frozen=True)
class Land:
    parcel_no: str
    map_sheet: str
    area_m2: str
    purpose: str
    term: str
    form: str
    origin: str
    street: str
    place: Place

    @property
    def address(self) -> str:
        return f"{self.street}, {self.place.joined()}"


@dataclass(frozen=True)
class Certificate:
    serial: str
    book_no: str
    issued: date
    owner: Person
    spouse: Person | None


@dataclass(frozen=True)
class Case:
    """Everything the papers of one dossier agree on."""

    number: int
    procedure: Procedure
    procedure_name: str
    province: Province
    received: date
    due: date
    dossier_code: str
    route: str
    giver: Person
    giver_spouse: Person | None
    taker: Person
    taker_spouse: Person | None
    agent: Person
    land: Land
    certificate: Certificate
    branch: str
    price: int
    bank: str
    contract_no: str
    contract_date: date

    @property
    def applicant(self) -> Person:
        """Who handed it in: the one who receives the land, or its holder when nobody does."""
        return self.taker if self.procedure.key in ("chuyen_nhuong", "tang_cho") else self.giver

    @property
    def two_tier(self) -> bool:
        return self.received >= TWO_TIER_FROM


def dossier_code(province: Province, day: date, rng: random.Random) -> str:
    """One of the three living shapes of a dossier code."""
    serial = f"{rng.randint(1, 990):04d}"
    unit = rng.randint(10, 42)
    shapes = [f"000.00.{unit}.{province.org_root}", f"{province.org_root}.{unit}"]
    if day >= TWO_TIER_FROM:
        shapes.append(f"{province.org_root}.{unit}.{rng.randint(10, 40)}")
    return f"{rng.choice(shapes)}-{day:%y%m%d}-{serial}"


def serial(issued: date, rng: random.Random) -> str:
    if issued >= EIGHT_DIGIT_SERIAL_FROM:
        return f"A{rng.choice('AB')} {rng.randint(1000000, 9999999):08d}"
    return f"{rng.choice('BCD')}{rng.choice('ABCDEGHKLMNPQRSTUVXY')} {rng.randint(10000, 999999):06d}"


def make(number: int, rng: random.Random, *, route: str, procedure: str | None = None) -> Case:
    """Invents one case; the same random state invents the same case."""
    chosen = next((item for item in PROCEDURES if item.key == procedure), None) or rng.choice(PROCEDURES)
    province = rng.choice(PROVINCES)
    received = workday(date(2024, 3, 1) + timedelta(days=rng.randint(0, 780)))
    two_tier = received >= TWO_TIER_FROM
    where = place(province, two_tier, rng)
    giver_sex, taker_sex = rng.choice(("Nam", "Nữ")), rng.choice(("Nam", "Nữ"))
    giver = person(province, where, giver_sex, received, rng)
    taker = person(province, place(province, two_tier, rng), taker_sex, received, rng)
    land = _land(where, rng)
    issued = received - timedelta(days=rng.randint(90, 3600))
    giver_spouse = _spouse(giver, province, received, rng)
    certificate = Certificate(
        serial(issued, rng),
        f"{rng.choice(BOOK_PREFIXES)} {rng.randint(100, 99999):05d}",
        issued,
        giver,
        giver_spouse,
    )
    contract_date = received - timedelta(days=rng.randint(1, 25))
    return Case(
        number=number,
        procedure=chosen,
        procedure_name=rng.choice(chosen.names),
        province=province,
        received=received,
        due=workday(received + timedelta(days=round(chosen.days * 1.45))),
        dossier_code=dossier_code(province, received, rng),
        route=route,
        giver=giver,
        giver_spouse=giver_spouse,
        taker=taker,
        taker_spouse=_spouse(taker, province, received, rng) if rng.random() < 0.6 else None,
        agent=person(province, where, rng.choice(("Nam", "Nữ")), received, rng),
        land=land,
        certificate=certificate,
        branch=_branch(province, where, two_tier, rng),
        price=rng.randint(90, 5200) * 1_000_000 + rng.choice((0, 0, 500_000)),
        bank=f"{rng.choice(BANKS)} - Chi nhánh {province.name if not two_tier else province.new_name}",
        contract_no=f"{rng.randint(10, 9999):04d}/{contract_date.year}/HĐTC",
        contract_date=contract_date,
    )


def _land(where: Place, rng: random.Random) -> Land:
    purpose = rng.choice(PURPOSES)
    if purpose.startswith("Đất ở"):
        purpose = "Đất ở tại nông thôn" if where.commune.startswith("xã") else "Đất ở tại đô thị"
    lasting = purpose.startswith("Đất ở")
    area = f"{rng.randint(60, 4200)}" + rng.choice(("", "", f",{rng.randint(1, 9)}"))
    return Land(
        parcel_no=str(rng.randint(2, 1650)),
        map_sheet=str(rng.randint(1, 99)),
        area_m2=area,
        purpose=purpose,
        term="Lâu dài"
        if lasting
        else f"Đến ngày {day_text(date(rng.randint(2043, 2070), rng.choice((1, 7, 10)), rng.choice((1, 15))))}",
        form=rng.choice(("Sử dụng riêng", "Sử dụng chung")),
        origin=rng.choice(ORIGINS),
        street=rng.choice(("thôn {0}", "Thôn {0}", "Xứ đồng {0}", "Khu dân cư {0}")).format(
            rng.choice(("Đồng Nà", "Gò Chùa", "Bàu Lác", "Rộc Dưới", "Hóc Cau", "Cây Trâm"))
        ),
        place=where,
    )


def _spouse(one: Person, province: Province, today: date, rng: random.Random) -> Person | None:
    if rng.random() < 0.45:
        return None
    other = person(province, one.place, "Nữ" if one.sex == "Nam" else "Nam", today, rng)
    return Person(**{**other.__dict__, "street": one.street, "place": one.place})


def _branch(province: Province, where: Place, two_tier: bool, rng: random.Random) -> str:
    if two_tier:
        return (
            f"Chi nhánh Văn phòng đăng ký đất đai khu vực {rng.choice(('1', '2', '3', '4', '5', 'II', 'IV'))}"
        )
    return f"Chi nhánh Văn phòng đăng ký đất đai {where.district}"


def workday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def record_of(case: Case, rng: random.Random) -> dict[str, str]:
    """The row the one-stop system has of this dossier; the columns of a records file."""
    applicant = case.applicant
    return {
        "dossier_code": case.dossier_code,
        "procedure_code": case.procedure.code,
        "procedure_name": case.procedure_name,
        "applicant_name": applicant.name,
        "applicant_id": applicant.id_number,
        "date_of_birth": applicant.born_text,
        "address": applicant.address,
        "commune": case.land.place.commune,
        "district": case.land.place.district,
        "province": case.land.place.province,
        "parcel_no": case.land.parcel_no,
        "map_sheet": case.land.map_sheet,
        "certificate_serial": case.certificate.serial,
        "received_at": day_text(case.received),
        "due_at": day_text(case.due),
        "branch": case.branch,
        "stage": rng.choice(PROGRESS),
    }
