"""Invented citizens, places and land.

Nobody here exists: names are drawn syllable by syllable, identity numbers end in a run that starts
with 00, telephone numbers start with 0990. Communes and provinces are real ones, because readers of
addresses know them.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

SURNAMES = (
    "Nguyễn",
    "Nguyễn",
    "Nguyễn",
    "Trần",
    "Trần",
    "Lê",
    "Lê",
    "Phạm",
    "Phạm",
    "Huỳnh",
    "Hoàng",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đinh",
    "Đoàn",
    "Lâm",
    "Trịnh",
    "Mai",
    "Đào",
    "Trương",
    "Tạ",
    "Hà",
    "Cao",
    "Lương",
    "Tô",
    "Châu",
    "Thái",
    "Tăng",
    "Quách",
    "La",
    "Kiều",
    "Vương",
    "Triệu",
    "Nông",
    "Phùng",
    "Từ",
    "Tôn",
    "Nghiêm",
    "Khổng",
    "Thạch",
    "Chu",
    "Diệp",
    "Lưu",
    "Bạch",
)
MALE_MIDDLE = (
    "Văn",
    "Văn",
    "Hữu",
    "Đức",
    "Quang",
    "Minh",
    "Thanh",
    "Ngọc",
    "Xuân",
    "Công",
    "Đình",
    "Bá",
    "Quốc",
    "Trọng",
    "Duy",
    "Thế",
    "Hoàng",
    "Viết",
    "Tấn",
)
FEMALE_MIDDLE = (
    "Thị",
    "Thị",
    "Thị",
    "Thanh",
    "Ngọc",
    "Thu",
    "Kim",
    "Mỹ",
    "Hồng",
    "Bích",
    "Diệu",
    "Tuyết",
    "Thùy",
    "Phương",
    "Cẩm",
)
MALE_GIVEN = (
    "An",
    "Bảo",
    "Bình",
    "Cường",
    "Chiến",
    "Dũng",
    "Đạt",
    "Đông",
    "Giang",
    "Hải",
    "Hậu",
    "Hiếu",
    "Hùng",
    "Khánh",
    "Khoa",
    "Kiên",
    "Lâm",
    "Long",
    "Lộc",
    "Mạnh",
    "Nam",
    "Nghĩa",
    "Nhân",
    "Phúc",
    "Quân",
    "Quý",
    "Sơn",
    "Sáng",
    "Tài",
    "Tâm",
    "Thắng",
    "Thịnh",
    "Thuận",
    "Tiến",
    "Toàn",
    "Trí",
    "Trung",
    "Tuấn",
    "Tùng",
    "Vinh",
    "Vương",
    "Xuyên",
    "Yên",
    "Thưởng",
    "Đoàn",
    "Nhượng",
    "Chương",
)
FEMALE_GIVEN = (
    "Ánh",
    "Chi",
    "Cúc",
    "Dung",
    "Duyên",
    "Đào",
    "Giang",
    "Hà",
    "Hạnh",
    "Hằng",
    "Hiền",
    "Hoa",
    "Huệ",
    "Hương",
    "Lan",
    "Liên",
    "Liễu",
    "Loan",
    "Ly",
    "Mai",
    "Nga",
    "Ngân",
    "Nhung",
    "Oanh",
    "Phượng",
    "Quyên",
    "Sen",
    "Tâm",
    "Thảo",
    "Thơm",
    "Thủy",
    "Trang",
    "Trinh",
    "Tuyền",
    "Uyên",
    "Vân",
    "Xuân",
    "Yến",
    "Hường",
    "Diễm",
    "Thúy",
    "Nguyệt",
)
HAMLETS = (
    "Phú Thọ",
    "An Hòa",
    "Tân Lập",
    "Đông Yên",
    "Xuân Mỹ",
    "Thạch Trụ",
    "Phước Lộc",
    "Vĩnh Tuy",
    "Bàu Sen",
    "Gò Dưa",
    "Ruộng Gò",
    "Cây Duối",
    "Bến Đò",
    "Đồng Tâm",
    "Trường Thọ",
    "Mỹ Lệ",
    "Hòa Khê",
    "Suối Cát",
    "Bãi Ngang",
    "Đá Bàn",
)
STREETS = (
    "Lê Lợi",
    "Trần Phú",
    "Quang Trung",
    "Nguyễn Huệ",
    "Phan Bội Châu",
    "Hai Bà Trưng",
    "Lê Hồng Phong",
    "Nguyễn Trãi",
    "Phạm Văn Đồng",
    "Hùng Vương",
    "Ngô Quyền",
    "Lý Thường Kiệt",
    "Võ Thị Sáu",
    "Trương Định",
)


@dataclass(frozen=True)
class Province:
    """A province as papers name it, before and after the merger of July 2025."""

    name: str
    new_name: str
    org_root: str
    id_code: str
    districts: tuple[tuple[str, tuple[str, ...]], ...]
    new_communes: tuple[str, ...]


PROVINCES: tuple[Province, ...] = (
    Province(
        "Quảng Ngãi",
        "Quảng Ngãi",
        "H48",
        "051",
        (
            (
                "huyện Tư Nghĩa",
                ("xã Nghĩa Kỳ", "xã Nghĩa Thuận", "xã Nghĩa Hiệp", "thị trấn Sông Vệ", "thị trấn La Hà"),
            ),
            ("huyện Mộ Đức", ("xã Đức Nhuận", "xã Đức Thắng", "xã Đức Lân", "thị trấn Mộ Đức")),
            ("huyện Sơn Tịnh", ("xã Tịnh Giang", "xã Tịnh Bắc", "xã Tịnh Hà")),
            ("thị xã Đức Phổ", ("phường Phổ Hòa", "xã Phổ Cường", "phường Phổ Ninh")),
            (
                "thành phố Quảng Ngãi",
                ("phường Nghĩa Chánh", "phường Trần Phú", "xã Nghĩa Dõng", "xã Tịnh Khê"),
            ),
        ),
        (
            "xã Tư Nghĩa",
            "xã Nghĩa Giang",
            "xã Long Phụng",
            "phường Đức Phổ",
            "phường Cẩm Thành",
            "xã Vệ Giang",
            "xã Sơn Tịnh",
            "xã Ba Gia",
        ),
    ),
    Province(
        "Đắk Lắk",
        "Đắk Lắk",
        "H15",
        "066",
        (
            ("huyện Ea Kar", ("xã Ea Đar", "xã Xuân Phú", "thị trấn Ea Kar")),
            ("huyện Krông Pắc", ("xã Hòa An", "xã Ea Phê", "thị trấn Phước An")),
            ("thành phố Buôn Ma Thuột", ("phường Tân Lợi", "phường Ea Tam", "xã Hòa Thắng")),
        ),
        ("xã Ea Kar", "xã Krông Pắc", "phường Buôn Ma Thuột", "phường Tân Lập", "xã Ea Phê"),
    ),
    Province(
        "Thanh Hóa",
        "Thanh Hóa",
        "H56",
        "038",
        (
            ("huyện Nga Sơn", ("xã Nga Thanh", "xã Nga Yên", "thị trấn Nga Sơn")),
            ("huyện Thọ Xuân", ("xã Xuân Hồng", "xã Thọ Lộc", "thị trấn Sao Vàng")),
            ("thành phố Thanh Hóa", ("phường Đông Vệ", "phường Ba Đình", "xã Hoằng Đại")),
        ),
        ("xã Nga Sơn", "xã Thọ Xuân", "phường Hạc Thành", "xã Sao Vàng"),
    ),
    Province(
        "Đồng Tháp",
        "Đồng Tháp",
        "H20",
        "087",
        (
            ("huyện Lai Vung", ("xã Tân Dương", "xã Long Hậu", "thị trấn Lai Vung")),
            ("huyện Cao Lãnh", ("xã Mỹ Hội", "xã Bình Thạnh", "thị trấn Mỹ Thọ")),
        ),
        ("xã Lai Vung", "phường Cao Lãnh", "phường Sa Đéc", "xã Mỹ Thọ"),
    ),
    Province(
        "Lào Cai",
        "Lào Cai",
        "H38",
        "010",
        (
            ("huyện Bảo Thắng", ("xã Gia Phú", "xã Xuân Quang", "thị trấn Phố Lu")),
            ("huyện Văn Bàn", ("xã Khánh Yên Thượng", "xã Võ Lao")),
        ),
        ("xã Bảo Thắng", "xã Gia Phú", "phường Cam Đường", "xã Văn Bàn"),
    ),
)


@dataclass(frozen=True)
class Place:
    """A commune; `district` is empty after the two-tier reform."""

    commune: str
    district: str
    province: str

    def joined(self) -> str:
        return ", ".join(part for part in (self.commune, self.district, f"tỉnh {self.province}") if part)

    def short(self) -> str:
        """As cards print it: without the words for commune, district and province."""
        return ", ".join(_bare(part) for part in (self.commune, self.district, self.province) if part)


@dataclass(frozen=True)
class Person:
    name: str
    sex: str
    born: date
    id_number: str
    old_id: str
    phone: str
    street: str
    place: Place
    hometown: str
    card_issued: date

    @property
    def address(self) -> str:
        return f"{self.street}, {self.place.joined()}"

    @property
    def card_address(self) -> str:
        return f"{self.street}, {self.place.short()}"

    @property
    def born_text(self) -> str:
        return day_text(self.born)


def day_text(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _bare(part: str) -> str:
    for word in ("thị trấn ", "thị xã ", "thành phố ", "phường ", "huyện ", "xã "):
        if part.startswith(word):
            return part.removeprefix(word)
    return part


def place(province: Province, two_tier: bool, rng: random.Random) -> Place:
    if two_tier:
        return Place(rng.choice(province.new_communes), "", province.new_name)
    district, communes = rng.choice(province.districts)
    return Place(rng.choice(communes), district, province.name)


def name(sex: str, rng: random.Random) -> str:
    middles, givens = (MALE_MIDDLE, MALE_GIVEN) if sex == "Nam" else (FEMALE_MIDDLE, FEMALE_GIVEN)
    parts = [rng.choice(SURNAMES), rng.choice(middles), rng.choice(givens)]
    if rng.random() < 0.2:
        parts.insert(2, rng.choice(FEMALE_GIVEN if sex == "Nữ" else MALE_MIDDLE))
    return " ".join(parts)


def street(where: Place, rng: random.Random) -> str:
    if where.commune.startswith(("phường", "thị trấn")) and rng.random() < 0.6:
        number = str(rng.randint(1, 420)) + (f"/{rng.randint(1, 40)}" if rng.random() < 0.25 else "")
        return rng.choice(("Số {0} {1}", "{0} đường {1}", "Số nhà {0}, đường {1}")).format(
            number, rng.choice(STREETS)
        )
    return rng.choice(
        ("thôn {0}", "Thôn {0}", "Tổ {1}, thôn {0}", "Xóm {1}, thôn {0}", "Tổ dân phố {1}")
    ).format(rng.choice(HAMLETS) + rng.choice(("", "", f" {rng.randint(1, 4)}")), rng.randint(1, 12))


def person(province: Province, where: Place, sex: str, today: date, rng: random.Random) -> Person:
    born = today - timedelta(days=rng.randint(24 * 365, 74 * 365))
    century = {"Nam": 0, "Nữ": 1}[sex] + (2 if born.year >= 2000 else 0)
    number = f"{province.id_code}{century}{born:%y}00{rng.randint(0, 9999):04d}"
    issued = max(date(2021, 2, 1), today - timedelta(days=rng.randint(60, 1500)))
    districts = rng.choice(province.districts)
    return Person(
        name=name(sex, rng),
        sex=sex,
        born=born,
        id_number=number,
        old_id=f"2{rng.randint(10000000, 99999999)}" if rng.random() < 0.7 else "",
        phone=f"0990{rng.randint(0, 999999):06d}",
        street=street(where, rng),
        place=where,
        hometown=f"{_bare(rng.choice(districts[1]))}, {_bare(districts[0])}, {province.name}",
        card_issued=issued,
    )
