"""Every verb works on an empty data folder: empty lists, nothing asked."""

import json
from pathlib import Path

import pytest
from conftest_journeys import Run, conforms


@pytest.mark.parametrize(
    ("arguments", "schema"),
    [
        (("dossiers",), "dossiers"),
        (("outbox",), "outbox"),
        (("users",), "users"),
        (("settings",), "settings"),
        (("check",), "check"),
        (("records", "find", "Mẫu"), "records-find"),
        (("seal", "--ready"), "seal"),
        (("purge",), "purge"),
        (("report", "rates"), "report-rates"),
        (("report", "behind"), "report-behind"),
        (("report", "today"), "report-today"),
        (("report", "form"), "report-form"),
        (("report", "outlook"), "report-outlook"),
        (("report", "people"), "report-people"),
        (("report", "scanners"), "report-scanners"),
        (("devices",), "devices"),
    ],
)
def test_a_verb_answers_on_an_empty_folder(run: Run, arguments: tuple[str, ...], schema: str) -> None:
    answer = run(*arguments, "--json")
    assert answer.code == 0, answer.err
    conforms(answer.json, schema)


def test_the_list_of_a_day_without_deliveries_is_empty(run: Run, tmp_path: Path) -> None:
    answer = run("day-list", str(tmp_path / "lists"), "--on", "05/01/2026", "--json")
    assert conforms(answer.json, "day-list")["packages"] == []
    as_json, as_csv, sums = (Path(file) for file in answer.json["files"])
    conforms(json.loads(as_json.read_text()), "day-list")
    assert (as_csv.name, sums.read_bytes()) == ("packages-2026-01-05.csv", b"")


def test_rates_of_nothing_are_null(run: Run) -> None:
    rules = run("report", "rates", "--json").json["rule"]
    assert [rule["total"]["rate"] for rule in rules.values()] == [None, None]


def test_the_first_verb_tells_whose_account_it_made(run: Run) -> None:
    assert "the account admin is linked to you" in run("dossiers").err
    assert run("dossiers").err == ""


def test_an_unknown_dossier_is_a_sentence_and_usage(run: Run) -> None:
    answer = run("dossiers", "H48.12-260302-0001")
    assert (answer.code, answer.out) == (2, "")
    assert (
        answer.err.splitlines()[-1] == "There is no dossier H48.12-260302-0001. station dossiers lists them."
    )


def test_sending_without_a_warehouse_says_how_to_get_one(run: Run) -> None:
    answer = run("sync")
    assert answer.code == 5
    assert "not enrolled" in answer.err


def test_a_wrong_setting_names_the_near_miss(run: Run) -> None:
    answer = run("settings", "set", "langage", "vi")
    assert answer.code == 2
    assert "did you mean language" in answer.err


@pytest.mark.parametrize(
    "arguments", [("frobnicate",), ("ingest",), ("verify", "X", "--nope"), ("--lang", "xx", "users")]
)
def test_a_wrong_call_is_usage_in_words_and_no_mistake_of_ours(run: Run, arguments: tuple[str, ...]) -> None:
    answer = run(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "made a mistake" not in answer.err
