import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sync.naming import NAME_LIMIT, NamedPaper, clean_name, name_papers


def test_papers_are_named_as_the_one_stop_system_and_the_land_database_expect() -> None:
    code = "H15.50.05.12-260917-0681"
    names = name_papers(
        [
            NamedPaper(code, "result", "giay_chung_nhan", serial="AA 09122325"),
            NamedPaper(code, "result", "giay_chung_nhan", serial="AA 09122326"),
            NamedPaper(code, "result", "don_bien_dong"),
            NamedPaper(code, "result", "cccd"),
            NamedPaper(code, "result", "phieu_chuyen_thong_tin"),
        ]
    )
    assert [name.name for name in names] == [
        f"{code}-AA 09122325.pdf",
        f"{code}-AA 09122326.pdf",
        f"{code}-GT.pdf",
        f"{code}-GT-2.pdf",
        f"{code}-PT.pdf",
    ]
    assert [name.to_onestop for name in names] == [True, True, False, False, False]


def test_a_certificate_handed_in_is_an_attached_paper_and_an_unread_serial_is_said() -> None:
    (attached,) = name_papers([NamedPaper("H-1", "intake", "giay_chung_nhan", serial="AA 1")])
    assert (attached.name, attached.to_onestop) == ("H-1-GT.pdf", False)
    (unread,) = name_papers([NamedPaper("H-1", "result", "giay_chung_nhan")])
    assert unread.missing == ("serial",)


@given(st.text(min_size=1, max_size=400))
def test_every_name_fits_every_file_system(text: str) -> None:
    name = clean_name(f"{text}.pdf")
    assert len(name) <= NAME_LIMIT and name.endswith(".pdf")
    assert not set(name) & set('\\/:*?"<>|\n\r\t\x00')
    assert unicodedata.is_normalized("NFC", name)
    assert clean_name(name) == name
