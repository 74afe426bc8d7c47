#!/usr/bin/env python3
"""Writes docs/reference/application.md and admin.md: every endpoint of both JSON APIs, from their OpenAPI documents,
which ./test openapi and ./test admin compare with the running server.

  docs/make_reference.py            writes the pages
  docs/make_reference.py --check    writes nothing; exit code 1 when a page does not agree with its document
"""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# Document, page that explains it.
APIS = {"application": "application-api.md", "admin": "admin-api.md"}
METHODS = ("get", "post", "put", "patch", "delete")
NEEDS = {"": "nothing", "session": "a session", "administer": "a member who administers the tenant, or an operator",
         "operator": "an operator"}


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def form(schema: dict[str, Any]) -> str:
    """The type of a value, in a word or a link."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(one)}`" for one in schema["enum"])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        return "list of " + form(schema.get("items", {}))
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def bounds(schema: dict[str, Any]) -> str:
    words = [schema.get("description", "")]
    words += [f"{word} {schema[name]}" for name, word in (("minimum", "at least"), ("maximum", "at most"),
                                                          ("default", "default")) if name in schema]
    return "; ".join(word for word in words if word)


def fields(schema: dict[str, Any], within: str = "") -> list[str]:
    """Rows of a table: name, form, whether it is always there, meaning; those of objects within it below."""
    rows = []
    for name, inner in schema.get("properties", {}).items():
        must = "yes" if name in schema.get("required", []) else ""
        rows.append(f"| `{within}{name}` | {cell(form(inner))} | {must} | {cell(bounds(inner))} |")
        rows += fields(inner, f"{within}{name}.")
        rows += fields(inner.get("items", {}), f"{within}{name}[].")
    return rows


def table(schema: dict[str, Any], must: str) -> list[str]:
    rows = fields(schema)
    return ["", f"| Name | Form | {must} | |", "|---|---|---|---|", *rows] if rows else []


def needs(operation: dict[str, Any]) -> str:
    if "x-needs" in operation:
        stated = operation["x-needs"]
        lately = stated.endswith("recently")
        right = NEEDS[stated.removesuffix("recently").strip()]
        return right + (", who gave the password in the last five minutes" if lately else "")
    scopes = [scope for one in operation.get("security", []) for scope in one.get("serviceKey", [])]
    return "a service key with " + ", ".join(f"`{scope}`" for scope in scopes) if scopes else "nothing"


def body(operation: dict[str, Any]) -> list[str]:
    lines = []
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content.get("schema", {})
        lines += ["", f"Body: `{media_type}`" + (f", {form(schema)}" if "$ref" in schema else "") + "."]
        lines += table(schema, "Needed")
    return lines


def answers(operation: dict[str, Any]) -> list[str]:
    lines = ["", "| Answer | |", "|---|---|"]
    for status, answer in operation["responses"].items():
        shown = [form(content.get("schema", {})) if "json" in media_type else f"`{media_type}`"
                 for media_type, content in answer.get("content", {}).items()]
        name = "other" if status == "default" else status
        lines.append(f"| {name} | {cell(', '.join(shown)) or 'no body'} |")
    return lines


def endpoint(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    lines = ["", f"### {method.upper()} {path}", "", operation["summary"] + ".", "", f"Needs {needs(operation)}."]
    parameters = operation.get("parameters", [])
    if parameters:
        lines += ["", "| Parameter | In | Form | |", "|---|---|---|---|"]
        lines += [f"| `{one['name']}` | {one['in']} | {cell(form(one['schema']))} | "
                  f"{cell(one.get('description', '') or bounds(one['schema']))} |" for one in parameters]
    return lines + body(operation) + answers(operation)


def page(name: str, explained: str) -> str:
    document = json.loads((ROOT / "api" / "openapi" / f"{name}.json").read_text(encoding="utf-8"))
    lines = [f"# {document['info']['title']}: reference", "",
             f"Written by `docs/make_reference.py` from [the OpenAPI document](../../api/openapi/{name}.json).",
             f"[{explained}](../{explained}) explains it. All paths are below `{document['servers'][0]['url']}`.", "",
             "## Endpoints"]
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                lines += endpoint(method, path, operations[method])
    lines += ["", "## Objects"]
    for title, schema in document["components"]["schemas"].items():
        lines += ["", f"### {title}"]
        lines += ["", schema["description"] + "."] if "description" in schema else []
        lines += table(schema, "Always")
    return "\n".join(lines) + "\n"


def main() -> None:
    wrong = []
    for name, explained in APIS.items():
        target, text = ROOT / "docs" / "reference" / f"{name}.md", page(name, explained)
        if sys.argv[1:] != ["--check"]:
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            wrong.append(target.name)
    if wrong:
        sys.exit(f"docs/reference: {', '.join(wrong)} do not agree with api/openapi; run docs/make_reference.py.")


if __name__ == "__main__":
    main()
