"""How is the panel worked? What its tests and its pictures both do there."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def map_field(page: Page, ours: str, theirs: str) -> Locator:
    """A new row of the mapping, filled in."""
    before = page.locator(".mapped").count()
    page.get_by_role("button", name="Add a row").click()
    expect(page.locator(".mapped")).to_have_count(before + 1)
    row = page.locator(".mapped").last
    row.get_by_label("Our field").select_option(label=ours)
    row.get_by_label("Their field").select_option(label=theirs)
    return row
