"""Which tokens speak of which person: passages of parties, and the persons named in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from forms.doctype import GroupSpec
from forms.labels import SHORTEST_INSIDE, Hit, LabelBook, cell_starts, is_bullet
from forms.layout import Token
from forms.normalise import fold_tight
from forms.person_starts import PERSON, PERSON_SMALL, person_starts

#: A heading that opens a passage has little else in its row.
MOST_WORDS_AFTER_HEADING = 9
#: Least likeness of a heading with errors; below it other phrases of the form are met.
NEAR_HEADING = 89
#: So many rows under headings side by side tell where their columns begin.
ROWS_OF_COLUMNS = 6


@dataclass(frozen=True)
class Passage:
    """Tokens of one group, by role of its persons."""

    group: GroupSpec
    by_role: dict[str, list[Token]]
    indexes: frozenset[int]


def find_passages(tokens: Sequence[Token], groups: Sequence[GroupSpec]) -> list[Passage]:
    """The passages of a document's groups; a group without heading has none."""
    if not groups:
        return []
    hits = _headings(tokens, groups)
    spoken = _spoken_starts(tokens, groups)
    starts = {
        n: [h for h in hits if h.field == f"start{n}" and _is_heading(tokens, h.end)] or spoken.get(n, [])
        for n in range(len(groups))
    }
    if not all(starts.values()):
        tabled = _table(tokens, groups, hits)
        if tabled:
            return tabled
    passages = []
    for number, group in enumerate(groups):
        ends = [h.start for h in hits if h.field == f"end{number}"]
        elsewhere = [h.start for n, hs in starts.items() if n != number for h in hs]
        closed = min(ends, default=len(tokens))
        for hit in starts[number]:
            if hit.start > closed and tokens[hit.start].page == tokens[closed].page and len(groups) == 1:
                continue
            passage = _from_heading(tokens, group, hit, ends, elsewhere)
            if passage is not None:
                passages.append(passage)
                break
        else:
            if len(groups) == 1 and len(group.roles) > 1:
                passages += _without_heading(tokens, group, ends)
    return passages


def _headings(tokens: Sequence[Token], groups: Sequence[GroupSpec]) -> list[Hit]:
    """Where passages may start and end, in the order of the text."""
    starts = [(f"start{n}", w) for n, g in enumerate(groups) for w in g.starts if not w.endswith("…")]
    ends = [(f"end{n}", w) for n, g in enumerate(groups) for w in g.ends]
    hits = [h for h in LabelBook(starts + ends).find(tokens) if h.opens and h.score >= NEAR_HEADING]
    return sorted({*hits, *_row_headings(tokens, groups)}, key=lambda h: h.start)


def _from_heading(
    tokens: Sequence[Token], group: GroupSpec, hit: Hit, ends: Sequence[int], elsewhere: Sequence[int]
) -> Passage | None:
    """The passage that a heading opens; None when no words follow. `elsewhere`: where other groups begin."""
    column = _column(tokens, hit.start, elsewhere)
    others = [i for i in elsewhere if i > hit.start]
    if column is not None:
        others = [i for i in others if tokens[i].row != tokens[hit.start].row]
    articles = [i for i in range(hit.end, len(tokens)) if _first_article(tokens, i)]
    stop = min([*others, *[e for e in ends if e > hit.end], *articles[:1], len(tokens), hit.end + 400])
    indexes = [
        i for i in range(hit.start, stop) if column is None or column[0] <= tokens[i].box[0] < column[1]
    ]
    if not any(c.isalpha() for i in indexes[hit.end - hit.start :] for c in tokens[i].text):
        return None
    return Passage(group, _persons([tokens[i] for i in indexes], group.roles), frozenset(indexes))


