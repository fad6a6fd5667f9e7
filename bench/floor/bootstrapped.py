"""How would the card be written with Bootstrap? Its elements with Bootstrap's classes, its folds as an accordion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

Node = str | Sequence[Any]  # a text, or an element: [name, attributes, child, …] (bench/content.py)

VOID = {"input", "br", "hr", "img"}
OF_ELEMENTS = {
    "dl": "row",
    "dt": "col-4",
    "dd": "col-8",
    "h1": "h5 mb-0",
    "input": "form-control",
    "label": "form-label",
    "legend": "fs-6",
    "p": "mb-0",
    "select": "form-select",
    "textarea": "form-control",
}
OF_CLASSES = {
    "avatar": "badge rounded-circle text-bg-primary",
    "bad": "alert-danger",
    "banner": "alert",
    "button": "btn border",
    "call-actions": "sticky-bottom d-grid p-2 bg-body border-top",
    "call-bar": "sticky-top d-flex gap-2 align-items-center p-2 border-bottom bg-success-subtle",
    "cheats": "d-flex flex-wrap gap-2 small",
    "chip": "badge text-bg-secondary",
    "choice": "btn border",
    "choices": "d-flex flex-wrap gap-1",
    "compact": "btn-sm",
    "entry": "list-group-item d-flex gap-2",
    "entry-head": "fw-semibold",
    "entry-time": "ms-auto small text-body-secondary",
    "facts": "small",
    "field": "mb-3",
    "good": "alert-success",
    "meta": "small text-body-secondary",
    "muted": "text-body-secondary",
    "part": "p-3 border-bottom",
    "person": "d-flex gap-2 align-items-center",
    "primary": "btn-primary",
    "push": "ms-auto",
    "quiet": "btn-link",
    "row": "d-flex flex-wrap gap-2 align-items-center",
    "skeleton": "placeholder",
    "small": "small",
    "sr-only": "visually-hidden",
    "stack": "vstack gap-2",
    "warn": "alert-warning",
    "why": "small text-body-secondary",
}


def written(nodes: Sequence[Node]) -> str:
    """The card's elements as HTML for Bootstrap."""
    return "".join(_html(_with_bootstrap(node)) for node in nodes)


def _with_bootstrap(node: Node) -> Node:
    if isinstance(node, str):
        return node
    if node[0] == "details":
        return _accordion(*node)
    name, attributes, *children = node
    ours = attributes.get("class", "").split()
    theirs = [_of_element(name, attributes.get("type")), *(OF_CLASSES.get(one, "") for one in ours)]
    return [name, attributes | {"class": " ".join(filter(None, theirs))}, *map(_with_bootstrap, children)]


def _of_element(name: str, kind: str | None) -> str:
    return {"hidden": "", "radio": "form-check-input"}.get(kind or "", OF_ELEMENTS.get(name, ""))


def _accordion(_: str, attributes: Mapping[str, Any], summary: Sequence[Any], *children: Node) -> Node:
    """A folded part as Bootstrap's documentation has it: the button in its heading shows what is below."""
    _, _, (_, _, *title) = summary
    fold = f"{attributes['id']}-fold"
    toggle = {"type": "button", "data-bs-toggle": "collapse", "data-bs-target": f"#{fold}"}
    button = ["button", {"class": "accordion-button collapsed"} | toggle, *title]
    body = ["div", {"class": "accordion-body"}, *map(_with_bootstrap, children)]
    return [
        "div",
        {"class": "accordion accordion-item", "id": attributes["id"]},
        ["h2", {"class": "accordion-header"}, button],
        ["div", {"class": "accordion-collapse collapse", "id": fold}, body],
    ]


def _html(node: Node) -> str:
    if isinstance(node, str):
        return escape(node, quote=False)
    name, attributes, *children = node
    start = "".join(_attribute(key, value) for key, value in attributes.items() if value != "" or key == "value")
    return f"<{name}{start}>" + ("" if name in VOID else f"{''.join(map(_html, children))}</{name}>")


def _attribute(name: str, value: Any) -> str:
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
