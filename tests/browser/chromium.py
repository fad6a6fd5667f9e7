"""Which Chromium do the browser tests drive? Debian's, as strict about foreign frames as browsers will be.

Playwright switches storage partitioning off by default; here it is on, and third-party cookies are blocked.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, Error

PARTITIONING = "ThirdPartyStoragePartitioning"
USUAL = "/usr/bin/chromium"
OURS_ONLY = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"
ASKS = '#!/bin/sh\nprintf "%s\\n" "$@" > "$0.arguments"\n'


def path() -> str:
    """The browser's file; without one the test is skipped, and fails where the tests must be complete (CI)."""
    found = Path(os.environ.get("CHROMIUM", USUAL))
    if not found.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"No Chromium at {found}: install it or set CHROMIUM.")
    return str(found)


def launch(chromium: BrowserType, scratch: Path) -> Browser:
    executable, disabled = path(), switched_off(chromium, scratch)
    kept = disabled.replace(f"{PARTITIONING},", "").replace(f",{PARTITIONING}", "")
    strict = [kept, f"--enable-features={PARTITIONING}", "--test-third-party-cookie-phaseout"]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return chromium.launch(
        executable_path=executable,
        args=[*strict, *sandbox, f"--host-resolver-rules={OURS_ONLY}"],
        ignore_default_args=[disabled],
    )


def switched_off(chromium: BrowserType, scratch: Path) -> str:
    """Playwright's own argument against storage partitioning, whatever this version of it says: we let it start a
    program that only writes down how it was started."""
    program = scratch / "asks"
    program.write_text(ASKS)
    program.chmod(0o700)
    with suppress(Error):
        chromium.launch(executable_path=program)
    arguments = (scratch / "asks.arguments").read_text().splitlines()
    return next(one for one in arguments if one.startswith("--disable-features=") and PARTITIONING in one)
