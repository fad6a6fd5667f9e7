"""Is the code laid out as docs/architecture.md says? Names, first lines, lengths, and what is not used here."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
APPS = ("crm", "integrations", "widget")
OURS = (*APPS, "tests", "bench", "faults")
parse = cache(ast.parse)  # each file once for all tests
VAGUE = {"utils", "util", "helpers", "common", "services", "misc", "managers", "signals"}


@cache
def modules(*folders: str) -> dict[str, str]:
    """Path and text of every module of ours that a person wrote: no migrations, no empty __init__.py."""
    paths = [path for folder in folders or OURS for path in sorted((ROOT / folder).rglob("*.py"))]
    paths += [] if folders else sorted(ROOT.glob("*.py"))
    texts = {path: path.read_text(encoding="utf-8") for path in paths if "migrations" not in path.parts}
    return {path.relative_to(ROOT).as_posix(): text for path, text in texts.items() if text.strip()}


def first_line(text: str) -> str:
    return (ast.get_docstring(parse(text)) or "").partition("\n")[0]


def functions(*folders: str) -> Iterator[tuple[str, int]]:
    """Every function, and how many lines it has from its name to its end."""
    for path, text in modules(*folders).items():
        for node in ast.walk(parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def names(text: str) -> set[str]:
    """Everything a module names: variables, attributes, keyword arguments and what it imports."""
    found: set[str] = set()
    for node in ast.walk(parse(text)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                found.add(name)
            case ast.Import(names=aliases):
                found |= {alias.name for alias in aliases}
            case ast.ImportFrom(module=module, names=aliases):
                found |= {f"{module}.{alias.name}" for alias in aliases} | {str(module)}
    return found


def test_the_first_line_of_a_module_says_which_question_it_answers() -> None:
    lines = {path: first_line(text) for path, text in modules().items()}
    assert {path: line for path, line in lines.items() if "?" not in line or len(line) > 117} == {}


def test_no_file_is_called_by_what_it_is_not_about() -> None:
    files = {path for path in modules() if Path(path).stem in VAGUE}
    folders = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("*/**/__init__.py")}
    assert files == set()
    assert {folder for folder in folders if Path(folder).name in VAGUE and not folder.startswith(".")} == set()


def test_no_file_is_longer_than_300_lines_and_nine_in_ten_are_shorter_than_200() -> None:
    lengths = {path: text.count("\n") for path, text in modules(*APPS).items() if path != "crm/settings.py"}
    assert {path: length for path, length in lengths.items() if length > 300} == {}
    assert sorted(lengths.values())[len(lengths) * 9 // 10] < 200


def test_functions_are_short() -> None:
    lengths = sorted(length for _, length in functions(*APPS))
    assert len(lengths) > 500, "the functions are not found"
    assert median(lengths) <= 8
    assert lengths[len(lengths) * 9 // 10] <= 30
    assert {name: length for name, length in functions(*APPS) if length > 60} == {}


def test_nothing_happens_behind_a_save() -> None:
    signal = re.compile(r"^django\.(db\.models\.signals|dispatch)|^(pre|post)_(save|delete)$")
    for path, text in modules(*APPS).items():
        assert not {name for name in names(text) if signal.search(name)}, path


def test_nothing_of_ours_is_patched() -> None:
    patching = re.compile(r"monkeypatch\.setattr|mocker\.|\bpatch\((?!\.)|unittest\.mock|MagicMock")
    tests = {path: text for path, text in modules("tests").items() if path != "tests/house/test_modules.py"}
    assert {path: found for path, text in tests.items() if (found := patching.findall(text))} == {}


def test_nothing_is_trusted_that_was_not_escaped() -> None:
    for path, text in modules(*APPS).items():
        assert not {"mark_safe", "django.utils.safestring.mark_safe", "eval", "exec"} & names(text), path
        assert not re.search(r"""fields\s*=\s*["']__all__["']|\*\*request\.(data|POST|GET)""", text), path


def test_only_the_card_builds_markup_itself() -> None:
    """Its inlined style, which holds no value; its stencil makes bytes, and escapes every word of them."""
    trusted = {
        path
        for path, text in modules(*APPS).items()
        for node in ast.walk(parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("SafeString", "SafeText")
    }
    assert trusted == {"widget/frames.py"}


def test_templates_escape_everything_but_our_own_constants() -> None:
    paths = sorted((ROOT / "templates").rglob("*.html"))
    assert paths
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    trusting = re.compile(r"{{[^}]*\|\s*safe(?:seq)?\b[^}]*}}|{% *autoescape off")
    unescaped = {path: trusting.findall(text) for path, text in texts.items()}
    assert {path: found for path, found in unescaped.items() if found} == {}


def test_no_committed_file_names_this_machine() -> None:
    """Paths of somebody's machine and package indexes do not belong into a public repository."""
    foreign = re.compile(rb"/roo[t]/|/home/[a-z]|/wor[k]/|https?://(?!pypi\.org)[\w.-]*pypi")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name]
    texts = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths if path.is_file()}
    assert {path: set(foreign.findall(text)) for path, text in texts.items() if foreign.search(text)} == {}