def _table(tokens: Sequence[Token], groups: Sequence[GroupSpec], hits: Sequence[Hit]) -> list[Passage]:
    """Passages side by side under a row of headings, with the labels in a column of their own at the left."""
    heads: dict[tuple[int, int], dict[int, Hit]] = {}
    for hit in hits:
        if hit.field.startswith("start") and not tokens[hit.end - 1].text.endswith(":"):
            spot = (tokens[hit.start].page, tokens[hit.start].row)
            heads.setdefault(spot, {}).setdefault(int(hit.field[5:]), hit)
    for (page, row), named in sorted(heads.items()):
        if len(named) < 2 or len(named) < len(groups):
            continue
        cells = {tokens[h.start].cell for h in named.values()}
        in_row = [i for i, t in enumerate(tokens) if (t.page, t.row) == (page, row) and t.key]
        remarks = len(_in_brackets([tokens[i] for i in in_row]))
        if (
            len(cells) < len(named)
            or len(in_row) > sum(h.end - h.start for h in named.values()) + remarks + 2
        ):
            continue
        middles = {n: (tokens[h.start].box[0] + tokens[h.end - 1].box[2]) / 2 for n, h in named.items()}
        order = sorted(named, key=lambda n: middles[n])
        half = (middles[order[1]] - middles[order[0]]) / 2
        ends = [h.start for h in hits if h.field.startswith("end") and h.start > max(in_row)]
        stop = min([*ends, len(tokens)])
        below = range(max(in_row) + 1, stop)
        passages = []
        for n in order:
            group = groups[n]
            left, right = middles[n] - half, middles[n] + half
            kept = [
                i
                for i in below
                if tokens[i].page == page
                and (_middle(tokens[i]) < middles[order[0]] - half or left <= _middle(tokens[i]) < right)
            ]
            span = [tokens[i] for i in kept]
            if any(any(c.isdigit() for c in t.text) for t in span):
                labels = any(_middle(t) < middles[order[0]] - half for t in span)
                by_role = {group.roles[0]: span} if labels else _persons(span, group.roles)
                passages.append(Passage(group, by_role, frozenset(kept)))
        if len(passages) == len(groups):
            return passages
    return []


def _in_brackets(row: Sequence[Token]) -> list[Token]:
    """The words of remarks: "BÊN TẶNG CHO (BÊN A)"."""
    kept, inside = [], False
    for token in row:
        inside = inside or token.text.startswith("(")
        if inside:
            kept.append(token)
        inside = inside and not token.text.endswith((")", "):"))
    return kept


def _middle(token: Token) -> float:
    return (token.box[0] + token.box[2]) / 2


def _row_headings(tokens: Sequence[Token], groups: Sequence[GroupSpec]) -> list[Hit]:
    """Headings that are all their row has: short ones ("VỢ", "BÊN A (bên tặng cho):"), others after "Thông tin về"."""
    wanted = [(f"start{n}", fold_tight(w)) for n, g in enumerate(groups) for w in g.starts]
    short = [(name, key) for name, key in wanted if len(key) < SHORTEST_INSIDE]
    opens = cell_starts(tokens)
    found = []
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        if not opens[index] or is_bullet(token.text) or not token.key:
            continue
        if (
            before is not None
            and (before.page, before.row) == (token.page, token.row)
            and not is_bullet(before.text)
        ):
            continue
        start = _behind_about(tokens, index)
        looked_for = wanted if start > index else short
        key = ""
        for last in range(start, min(start + 6, len(tokens))):
            if (tokens[last].page, tokens[last].row) != (token.page, token.row):
                break
            key += tokens[last].key
            for name, heading in looked_for:
                if key == heading and _stands_alone(tokens, last):
                    found.append(Hit(name, index, last + 1, 100.0, True))
    return found


def _behind_about(tokens: Sequence[Token], index: int) -> int:
    """Where the heading's own words begin after "Thông tin (về, của) (người)"; the same place for another row."""
    if [t.key for t in tokens[index : index + 2]] != ["thong", "tin"]:
        return index
    index += 2
    while index < len(tokens) and tokens[index].key in ("ve", "cua", "nguoi"):
        index += 1
    return index


def _spoken_starts(tokens: Sequence[Token], groups: Sequence[GroupSpec]) -> dict[int, list[Hit]]:
    """Beginnings inside sentences ("Tôi tên là …"), written in the catalogue with an ellipsis."""
    found: dict[int, list[Hit]] = {}
    for number, group in enumerate(groups):
        for wanted in (fold_tight(w) for w in group.starts if w.endswith("…")):
            for index in range(len(tokens)):
                key = ""
                for last in range(index, min(index + 9, len(tokens))):
                    key += tokens[last].key
                    if not wanted.startswith(key):
                        break
                    if key == wanted:
                        found.setdefault(number, []).append(
                            Hit(f"start{number}", index, last + 1, 100.0, True)
                        )
                        break
    return found


def _stands_alone(tokens: Sequence[Token], last: int) -> bool:
    """Does the row end here, or go on with a colon or in brackets?"""
    following = tokens[last + 1] if last + 1 < len(tokens) else None
    if following is None or (following.page, following.row) != (tokens[last].page, tokens[last].row):
        return True
    return tokens[last].text.endswith(":") or following.text[:1] in "(:"


def _without_heading(tokens: Sequence[Token], group: GroupSpec, ends: Sequence[int]) -> list[Passage]:
    """Persons named before the passage's end, where its heading was not readable."""
    stop = min([*ends, next((i for i, t in enumerate(tokens) if t.page != tokens[0].page), len(tokens))])
    starts = person_starts(list(tokens[:stop]))
    if not starts and stop == len(tokens):
        return []
    first = starts[0] if starts else 0
    return [Passage(group, _persons(list(tokens[first:stop]), group.roles), frozenset(range(first, stop)))]


