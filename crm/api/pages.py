"""How does a person read the API? One page, made from the same schema that programs read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

Schema = dict[str, Any]


@login_required
def docs(request: HttpRequest) -> HttpResponse:
    schema: Schema = SchemaGenerator().get_schema(request=None, public=True)
    operations = sorted(every(schema), key=lambda operation: operation["tag"])
    groups = [(tag, list(rows)) for tag, rows in groupby(operations, key=lambda operation: operation["tag"])]
    return render(request, "api/docs.html", {"info": schema["info"], "groups": groups})


def every(schema: Schema) -> Iterator[Schema]:
    """Each verb on each path, with its parameters and the fields of its body and of its answer."""
    for path, verbs in schema["paths"].items():
        for verb, operation in verbs.items():
            yield {
                "verb": verb.upper(),
                "path": path,
                "tag": operation["tags"][0],
                "description": operation.get("description", ""),
                "parameters": [parameter(one) for one in operation.get("parameters", ())],
                "body": fields(schema, operation.get("requestBody", {})),
                "answer": fields(schema, next(iter(operation["responses"].values()))),
            }


def parameter(one: Schema) -> Schema:
    return {"name": one["name"], "kind": kind(one["schema"]), "description": one.get("description", "")}


def fields(schema: Schema, message: Schema) -> list[Schema]:
    """The fields of a JSON body: of a single record, also where the body is a page of them."""
    body = followed(schema, message.get("content", {}).get("application/json", {}).get("schema", {}))
    if "results" in body.get("properties", {}):
        body = followed(schema, body["properties"]["results"]["items"])
    required = body.get("required", ())
    return [
        {
            "name": name,
            "kind": kind(one),
            "is_required": name in required,
            "is_read_only": one.get("readOnly", False),
            "description": one.get("description", ""),
        }
        for name, one in body.get("properties", {}).items()
    ]


def followed(schema: Schema, one: Schema) -> Schema:
    """What a reference stands for."""
    name = one.get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"][name] if name else one


def kind(one: Schema) -> str:
    """A type in a few words: "text (date-time)", "list of NumberRequest"."""
    if "$ref" in one:
        return str(one["$ref"]).rpartition("/")[2]
    if parts := one.get("allOf") or one.get("oneOf") or one.get("anyOf"):
        return " or ".join(dict.fromkeys(kind(part) for part in parts))
    if one.get("type") == "array":
        return f"list of {kind(one['items'])}"
    plain = {"string": "text"}.get(one.get("type", ""), one.get("type", "anything"))
    return f"{plain} ({one['format']})" if "format" in one else str(plain)
