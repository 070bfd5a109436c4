"""Sheets in, sides out; a pile scanned in two passes."""

from hypothesis import given
from hypothesis import strategies as st

from capture import problems
from capture.counts import back_missing, collate, compare_counts


def test_sides_are_compared_with_the_sheets_put_in() -> None:
    assert compare_counts(sheets=10, sides=20, two_sided=True) is None
    assert compare_counts(sheets=10, sides=10, two_sided=False) is None
    said = compare_counts(sheets=10, sides=18, two_sided=True)
    assert said is not None
    assert said.values == {"sides": 18, "sheets": 10, "expected": 20}


def test_an_odd_number_of_sides_means_a_missing_back() -> None:
    assert back_missing(8) is None
    assert back_missing(7) is not None


def test_a_pile_turned_over_as_a_whole_is_laid_together() -> None:
    made = collate(["1a", "2a", "3a"], ["3b", "2b", "1b"], backs_reversed=True)
    assert made.sides == ("1a", "1b", "2a", "2b", "3a", "3b")
    assert made.remark is None


def test_backs_in_the_order_of_the_fronts_are_laid_together() -> None:
    assert collate([1, 2], [11, 12], backs_reversed=False).sides == (1, 11, 2, 12)


def test_passes_that_do_not_fit_are_kept_whole_and_said() -> None:
    made = collate(["1a", "2a", "3a"], ["3b", "2b"], backs_reversed=True)
    assert made.sides == ("1a", "2a", "3a", "2b", "3b")
    assert made.remark is not None
    assert made.remark.sentence == problems.PASSES_DIFFER


@given(st.lists(st.integers()), st.lists(st.integers()), st.booleans())
def test_no_side_is_ever_dropped(fronts: list[int], backs: list[int], backs_reversed: bool) -> None:
    assert sorted(collate(fronts, backs, backs_reversed).sides) == sorted([*fronts, *backs])
