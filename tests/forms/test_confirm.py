from dataclasses import replace

from forms.confirm import confirm
from forms.doctype import load_catalogue
from forms.proposal import FieldReading, ProposedDocument
from tests.forms.made import made_dossier


def field(name: str, value: str, confidence: float = 0.9, kind: str = "printed") -> FieldReading:
    return FieldReading(
        name, value, confidence, kind == "handwritten", 1, None, "label", kind, ("Read beside its label.",)
    )


def paper(type_id: str, key: int, *fields: FieldReading) -> ProposedDocument:
    return ProposedDocument(type_id, 0.95, (key,), {f.name: f for f in fields})


def settle(*papers: ProposedDocument, record=None) -> list[dict[str, FieldReading]]:
    return [d.fields for d in confirm(papers, load_catalogue(), record)]


def test_what_two_papers_say_alike_is_sure():
    contract, certificate = settle(
        paper("hop_dong_tang_cho", 1, field("certificate_serial", "AA 07974700")),
        paper("giay_chung_nhan", 2, field("certificate_serial", "AA07974700")),
    )
    assert contract["certificate_serial"].confidence >= 0.95
    assert not certificate["certificate_serial"].flagged


def test_one_paper_alone_is_not_sure():
    (only,) = settle(paper("giay_chung_nhan", 1, field("parcel_no", "744")))
    assert only["parcel_no"].confidence < 0.95


def test_a_misread_hand_is_put_right_by_the_others_and_still_shown():
    form, *_ = settle(
        paper("don_bien_dong", 1, field("certificate_serial", "AA 07974790", 0.4, "handwritten")),
        paper("hop_dong_tang_cho", 2, field("certificate_serial", "AA 07974700")),
        paper("giay_chung_nhan", 3, field("certificate_serial", "AA 07974700")),
    )
    reading = form["certificate_serial"]
    assert reading.value == "AA 07974700"
    assert reading.flagged
    assert "AA 07974790" in reading.candidates
    assert any("AA 07974790" in reason for reason in reading.reasons)


def test_a_clearly_printed_number_is_never_talked_over():
    other, *_ = settle(
        paper("trich_luc_ban_do", 1, field("parcel_no", "745", 0.95)),
        paper("hop_dong_tang_cho", 2, field("parcel_no", "744", 0.95)),
        paper("giay_chung_nhan", 3, field("parcel_no", "744", 0.95)),
    )
    assert other["parcel_no"].value == "745"
    assert other["parcel_no"].flagged
    assert "744" in other["parcel_no"].candidates


def test_what_a_hand_left_unreadable_is_proposed_not_believed():
    form, *_ = settle(
        paper("don_bien_dong", 1),
        paper("hop_dong_tang_cho", 2, field("map_sheet", "37")),
        paper("giay_chung_nhan", 3, field("map_sheet", "37")),
    )
    assert form["map_sheet"].value == "37"
    assert form["map_sheet"].flagged
    assert form["map_sheet"].confidence <= 0.5


def test_tones_of_a_name_follow_the_qr_of_the_persons_card():
    card, receipt = settle(
        paper(
            "cccd",
            1,
            field("full_name", "Trần Văn Quý", 0.99, "qr"),
            field("id_number", "051074818174", 0.99, "qr"),
        ),
        paper(
            "giay_tiep_nhan",
            2,
            field("applicant_name", "Trấn Văn Quy", 0.8),
            field("applicant_id", "051074818174", 0.9),
        ),
    )
    assert receipt["applicant_name"].value == "Trần Văn Quý"
    assert card["full_name"].value == "Trần Văn Quý"


def test_two_persons_of_one_name_are_not_mixed():
    one, other = settle(
        paper("cccd", 1, field("full_name", "Lê Văn Mẫu"), field("id_number", "051074818174")),
        paper(
            "giay_tiep_nhan", 2, field("applicant_name", "Lê Văn Mẫu"), field("applicant_id", "051099000555")
        ),
    )
    assert one["id_number"].value == "051074818174"
    assert other["applicant_id"].value == "051099000555"


def test_the_record_is_a_source_of_its_own():
    record = replace(made_dossier(1, "a").record, parcel_no="744", map_sheet="37")
    (certificate,) = settle(
        paper("giay_chung_nhan", 1, field("parcel_no", "744"), field("map_sheet", "73")), record=record
    )
    assert certificate["parcel_no"].confidence >= 0.95
    assert certificate["map_sheet"].flagged
    assert any("37" in reason for reason in certificate["map_sheet"].reasons)


def test_the_records_writing_of_a_name_wins_over_tones_that_papers_share():
    made = made_dossier(1, "a")
    record = replace(made.record, applicant_name="Nguyễn Thị Mẫu", applicant_id="051190000123")
    papers = [
        paper(
            "don_bien_dong",
            1,
            field("applicant_name", "Nguyễn Thị Mậu"),
            field("applicant_id", "051190000123"),
        ),
        paper(
            "giay_tiep_nhan",
            2,
            field("applicant_name", "Nguyễn Thị Mậu"),
            field("applicant_id", "051190000123"),
        ),
    ]
    for fields in settle(*papers, record=record):
        assert fields["applicant_name"].value == "Nguyễn Thị Mẫu"
        assert any("the record has" in reason for reason in fields["applicant_name"].reasons)
