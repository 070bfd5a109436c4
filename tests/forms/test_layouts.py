"""Forms in layouts and wordings no office of the samples has; they stand in layouts.toml."""

import tomllib
from pathlib import Path

import pytest

from forms.doctype import load_catalogue
from forms.gazetteer import load_gazetteer
from forms.proposal import FlowPage, NoRecords
from forms.sorting import sort_intake
from tests.benchmarks.fields import same_value
from tests.forms.made import page

LAYOUTS = tomllib.loads(Path(__file__).with_name("layouts.toml").read_text(encoding="utf-8"))["layout"]


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout["name"] for layout in LAYOUTS])
def test_fields_are_read_from_a_form_nobody_has_described(layout):
    columns = layout.get("columns", (150, 850))
    flow = [FlowPage(n, n, page(*rows, columns=columns)) for n, rows in enumerate(layout["pages"], start=1)]
    (proposal,) = sort_intake(flow, load_catalogue(), NoRecords(), load_gazetteer())
    (document,) = proposal.documents
    assert document.type_id == layout["type"]
    said = {name: document.fields[name].value for name in layout["fields"] if name in document.fields}
    wrong = {
        name: (said.get(name), value)
        for name, value in layout["fields"].items()
        if not same_value(name, said.get(name, ""), value)
    }
    assert wrong == {}
