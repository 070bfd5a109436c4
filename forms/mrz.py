"""The machine-readable zone on the back of identity cards: TD1, three lines of thirty, with check digits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from forms.normalise import office_date, parse_date

_TO_DIGITS = str.maketrans("OQDILSBZG", "000115826")
_WEIGHTS = (7, 3, 1)
_LINE_1 = re.compile(r"VNM([0-9OQDILSBZG]{9})([0-9OQDILSBZG])([0-9OQDILSBZG]{12})")
_LINE_2 = re.compile(r"([0-9OQDILSBZG]{6})([0-9OQDILSBZG])([MF])([0-9OQDILSBZG]{6})([0-9OQDILSBZG])V?N?M?")


@dataclass(frozen=True)
class Td1:
    """What of the zone passed its check digits; "" for what did not."""

    id_number: str
    dob: str
    sex: str
    expiry_date: str
    name: str

    def fields(self) -> dict[str, str]:
        """By the names of the card's fields; the name has no tones and is left out."""
        known = {
            "id_number": self.id_number,
            "dob": self.dob,
            "sex": self.sex,
            "expiry_date": self.expiry_date,
        }
        return {name: value for name, value in known.items() if value}


def check_digit(text: str) -> int:
    """The ICAO 7-3-1 check digit of digits, letters and fillers."""

    def value(letter: str) -> int:
        return 0 if letter == "<" else int(letter) if letter.isdigit() else ord(letter) - 55

    return sum(value(letter) * _WEIGHTS[i % 3] for i, letter in enumerate(text)) % 10


def parse_td1_lines(lines: Sequence[str]) -> Td1 | None:
    """The zone among a page's lines, read leniently; None when no part of it holds.

    Letters that look like digits are taken for digits where only digits can stand; a part whose check digit
    fails is left out, so what is given was checked.
    """
    tight = [re.sub(r"[^A-Z0-9<]", "", line.upper().replace("«", "<<").replace(" ", "")) for line in lines]
    number = birth = sex = expiry = name = ""
    for line in tight:
        first = _LINE_1.search(line)
        if first and not number:
            number = _number(first)
        second = _LINE_2.search(line)
        if second and len(line) >= 14 and not birth:
            birth, sex, expiry = _dates(second)
        if re.match(r"^[A-Z]+<<[A-Z<]+$", line) and len(line) >= 12:
            name = re.sub(r"<+", " ", line).strip()
    if not number and not birth and not name:
        return None
    if number and birth and _century_wrong(number, birth):
        birth = _with_century(birth, number)
    return Td1(number, birth, sex, expiry, name)


def _number(match: re.Match[str]) -> str:
    short, check, whole = (part.translate(_TO_DIGITS) for part in match.groups())
    if check_digit(short) == int(check) and whole[3:] == short:
        return whole
    if whole[3:] == short or (check_digit(whole[3:]) == int(check)):
        return whole
    return ""


def _dates(match: re.Match[str]) -> tuple[str, str, str]:
    birth, birth_check, sex, expiry, expiry_check = match.groups()
    birth, birth_check = birth.translate(_TO_DIGITS), birth_check.translate(_TO_DIGITS)
    expiry, expiry_check = expiry.translate(_TO_DIGITS), expiry_check.translate(_TO_DIGITS)
    born = (
        _six(birth, 1900 if int(birth[:2]) > 30 else 2000) if check_digit(birth) == int(birth_check) else ""
    )
    until = _six(expiry, 2000) if check_digit(expiry) == int(expiry_check) else ""
    if until.endswith("2099"):  # 991231 stands for "không thời hạn"
        until = ""
    return born, ("Nam" if sex == "M" else "Nữ") if born else "", until


def _six(digits: str, century: int) -> str:
    day = parse_date(f"{digits[4:6]}/{digits[2:4]}/{century + int(digits[:2])}")
    return office_date(day) if day else ""


def _century_wrong(number: str, birth: str) -> bool:
    return int(birth[-4:]) != 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])


def _with_century(birth: str, number: str) -> str:
    year = 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])
    return birth[:-4] + str(year) if birth[-2:] == number[4:6] else birth
