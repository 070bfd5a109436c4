"""Two Cambodian land titles of invented holders, for reading Khmer.

Khmer has no spaces between words and stacks its letters; the face is shaped by raqm, without which the
titles would be nonsense, so they are refused then.
"""

import random
from dataclasses import replace
from pathlib import Path

from PIL import features

from resources.samples import delivery, template, truth
from resources.samples.directives import carry_out
from resources.samples.dossier import Document, sides_of
from resources.samples.scan import Lie, scan
from resources.samples.style import settle
from resources.samples.typeset import Paper, Typesetter
from station.core.errors import N_, StationError

KINDS = ("kh_ownership_title", "kh_possession_title")
FIELDS = frozenset(("certificate_no", "owner_name", "parcel_code", "area_m2", "parcel_address"))
NAMES = ("សុខ សំណាង", "ចាន់ ដារ៉ា", "កែវ សុភា", "ហេង វិចិត្រ", "លឹម ចន្ទ្រា", "អ៊ុំ សុវណ្ណ")
PLACES = (
    ("ភូមិត្រពាំងគំរូ ឃុំបឹងឧទាហរណ៍ ស្រុកកណ្ដាលស្ទឹង ខេត្តកណ្ដាល", "ខេត្តកណ្ដាល"),
    ("ភូមិអូរគំរូ សង្កាត់ស្វាយឧទាហរណ៍ ក្រុងសៀមរាប ខេត្តសៀមរាប", "ខេត្តសៀមរាប"),
)
MONTHS = ("មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ")
_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


class KhmerNotShaped(StationError):
    """Pillow was built without raqm."""

    sentence = N_("This computer cannot shape Khmer letters. Install the package libraqm0, then try again.")


def digits(number: object) -> str:
    """In Khmer digits."""
    return str(number).translate(_DIGITS)


def title(kind: str, dpi: int, rng: random.Random, *, coloured: bool = False) -> Paper:
    """One title page; `kind` is one of KINDS.

    Raises:
        KhmerNotShaped: letters would stand beside each other instead of on each other.
    """
    if not features.check("raqm"):
        raise KhmerNotShaped
    where, province = rng.choice(PLACES)
    known = {
        "certificate_no": f"{digits(rng.randint(1000, 99999))}",
        "owner_name": rng.choice(NAMES),
        "parcel_code": digits(
            f"{rng.randint(1, 12):02d}{rng.randint(1, 12):02d}{rng.randint(1, 9):02d}-{rng.randint(100, 4000):04d}"
        ),
        "area_m2": digits(rng.randint(80, 3000)),
        "parcel_address": where,
        "office": province,
        "place": province,
        "sex": rng.choice(("ប្រុស", "ស្រី")),
        "born": digits(f"{rng.randint(1, 28):02d}-{rng.randint(1, 12):02d}-{rng.randint(1950, 1999)}"),
        "id_number": digits(f"00{rng.randint(1000000, 9999999)}"),
        "day": digits(rng.randint(1, 28)),
        "month": rng.choice(MONTHS),
        "year": digits(rng.randint(2010, 2025)),
        "officer": rng.choice(NAMES),
    }
    style = replace(
        settle("a", rng),
        family="khmer",
        size_pt=12.0,
        leading=1.7,
        value_face="regular",
        value_family=None,
        justified=False,
        indent_mm=0.0,
    )
    setter = Typesetter(style, known, FIELDS, dpi, coloured, rng)
    wording = template.choose(template.read("km", kind), rng)
    carry_out(setter, template.directives(wording, known))
    return Paper(kind, "វិញ្ញាបនបត្រ", "km", "typed", setter.sheets, setter.fields, setter.field_info)


def make_titles(folder: Path, seed: int = 1) -> Path:
    """Both titles as one intake of JPEGs under `folder`; returns the truth file."""
    rng = random.Random(f"khmer {seed}")
    documents = [
        Document(f"D001-{index:02d}", "D001", index, title(kind, 300, rng))
        for index, kind in enumerate(KINDS, start=1)
    ]
    stream = [
        (scan(side, Lie(dpi=300, mode="gray", level="clean", skew=rng.uniform(-0.6, 0.6)), rng), document.id)
        for document in documents
        for side in sides_of(document, duplex=False, spreads=False, rng=rng)
    ]
    files = delivery.deliver(folder, "km_001", "SCAN", "jpeg", stream)
    told = [truth.document_truth(document, files) for document in documents]
    return truth.write(
        folder / "truth.json",
        seed=seed,
        style="km",
        level="clean",
        records=0,
        files=files,
        documents=told,
        dossiers=[],
    )
