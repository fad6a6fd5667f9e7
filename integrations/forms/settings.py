"""Which inputs does a connector's Settings ask for? One for each field that pydantic knows, described in its words."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any, Literal, Union, get_args, get_origin

from django import forms
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

LONGEST = 500
TEXTS = {
    "string_pattern_mismatch": "It is not written like that. Copy it again from where it stands.",
    "string_too_short": "Enter it.",
    "less_than_equal": "{le} at most.",
    "less_than": "Less than {lt}.",
    "greater_than_equal": "{ge} at least.",
    "greater_than": "More than {gt}.",
}


def inputs(declared: type[BaseModel]) -> dict[str, forms.Field]:
    """Name → input, in the order in which they are declared."""
    return {name: _input(name, field) for name, field in declared.model_fields.items()}


def is_secret(declared: type[BaseModel], name: str) -> bool:
    return _kind(declared.model_fields[name].annotation) is SecretStr


def is_advanced(declared: type[BaseModel], name: str) -> bool:
    return _is_marked(declared, name, "advanced")


def receives_secrets(declared: type[BaseModel], name: str) -> bool:
    """Whether it is an address that a secret is sent to, beside the connection's own."""
    return _is_marked(declared, name, "receives_secrets")


def _is_marked(declared: type[BaseModel], name: str, mark: str) -> bool:
    extra = declared.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get(mark))


def told(problem: Any) -> str:
    """What pydantic found, in words for the person who fills in the form."""
    return TEXTS.get(problem["type"], problem["msg"]).format(**problem.get("ctx", {}))


def _input(name: str, field: FieldInfo) -> forms.Field:
    kind = _kind(field.annotation)
    made = MAKERS.get(get_origin(kind) or kind, _text)(kind)
    made.label = field.title or name.replace("_", " ").capitalize()
    made.help_text = field.description or ""
    made.required = field.is_required() and kind is not bool
    default = field.get_default(call_default_factory=True)
    for attribute, limit in limits(field):
        made.widget.attrs[attribute] = limit
    made.initial = None if field.is_required() or isinstance(default, SecretStr) else default
    return made


def limits(field: FieldInfo) -> Iterator[tuple[str, Any]]:
    """What the browser may know already; the connector's own rules decide."""
    for rule in field.metadata:
        if (least := getattr(rule, "ge", None)) is not None:
            yield "min", least
        if (most := getattr(rule, "le", None)) is not None:
            yield "max", most


def _kind(annotation: Any) -> Any:
    """The type itself where None is allowed beside it."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(one for one in get_args(annotation) if one is not type(None))
    return annotation


def _secret(_: Any) -> forms.Field:
    return forms.CharField(max_length=LONGEST, widget=forms.PasswordInput(attrs={"autocomplete": "off"}))


def _choice(kind: Any) -> forms.Field:
    return forms.ChoiceField(choices=[(one, str(one).replace("_", " ").capitalize()) for one in get_args(kind)])


def _text(_: Any) -> forms.Field:
    return forms.CharField(max_length=LONGEST, empty_value="")


MAKERS: dict[Any, Callable[[Any], forms.Field]] = {
    SecretStr: _secret,
    bool: lambda _: forms.BooleanField(),
    int: lambda _: forms.IntegerField(),
    float: lambda _: forms.FloatField(widget=forms.NumberInput(attrs={"step": "any"})),
    Literal: _choice,
}
