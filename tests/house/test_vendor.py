"""Are the foreign files the ones we chose, and does a page stay on our own host?"""

import hashlib
import json
import re

import pytest

import vendor

ENTRIES = json.loads(vendor.MANIFEST.read_text(encoding="utf-8"))
KEPT = [vendor.ROOT / folder for folder in ("static/vendor", "tests/vendor", "bench/vendor")]

# Names of XML languages look like addresses, and no browser ever asks there.
NAMESPACE = re.compile(r"https?://www\.w3\.org/[\w/]+")
ADDRESS = re.compile(r"(?:https?:)?//[\w-]+(?:\.[\w-]+)+")
FETCHED = re.compile(r"""(?:\b(?:src|href|action|srcset|data|poster|hx-\w+)=["']?|url\(["']?)(?:https?:)?//""")
INLINE = re.compile(
    r"<[a-z][^>]*\s(?:style|on[a-z]+|hx-on[\w:-]*)=|<script(?![^>]*\b(?:src|nonce|type=.application|data-scripts))"
)
ICON = re.compile(r"""(?:{% (?:icon|drawing) |icon_name=|{% nav_link "[^"]+" )"([^"]+)\"""")


def served(*endings: str) -> dict[str, str]:
    """What a browser can get from us, name and content: our static files and our templates."""
    folders = (vendor.ROOT / "static", vendor.ROOT / "templates")
    paths = [path for folder in folders for path in folder.rglob("*") if path.suffix in endings]
    return {path.relative_to(vendor.ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(paths)}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_a_vendored_file_is_the_one_in_the_manifest(entry: dict[str, str]) -> None:
    content = (vendor.ROOT / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_nothing_lies_among_the_vendored_files_that_the_manifest_does_not_name() -> None:
    kept = [path for folder in KEPT for path in folder.rglob("*") if path.is_file() and path != vendor.MANIFEST]
    assert {path.relative_to(vendor.ROOT).as_posix() for path in kept} == {entry["file"] for entry in ENTRIES}


def test_the_manifest_names_the_versions_that_package_json_pins() -> None:
    pinned = json.loads((vendor.ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert {entry["name"]: entry["version"] for entry in ENTRIES} == pinned


def test_every_package_comes_with_its_licence() -> None:
    with_text = {entry["name"] for entry in ENTRIES if "/licences/" in entry["file"]}
    assert with_text == {entry["name"] for entry in ENTRIES if entry["licence"]} == set(vendor.FILES)


def test_the_lock_holds_no_address_of_a_package() -> None:
    assert '"resolved"' not in (vendor.ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_no_script_or_style_names_another_host() -> None:
    files = served(".js", ".css", ".svg").items()
    assert [(name, ADDRESS.findall(text)) for name, text in files if ADDRESS.search(NAMESPACE.sub("", text))] == []


def test_no_template_fetches_from_another_host() -> None:
    assert [name for name, text in served(".html").items() if FETCHED.search(text)] == []


def test_no_template_carries_a_style_or_a_handler_of_its_own() -> None:
    assert [name for name, text in served(".html").items() if INLINE.search(text)] == []


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', served(".svg")[vendor.SPRITE]))
    named = {name for text in served(".html").values() for name in ICON.findall(text)}
    assert named, "no template names an icon: the pattern above no longer fits"
    assert named - drawn == set()


def test_no_icon_is_sent_to_every_browser_that_nothing_names() -> None:
    code = (
        path.read_text(encoding="utf-8")
        for app in ("crm", "integrations", "widget")
        for path in (vendor.ROOT / app).rglob("*.py")
    )
    texts = [*served(".html", ".js").values(), *code]
    assert [name for name in vendor.ICONS.split() if not any(f'"{name}"' in text for text in texts)] == []
