"""How does a mapping stand in a file? As YAML that a person can read, change and keep under version control."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

LARGEST = 100_000  # bytes
MOST_ROWS = 200
TEXTS = ("ours", "theirs", "mode", "transform", "argument", "default")
NEEDED = ("ours", "theirs")
FORM = "Write it as an export is written: `fields:`, and below it one entry for each row, with `ours` and `theirs`."
Row = dict[str, Any]


class BadFile(Exception):
    """What is wrong, a sentence for each mistake, naming row and field."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def written(rows: Iterable[Mapping[str, Any]], **about: str) -> str:
    """The file's text: what it is about, then the rows without what they leave empty. The value table is `values`."""
    fields = [{name: row[name] for name in TEXTS if row.get(name)} | _values(row) for row in rows]
    return yaml.safe_dump({**about, "fields": fields}, allow_unicode=True, sort_keys=False, width=120)


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"values": dict(row["table"])} if row.get("table") else {}


def read(text: bytes) -> list[Row]:
    """The rows of a file, every key of a row there. Raises BadFile."""
    if len(text) > LARGEST:
        raise BadFile(f"The file is larger than {LARGEST // 1000} KB, which no mapping is.")
    content = _parsed(text)
    fields = content.get("fields") if isinstance(content, dict) else content
    if not isinstance(fields, list):
        raise BadFile(FORM)
    if len(fields) > MOST_ROWS:
        raise BadFile(f"There are {len(fields)} rows; a mapping has {MOST_ROWS} at most.")
    problems = [problem for number, field in enumerate(fields, start=1) for problem in _problems(number, field)]
    if problems:
        raise BadFile(*problems)
    return [_row(field) for field in fields]


def _parsed(text: bytes) -> Any:
    """Plain values only: no tags, and no aliases, of which a small file can make a giant."""
    try:
        decoded = text.decode("utf-8")
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(decoded, Loader=yaml.SafeLoader)):
            raise BadFile("The file has aliases (`*name`). Write out what they stand for.")
        return yaml.safe_load(decoded)
    except UnicodeDecodeError as error:
        raise BadFile("The file is no UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadFile(f"The file is no YAML{where}: {error.problem}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadFile("The file is no YAML.") from error


def _problems(number: int, field: Any) -> Iterable[str]:
    if not isinstance(field, dict):
        yield f"Row {number}: it must have `ours` and `theirs`."
        return
    for name in NEEDED:
        if not field.get(name):
            yield f"Row {number}: `{name}` is missing."
    for name, value in field.items():
        if name not in (*TEXTS, "values"):
            yield f"Row {number}: there is no field `{str(name)[:40]}`; there are {', '.join((*TEXTS, 'values'))}."
        elif name == "values" and not _is_table(value):
            yield f"Row {number}: `values` must be pairs such as `A: gold`."
        elif name != "values" and not isinstance(value, str | int | float):
            yield f"Row {number}: `{name}` must be a single value."


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str | int | float) for pair in value.items() for one in pair)


def _row(field: Mapping[str, Any]) -> Row:
    row: Row = {name: _text(field.get(name, "")) for name in TEXTS}
    row["mode"] = row["mode"] or "overwrite"
    row["table"] = {_text(left): _text(right) for left, right in field.get("values", {}).items()}
    return row


def _text(value: Any) -> str:
    """YAML reads `yes` and `true` as a truth: they are written as one writes them in a mapping."""
    return str(value).lower() if isinstance(value, bool) else str(value)
