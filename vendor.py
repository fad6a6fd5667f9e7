"""Which foreign files does the browser get, and from which package is each?

`make vendor` runs this on a developer's machine, which needs npm. It installs the versions that package.json names,
copies the few files we use, draws one sprite of the icons we use and writes static/vendor/manifest.json. All of it is
committed, so that setting up and running Callroom needs neither Node nor a network.
"""

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PACKAGES = ROOT / "node_modules"
MANIFEST = ROOT / "static/vendor/manifest.json"
SPRITE = "static/vendor/icons.svg"
SHAPE, ATTRIBUTE = re.compile(r"<(\w+)\s+([^>]*?)/>"), re.compile(r'([\w-]+)="([^"]*)"')

# package → (its file → ours); a file with the licence's text is found and kept for each package.
FILES = {
    "htmx.org": {"dist/htmx.min.js": "static/vendor/htmx.min.js"},
    "htmx-ext-sse": {"dist/sse.min.js": "static/vendor/sse.min.js"},
    "idiomorph": {"dist/idiomorph-ext.min.js": "static/vendor/idiomorph-ext.min.js"},
    "@fontsource-variable/inter": {
        "files/inter-latin-wght-normal.woff2": "static/vendor/inter-latin.woff2",
        "files/inter-latin-ext-wght-normal.woff2": "static/vendor/inter-latin-ext.woff2",
    },
    "lucide-static": {},
    "axe-core": {"axe.min.js": "tests/vendor/axe.min.js"},
    # what the bench compares the card with; no browser of an agent gets these
    "bootstrap": {
        "dist/css/bootstrap.min.css": "bench/vendor/bootstrap.min.css",
        "dist/js/bootstrap.bundle.min.js": "bench/vendor/bootstrap.bundle.min.js",
    },
    "react": {"umd/react.production.min.js": "bench/vendor/react.production.min.js"},
    "react-dom": {"umd/react-dom.production.min.js": "bench/vendor/react-dom.production.min.js"},
}

# htmx-ext-sse names no licence in its package.json; the text it ships is this one.
LICENCES = {"htmx-ext-sse": "0BSD"}

ICONS = """
    activity arrow-down arrow-left arrow-right arrow-right-left arrow-up building-2 check chevron-down chevron-left
    chevron-right circle-alert circle-check copy download eye history house inbox info key-round keyboard link
    list-todo lock log-in log-out mail menu message-circle message-square monitor moon pencil phone phone-call
    phone-forwarded phone-incoming phone-missed phone-outgoing play plug plus refresh-cw save search settings
    shield-alert smartphone square-check star stethoscope sticky-note sun ticket trash-2 triangle-alert undo-2 unlink
    upload user user-plus user-search users x
"""


def main() -> None:
    """Install the pinned packages and write every vendored file and the manifest."""
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ROOT, check=True)
    entries = [entry for package in FILES for entry in vendored(package)]
    MANIFEST.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


def vendored(package: str) -> list[dict[str, str]]:
    """Copy one package's files, and answer their rows for the manifest."""
    about = json.loads((PACKAGES / package / "package.json").read_text(encoding="utf-8"))
    licence = about.get("license") or LICENCES[package]
    files = [copied(package, theirs, ours) for theirs, ours in FILES[package].items()]
    if package == "lucide-static":
        files.append(drawn_sprite(SPRITE))
    files.append(copied(package, "LICENSE", licence_path(package, files[0])))
    return [
        {"name": package, "version": about["version"], "licence": licence, "file": file, "sha256": digest(ROOT / file)}
        for file in files
    ]


def licence_path(package: str, beside: str) -> str:
    """Where the licence's text goes: next to the package's files."""
    slug = package.strip("@").replace("/", "-")
    return f"{Path(beside).parent.as_posix()}/licences/{slug}.txt"


def copied(package: str, theirs: str, ours: str) -> str:
    target = ROOT / ours
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PACKAGES / package / theirs, target)
    return ours


def drawn_sprite(path: str) -> str:
    """One SVG with a symbol for each icon; how lines look is said once, in the CSS class `icon`."""
    symbols = "\n".join(symbol(name) for name in ICONS.split())
    (ROOT / path).write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n', encoding="utf-8")
    return path


def symbol(name: str) -> str:
    """One path for all its lines: a browser makes an element of each shape before it draws any."""
    drawing = (PACKAGES / "lucide-static/icons" / f"{name}.svg").read_text(encoding="utf-8")
    shapes = SHAPE.findall(drawing[drawing.index(">", drawing.index("<svg")) :])
    lines = "".join(line(shape, dict(ATTRIBUTE.findall(of))) for shape, of in shapes)
    return f'<symbol id="{name}" viewBox="0 0 24 24"><path d="{lines}" /></symbol>'


def line(shape: str, of: Mapping[str, str]) -> str:
    """The same line in the words of a path. Raises KeyError for a shape that no icon had so far."""
    if shape == "path":
        return of["d"] if of["d"].startswith("M") else f"M0 0{of['d']}"  # what is relative is so to the path before
    if shape == "polyline":
        return f"M{of['points']}"
    n = {name: float(value) for name, value in of.items() if name != "fill"}  # of dots, which their stroke fills too
    if shape == "rect":
        r, wide, high = n["rx"], n["width"] - 2 * n["rx"], n["height"] - 2 * n["rx"]
        turns = (f"a{r:g} {r:g} 0 0 1 {x:g} {y:g}" for x, y in ((r, r), (-r, r), (-r, -r), (r, -r)))
        sides = (f"h{wide:g}", f"v{high:g}", f"h{-wide:g}", f"v{-high:g}")
        return f"M{n['x'] + r:g} {n['y']:g}{''.join(side + turn for side, turn in zip(sides, turns, strict=True))}z"
    shapes = {
        "line": "M{x1:g} {y1:g}L{x2:g} {y2:g}",
        "circle": "M{cx:g} {cy:g}m{r:g} 0a{r:g} {r:g} 0 1 0 -{d:g} 0a{r:g} {r:g} 0 1 0 {d:g} 0z",
    }
    return shapes[shape].format(**n, d=2 * n.get("r", 0))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
