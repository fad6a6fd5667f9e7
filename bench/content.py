"""What does the card show? Its elements and words as a browser has them, which its rivals are handed (G16)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from playwright.sync_api import Browser

from bench.servers import STATE

KEPT_AT = STATE / "card.json"
MOST_MORE = 0.05  # elements: what a folded part takes in Bootstrap, the root and the scripts of React

# An element is [name, attributes, child, …], a text itself; what only our own scripts read is left out, and the line
# breaks of a template. An icon gets the looks that our style gives it. The words are those a person sees: of texts that
# are rendered, neither hidden nor folded.
SHOWN = """() => {
    for (const rest of document.querySelectorAll("noscript")) rest.replaceWith(...rest.childNodes);
    const ours = /^(hx-|data-|nonce$)/;
    const icon = {width: "16", height: "16", fill: "none", stroke: "currentColor", "stroke-width": "2"};
    const attributes = (element) => Object.fromEntries([
        ...[...element.attributes].filter(({name}) => !ours.test(name))
            .map(({name, value}) => [name, element[name] === true || value]),
        ...(element.localName === "svg" ? Object.entries(icon) : []),
    ]);
    const children = (element) => [...element.childNodes]
        .filter((node) => node.nodeType === Node.ELEMENT_NODE || /\\S|^ $/.test(node.data)).map(tree);
    const tree = (node) => node.localName ? [node.localName, attributes(node), ...children(node)] : node.data;
    const words = (element) => element.checkVisibility() ? [...element.childNodes].flatMap((node) =>
        node.localName ? words(node) : node.data.match(/\\S+/g) || []) : [];
    const elements = document.body.querySelectorAll("*").length;
    return {words: words(document.body), elements, tree: children(document.body)};
}"""


def handed_over(browser: Browser, address: str, cookie: str) -> Mapping[str, Any]:
    """The card as it is delivered, before its scripts change it: kept for the floor, and answered."""
    card = shown(browser, address, java_script_enabled=False, extra_http_headers={"Cookie": cookie})
    KEPT_AT.write_text(json.dumps(card["tree"], ensure_ascii=False), encoding="utf-8")
    return card


def shown(browser: Browser, address: str, **how: Any) -> Mapping[str, Any]:
    """`words` that are seen, number of `elements`, and the `tree` of them, of a page that has come to rest."""
    with browser.new_context(**how) as context:
        page = context.new_page()
        page.goto(address, wait_until="networkidle")
        seen: Mapping[str, Any] = page.evaluate(SHOWN)
        return seen


def differences(card: Mapping[str, Any], rivals: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with each rival that does not show what the card shows."""
    for name, rival in rivals.items():
        if rival["words"] != card["words"]:
            yield f"{name} shows other words than the card: {set(rival['words']) ^ set(card['words'])}"
        if not 0 <= rival["elements"] - card["elements"] <= MOST_MORE * card["elements"]:
            yield f"{name} has {rival['elements']} elements, the card {card['elements']}"