def _is_heading(tokens: Sequence[Token], end: int) -> bool:
    """Is what follows a colon or the end of the row, not a sentence about the party?"""
    if tokens[end - 1].text.endswith(":"):
        return True
    after = []
    for token in tokens[end:]:
        if (token.page, token.row, token.cell) != (
            tokens[end - 1].page,
            tokens[end - 1].row,
            tokens[end - 1].cell,
        ):
            break
        after.append(token)
    words = [t for t in after if t.key]
    row = [
        t
        for t in tokens[max(0, end - 30) : end + 30]
        if (t.page, t.row) == (tokens[end - 1].page, tokens[end - 1].row)
    ]
    if any(t.cell != tokens[end - 1].cell for t in row if t.key):
        return False  # boxes to tick, signatures side by side
    if all(t.text.isupper() for t in row if len(t.key) > 1):
        return True  # a heading in capitals, however long
    if not words or after[0].text[:1] in ":(,-/" or _names_somebody(words):
        return True
    return len(words) <= MOST_WORDS_AFTER_HEADING and any(t.text.endswith((":", ":)")) for t in after)


def _names_somebody(words: Sequence[Token]) -> bool:
    """Does a sentence go on with a person: "Người ủy quyền là ông …", "Bên bán là bà …"?"""
    return words[0].key in ("la", "gom") and any(
        PERSON.match(t.text) or PERSON_SMALL.match(t.text) for t in words[1:3]
    )


def _first_article(tokens: Sequence[Token], index: int) -> bool:
    """Does "Điều 1" begin here, at the start of its row?"""
    token, before = tokens[index], tokens[index - 1] if index else None
    if token.key != "dieu" or index + 1 >= len(tokens) or tokens[index + 1].key not in ("1", "i", "l"):
        return False
    return before is None or (before.page, before.row) != (token.page, token.row)


def _column(tokens: Sequence[Token], start: int, others: Sequence[int]) -> tuple[float, float] | None:
    """Left and right of the passage when another one begins beside it; None when it has the whole width."""
    own = tokens[start]
    beside = [tokens[i] for i in others if (tokens[i].page, tokens[i].row) == (own.page, own.row)]
    if not beside:
        return None
    headings = sorted([own, *beside], key=lambda t: t.box[0])
    edges = _edges_below(tokens[start:], headings)
    if edges:
        number = headings.index(own)
        return edges[number], edges[number + 1]
    right = min((t.box[0] for t in beside if t.box[0] > own.box[0]), default=None)
    height = own.box[3] - own.box[1]
    left = own.box[0] - height if any(t.box[0] < own.box[0] for t in beside) else float("-inf")
    return left, (right - height if right is not None else float("inf"))


def _edges_below(tokens: Sequence[Token], headings: Sequence[Token]) -> list[float]:
    """Where columns begin and end by the rows under their headings, from left to right; [] when those do not tell.

    A column begins between the heading before its own and its own, under it or left of it.
    """
    own = headings[0]
    below = [t for t in tokens if t.page == own.page and own.row < t.row <= own.row + ROWS_OF_COLUMNS]
    lefts: list[list[int]] = []
    for _, row in groupby(below, key=lambda t: t.row):
        starts = [next(cell).box[0] for _, cell in groupby(row, key=lambda t: t.cell)]
        if len(starts) == len(headings):
            lefts.append(starts)
    columns = [min(column) for column in zip(*lefts, strict=True)][1:]
    fitting = all(
        before.box[2] < left <= heading.box[0] + own.box[3] - own.box[1]
        for before, heading, left in zip(headings, headings[1:], columns, strict=False)
    )
    if not columns or not fitting:
        return []
    half = (own.box[3] - own.box[1]) / 2
    return [float("-inf"), *(left - half for left in columns), float("inf")]


def _persons(span: list[Token], roles: tuple[str, ...]) -> dict[str, list[Token]]:
    """The passage parted at its persons; the first role takes what stands before the second person."""
    if len(roles) == 1:
        return {roles[0]: span}
    starts = person_starts(span)
    parted: dict[str, list[Token]] = {}
    for number, role in enumerate(roles):
        if number >= len(starts) and number > 0:
            break
        first = starts[number] if number < len(starts) else 0
        last = starts[number + 1] if number + 1 < len(starts) else len(span)
        parted[role] = span[0 if number == 0 and not starts else first : last]
    return parted
