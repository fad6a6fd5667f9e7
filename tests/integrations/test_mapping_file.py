"""Is a mapping's file read strictly, and every mistake in it told by row and field?"""

from __future__ import annotations

import pytest

from integrations.mapping_file import LARGEST, BadFile, read, written

ROW = {"ours": "alert", "theirs": "title", "mode": "append", "transform": "", "argument": "", "default": ""}


def test_what_was_written_is_read_again() -> None:
    rows = [
        {**ROW, "table": {"A": "gold", "ano": "yes"}},
        {**ROW, "ours": "žluťoučký", "argument": " kůň", "table": {}},
    ]
    assert read(written(rows, entity="contact").encode()) == rows


def test_what_is_left_out_is_as_in_a_new_row() -> None:
    assert read(b"fields: [{ours: alert, theirs: title}]") == [{**ROW, "mode": "overwrite", "table": {}}]


def test_yaml_s_own_truths_and_numbers_are_read_as_written() -> None:
    table = read(b"fields: [{ours: a, theirs: b, values: {yes: 1, false: 2.5}}]")[0]["table"]
    assert table == {"true": "1", "false": "2.5"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "Write it as an export is written"),
        (b"[1, 2]", "Row 1: it must have `ours` and `theirs`."),
        (b"fields: nothing", "Write it as an export is written"),
        (b"fields: [{theirs: b}]", "Row 1: `ours` is missing."),
        (b"fields: [{ours: a, theirs: b}, {ours: a, theirs: [b]}]", "Row 2: `theirs` must be a single value."),
        (b"fields: [{ours: a, theirs: b, colour: red}]", "Row 1: there is no field `colour`"),
        (b"fields: [{ours: a, theirs: b, values: [1]}]", "Row 1: `values` must be pairs"),
        (b"fields: [{ours: a, theirs: b, values: {A: {B: C}}}]", "Row 1: `values` must be pairs"),
        (b"fields: [", "The file is no YAML in line 1"),
        (b"fields: !!python/object:os.system {}", "The file is no YAML"),
        (b"a: &a [1]\nfields: [*a]", "aliases"),
        (b"\xff\xfe\x00", "no UTF-8 text"),
        (b"fields: [" + b"[" * 5000, "The file is no YAML"),
        (b" " * (LARGEST + 1), "larger than 100 KB"),
        (b"fields:" + b"\n- {ours: a, theirs: b}" * 201, "There are 201 rows; a mapping has 200 at most."),
    ],
)
def test_a_mistake_is_told_by_row_and_field(text: bytes, told: str) -> None:
    with pytest.raises(BadFile) as error:
        read(text)
    assert told in str(error.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BadFile) as error:
        read(b"fields: [{ours: a}, {theirs: b}, 3]")
    assert len(error.value.problems) == 3
