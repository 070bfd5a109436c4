"""One wish, said in every maker's words."""

from pathlib import Path

import pytest

from capture import problems
from capture.sane import name_devices
from capture.sane_options import Plan, parse_options, plan, shows_double_feed, source_argument
from capture.source import ScanSettings
from tests.capture import vendors

A3_BOTH = ScanSettings()
A4_GLASS = ScanSettings(source="flatbed", page_width_mm=210, page_height_mm=297)


def planned(maker: str, settings: ScanSettings = A3_BOTH) -> Plan:
    return plan(parse_options(vendors.ALL[maker]), settings, maker)


def sentences(made: Plan) -> list[str]:
    return [remark.sentence.format(**remark.values) and remark.sentence for remark in made.remarks]


@pytest.mark.parametrize("maker", vendors.ALL)
@pytest.mark.parametrize("source", ["flatbed", "adf", "adf-duplex", "auto"])
@pytest.mark.parametrize("mode", ["colour", "grey", "bilevel"])
def test_every_makers_words_map_without_error(maker: str, source: str, mode: str) -> None:
    made = planned(maker, ScanSettings(source=source, mode=mode, brightness=20))
    options = parse_options(vendors.ALL[maker])
    for argument in made.arguments:
        if argument.startswith("--"):
            name, _, value = argument[2:].partition("=")
            option = options[name]
            assert option.is_active and option.is_writable, argument
            assert value in option.values or (
                option.low is not None and option.low <= float(value) <= (option.high or 0)
            )


@pytest.mark.parametrize(
    ("maker", "arguments"),
    [
        ("fujitsu", ["--source=ADF Duplex", "--mode=Color"]),
        ("brother", ["--source=Automatic Document Feeder(centrally aligned,Duplex)", "--mode=24bit Color"]),
        ("brother_new", ["--source=Automatic Document Feeder(left aligned,Duplex)", "--mode=24 bit Color"]),
        ("epson", ["--source=Automatic Document Feeder", "--adf_mode=Duplex", "--mode=Color", "--depth=8"]),
        ("hp", ["--source=ADF", "--duplex=yes", "--mode=Color", "--batch-scan=yes"]),
        ("samsung", ["--source=ADF Duplex - Long-Edge Binding", "--mode=Color - 16 Million Colors"]),
        ("canon", ["--source=ADF Duplex", "--df-thickness=yes"]),
        ("scansnap", ["--source=ADF Duplex"]),
        ("airscan", ["--source=ADF Duplex", "--mode=Color", "--resolution=300"]),
    ],
)
def test_both_sides_in_colour(maker: str, arguments: list[str]) -> None:
    made = planned(maker)
    assert made.source == "adf-duplex"
    assert made.mode == "colour"
    assert [a for a in arguments if a not in made.arguments] == []
    assert problems.ONE_SIDE_ONLY not in sentences(made)


@pytest.mark.parametrize(
    ("maker", "argument"),
    [
        ("fujitsu", "--source=Flatbed"),
        ("brother", "--source=FlatBed"),
        ("epson", "--source=Flatbed"),
        ("hp", "--source=Flatbed"),
        ("samsung", "--source=Flatbed"),
        ("airscan", "--source=Flatbed"),
        ("old_glass", "--source=Normal"),
        ("grey_only", "--source=Document Table"),
    ],
)
def test_the_glass(maker: str, argument: str) -> None:
    made = planned(maker, A4_GLASS)
    assert argument in made.arguments
    assert made.source == "flatbed"


def test_one_side_never_takes_the_back() -> None:
    assert "--source=ADF Front" in planned("fujitsu", ScanSettings(source="adf")).arguments
    assert "--duplex=no" in planned("hp", ScanSettings(source="adf")).arguments
    assert "--adf_mode=Simplex" in planned("epson", ScanSettings(source="adf")).arguments


def test_a_device_without_a_feeder_says_so() -> None:
    made = planned("old_glass")
    assert made.source == "flatbed"
    assert problems.NO_FEEDER in sentences(made)


def test_a_feeder_for_one_side_says_that_backs_are_missing() -> None:
    made = planned("grey_only")
    assert made.source == "adf"
    assert problems.ONE_SIDE_ONLY in sentences(made)
    assert problems.OTHER_MODES["grey"] in sentences(made)
    assert (made.mode, made.dpi) == ("grey", 200)


def test_the_scanner_neither_straightens_nor_crops_nor_drops_blanks() -> None:
    made = planned("fujitsu").arguments
    assert "--swdeskew=no" in made
    assert "--swdespeck=0" in made
    assert "--swskip=0" in made
    assert not any(a.startswith("--swcrop") for a in made)
    assert {"--AutoDeskew=no", "--SkipBlankPage=no", "--AutoDocumentSize=no"} <= set(
        planned("brother_new").arguments
    )
    assert {"--detect-doc-size=no", "--wait-for-button=no", "--auto-eject=yes"} <= set(
        planned("epson").arguments
    )


