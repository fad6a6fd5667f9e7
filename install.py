"""How do the packages of a lock file get into .venv? `make` runs this before every other word; usually it does nothing.

    python3 install.py production | development

uv is installed by pip from one hash-pinned line and installs the rest, in seconds; plain pip, given the same file, is
the way out. uv does not read pip's configuration, so it is told what pip is told: a company's mirror works with both.
"""

import ast
import hashlib
import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLED = VENV / "installed"  # what is: a level, and the digest of its lock file
LOCKS = {"production": ROOT / "requirements.txt", "development": ROOT / "requirements-dev.txt"}
BOOTSTRAP = ROOT / "requirements-uv.txt"
# What pip calls it → what uv calls it, and how uv tells several apart.
SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
}


def main(level: str) -> None:
    if is_installed(level):
        return
    if works(PYTHON) and INSTALLED.exists() and INSTALLED.read_text().startswith("development"):
        level = "development"  # its lock has changed: renew it, rather than take the tools away
    lock = LOCKS[level]
    pip = make_venv()
    print(f"Installing {lock.read_text().count('==')} packages into .venv …", flush=True)
    if not install_with_uv(pip, lock):
        print("uv could not; pip does it, which takes a minute …", flush=True)
        if run([*pip, "install", "--quiet", "--no-deps", "--require-hashes", "--requirement", lock]):
            sys.exit("The packages could not be installed: see pip's message above.")
    INSTALLED.write_text(mark(level))


def is_installed(level: str) -> bool:
    """Whether .venv holds the level, or more, and no lock has changed since."""
    levels = {level, "development"}
    return works(PYTHON) and INSTALLED.exists() and INSTALLED.read_text() in {mark(level) for level in levels}


def mark(level: str) -> str:
    return f"{level} {hashlib.sha256(LOCKS[level].read_bytes()).hexdigest()}"


def works(python: Path) -> bool:
    try:
        return subprocess.run([python, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def make_venv() -> list[str | Path]:
    """Makes .venv if there is none that works, and says how to run pip for it."""
    has_own_pip = bool(importlib.util.find_spec("ensurepip"))
    if not works(PYTHON):
        if not has_own_pip and not importlib.util.find_spec("pip"):
            version = ".".join(map(str, sys.version_info[:2]))
            sys.exit(f"This Python cannot make a virtual environment. On Debian: apt install python{version}-venv")
        venv.create(VENV, clear=True, symlinks=True, with_pip=has_own_pip)
    if subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return [PYTHON, "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", PYTHON]


def install_with_uv(pip: list[str | Path], lock: Path) -> bool:
    uv = VENV / "bin" / "uv"
    if run([*pip, "install", "-qq", "--no-deps", "--require-hashes", "--requirement", BOOTSTRAP]):
        return False
    # Compiled once here, every start is a second faster; for those who let Python write nothing, for ever.
    sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", PYTHON, lock]
    return run(sync, {**uv_settings(pip), **os.environ}) == 0


def uv_settings(pip: list[str | Path]) -> dict[str, str]:
    """pip's index settings, from its files and the environment, by uv's names."""
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True).stdout
    settings = {"UV_INDEX_STRATEGY": "unsafe-best-match"}  # as pip does; the hashes are what makes it safe
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, value = line.partition("=")
        if name_and_separator := SETTINGS.get(key.rpartition(".")[2]):
            name, separator = name_and_separator
            settings[name] = separator.join(ast.literal_eval(value).split())
    return settings


def run(command: list[str | Path], environment: dict[str, str] | None = None) -> int:
    return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    main(sys.argv[1])
