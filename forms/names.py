"""Vietnamese family and given names: is a reading a name, and which tones does it likely carry?

Names are judged, not invented: a word whose letters fit exactly one common name is given that name's tones as a
proposal; everything else stays as read.
"""

from collections.abc import Mapping
from functools import cache

from forms.normalise import fold, text_key

_FAMILY = (
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Đoàn Lâm Trịnh Mai Đào Trương Tạ Hà Cao Lương Tô Châu "
    "Thái Tăng Quách La Kiều Vương Triệu Mạc Nông Hứa Phùng Từ Tôn Giang Nghiêm Khổng Thạch Chu Diệp Doãn Lưu Bạch Phó Ông Lại Văn Ninh Tống "
    "Đồng Cù Cung Bành Âu Hàn Khúc Mã Sầm Vi Lò Quàng Giàng Hoàng Ma Bế Đàm Lục Lộc Thân Ung Trà Tiêu Viên Trang Thiều Danh Sơn Kim Thi Nhan"
)
_GIVEN = (
    "An Anh Ánh Ân Ba Bá Bảo Bảy Bắc Băng Bích Biên Bình Bửu Ca Cẩm Cầm Cảnh Cát Chánh Châu Chi Chí Chiến Chinh Chính Chung Chương Cúc Cung Cường "
    "Danh Dân Diễm Diệp Diệu Dinh Dũng Dung Duẩn Duy Duyên Dư Dương Đài Đại Đan Đào Đạo Đạt Đăng Đệ Điền Điệp Định Đình Đông Đồng Đức Em Gấm "
    "Giang Giao Giáp Hà Hạ Hải Hạnh Hảo Hào Hằng Hân Hậu Hiên Hiền Hiển Hiện Hiệp Hiếu Hiệu Hoa Hòa Hóa Hoài Hoan Hoàn Hoàng Hoành Hội Hồng Hợp "
    "Huân Huấn Huệ Hùng Huy Huyền Huỳnh Hưng Hương Hường Hữu Kha Khải Khang Khanh Khánh Khiêm Khoa Khôi Khuê Khương Kiên Kiệt Kiều Kim Kỳ Lai Lài "
    "Lam Lan Lâm Lân Lập Lệ Lên Liêm Liên Liễu Linh Loan Long Lộc Lợi Lụa Luân Luận Lực Lương Lượng Lưu Ly Lý Mai Mạnh Mẫn Mậu Mến Mi Miên Minh "
    "Mùi Mỹ My Na Nam Nga Ngà Ngân Nghi Nghĩa Nghiêm Ngọ Ngọc Ngôn Nguyên Nguyệt Nhã Nhàn Nhân Nhẫn Nhật Nhi Nhiên Nhơn Như Nhung Nhựt Ninh Nở Nương Oanh "
    "Phát Phấn Phê Phi Phong Phú Phúc Phục Phùng Phụng Phước Phượng Phương Quang Quảng Quân Quế Quốc Quới Quyên Quyền Quyết Quỳnh Quý Sa Sáng Sang "
    "Sáu Sen Sinh Son Sơn Sương Tài Tám Tân Tấn Tâm Tần Tây Thạch Thái Thanh Thành Thảo Thạnh Thăng Thắng Thân Thế Thêm Thi Thìn Thiên Thiện Thiệu "
    "Thịnh Thọ Thoa Thoại Thơ Thơm Thới Thu Thuần Thuận Thúy Thùy Thủy Thư Thức Thương Thường Tiên Tiến Tiệp Tín Tình Tịnh Toàn Toán Toản Tố Trà Trang Trâm "
    "Trân Tri Trí Triết Triều Trinh Trọng Trung Trúc Trường Tú Tuân Tuấn Tuệ Tùng Tuyên Tuyền Tuyết Tư Tường Tý Uyên Út Vân Văn Vi Việt Viết Vinh Vĩnh "
    "Xuyên Thêu Lượm Sự Thoại Nhàng Trinh Thủ Rin Hạng Phiên Đài Sang Thuyền Chuyền Nghị Ngữ Đoàn Thuyết Tấu Bông Gái Nhỏ Lớn Út Cả Tí Tèo Đua Đấu Thạc Chiêu Vượng Tuynh "
    "Vũ Vui Vương Vượng Vy Vỹ Xinh Xuân Xuyến Ý Yên Yến Thị Sỹ Sĩ Năm Chín Mười Hai Công Tiểu Đoan Bội Trầm Hàm Lành Nết Ngoan Xoan Cam Chanh Mận Lựu"
)
FAMILY_NAMES = frozenset(_FAMILY.split())
GIVEN_NAMES = frozenset(_GIVEN.split())


@cache
def _by_letters() -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
    return _grouped(FAMILY_NAMES), _grouped(GIVEN_NAMES)


def _grouped(names: frozenset[str]) -> Mapping[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for name in names:
        groups.setdefault(fold(name), set()).add(name)
    return {key: frozenset(group) for key, group in groups.items()}


def plausible(name: str) -> float:
    """Share of the words that are known names, family name first; 1.0 for a name without any surprise."""
    words = name.split()
    if len(words) < 2:
        return 0.0
    family, given = _by_letters()
    known = [_known(words[0], FAMILY_NAMES, family)] + [_known(w, GIVEN_NAMES, given) for w in words[1:]]
    return sum(known) / len(words)


def _known(word: str, names: frozenset[str], groups: Mapping[str, frozenset[str]]) -> float:
    if any(text_key(word) == text_key(n) for n in groups.get(fold(word), ())):
        return 1.0
    return 0.5 if fold(word) in groups else 0.0


def propose_tones(name: str) -> str:
    """The name with tones put right where the letters fit exactly one known name; else as read."""
    words = name.split()
    if len(words) < 2:
        return name
    family, given = _by_letters()
    better = []
    for index, word in enumerate(words):
        groups = family if index == 0 else given
        fitting = groups.get(fold(word), frozenset())
        known = any(text_key(word) == text_key(n) for n in fitting)
        better.append(next(iter(fitting)) if len(fitting) == 1 and not known else word)
    return " ".join(better)