def test_double_feeds_are_looked_for_by_thickness_not_by_length() -> None:
    made = planned("fujitsu").arguments
    assert {"--df-thickness=yes", "--df-action=Stop"} <= set(made)
    assert not any(a.startswith("--df-length") for a in made)
    assert "--MultifeedDetection=yes" in planned("brother_new").arguments
    assert "--double-feed-detection-sensitivity=Low" in planned("epson").arguments
    off = planned("fujitsu", ScanSettings(double_feed_detection=False)).arguments
    assert not any(a.startswith("--df-") for a in off)


def test_paper_is_set_before_the_area_and_may_be_larger_than_the_area_was() -> None:
    made = planned("fujitsu")
    arguments = list(made.arguments)
    assert (made.width_mm, made.height_mm) == (297, 420)
    assert arguments.index("--page-width=297") < arguments.index("-x")
    assert arguments[arguments.index("-y") + 1] == "420"


def test_a_page_too_large_for_the_device_is_said() -> None:
    made = planned("brother")
    assert (made.width_mm, made.height_mm) == (211.9, 355.6)
    assert problems.SMALLER_PAGE in sentences(made)
    assert problems.SMALLER_PAGE not in sentences(planned("canon"))


def test_a_resolution_that_is_not_offered_becomes_the_next_above() -> None:
    made = planned("canon", ScanSettings(dpi=250))
    assert made.dpi == 300
    assert problems.OTHER_RESOLUTION in sentences(made)
    assert planned("canon", ScanSettings(dpi=1200)).dpi == 600


def test_brightness_is_scaled_to_the_device() -> None:
    assert "--brightness=64" in planned("fujitsu", ScanSettings(brightness=50)).arguments
    assert "--brightness=50" in planned("airscan", ScanSettings(brightness=50)).arguments


def test_settings_by_the_devices_own_names_are_passed_on() -> None:
    assert planned("fujitsu", ScanSettings(extra={"rif": "yes"})).arguments[-1] == "--rif=yes"


def test_the_source_is_chosen_before_the_other_options_are_read() -> None:
    assert source_argument(parse_options(vendors.HP), "adf-duplex") == "--source=ADF"
    assert source_argument(parse_options(vendors.CANON), "adf") is None


def test_a_double_feed_sensor_tells_it_from_a_jam() -> None:
    assert not shows_double_feed(parse_options(vendors.FUJITSU))
    assert shows_double_feed(
        parse_options(
            vendors.FUJITSU.replace("--double-feed[=(yes|no)] [no]", "--double-feed[=(yes|no)] [yes]")
        )
    )


def usb(folder: Path, name: str, **facts: str) -> None:
    (folder / name).mkdir(parents=True)
    for key, value in facts.items():
        (folder / name / key).write_text(value + "\n")


def test_a_scanner_keeps_its_name_on_another_socket(tmp_path: Path) -> None:
    row = "canon_dr:libusb:{}\tCANON\tDR-G2110\tscanner"
    names = []
    for place, address in (("1-1", "007"), ("2-4", "012")):
        folder = tmp_path / place
        usb(
            folder,
            place,
            busnum=place[0],
            devnum=address.lstrip("0"),
            serial="AB 123",
            idVendor="1083",
            idProduct="165f",
        )
        (found,) = name_devices(row.format(f"00{place[0]}:{address}"), folder)
        names.append(found.id)
    assert names == ["sane:canon_dr:1083-165f-AB-123"] * 2


def test_a_scanner_without_a_serial_number_is_known_by_its_model(tmp_path: Path) -> None:
    (found,) = name_devices("genesys:libusb:001:004\tCanon\tLiDE 210\tflatbed scanner", tmp_path)
    assert found.id == "sane:genesys:Canon-LiDE-210"


def test_two_like_scanners_are_numbered_and_cameras_left_out(tmp_path: Path) -> None:
    rows = "\n".join(
        [
            "genesys:libusb:001:005\tCanon\tLiDE 210\tflatbed scanner",
            "v4l:/dev/video0\tNoname\tWebcam\tvirtual device",
            "genesys:libusb:001:004\tCanon\tLiDE 210\tflatbed scanner",
            "some line that is no device",
        ]
    )
    assert [f.id for f in name_devices(rows, tmp_path)] == [
        "sane:genesys:Canon-LiDE-210",
        "sane:genesys:Canon-LiDE-210#2",
    ]


def test_running_numbers_and_addresses_are_no_part_of_a_name(tmp_path: Path) -> None:
    rows = [
        "airscan:e3:Copier 2nd floor\teSCL\tCopier\tip=192.0.2.7",
        "hpaio:/net/HP_MFP?ip=192.0.2.30\tHewlett-Packard\tMFP\tall-in-one",
        "net:192.0.2.9:genesys:libusb:001:004\tCanon\tLiDE 210\tflatbed scanner",
        "fujitsu:fi-7600:0012345\tFUJITSU\tfi-7600\tscanner",
    ]
    assert [name_devices(row, tmp_path)[0].id for row in rows] == [
        "sane:airscan:e:Copier-2nd-floor",
        "sane:hpaio:/net/HP_MFP",
        "sane:net:192.0.2.9:genesys:Canon-LiDE-210",
        "sane:fujitsu:fi-7600:0012345",
    ]
