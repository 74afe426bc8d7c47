"""Values for attributes as a server publishes them: good ones, others, and of the wrong type."""
from __future__ import annotations

import base64
from typing import Any

# A certificate made for tests; nobody has its key. x509Certificates.value must be one (RFC 7643 section 4.1.2).
CERTIFICATE = (
    "MIIBhTCCASugAwIBAgIUZlJZLDfczKXYCuWZHr32kZSoTUYwCgYIKoZIzj0EAwIwFzEVMBMGA1UEAwwMc2NpbTItdGVzdGVy"
    "MCAXDTI2MTEyMjE3MzQzNFoYDzIxMjYxMDI5MTczNDM0WjAXMRUwEwYDVQQDDAxzY2ltMi10ZXN0ZXIwWTATBgcqhkjOPQIB"
    "BggqhkjOPQMBBwNCAAS+Z4opD9EWMIcw8DjB004sf80xtG5vqv1duF7dC5afgNbYCo59vjdGON4Zfr5Mlq0Bu1HmYVokjmhM"
    "NG1Oc6hWo1MwUTAdBgNVHQ4EFgQUlosWmIGb0SSYVYVqdzmeK2iwt2QwHwYDVR0jBBgwFoAUlosWmIGb0SSYVYVqdzmeK2iw"
    "t2QwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBAbPLC1EarPmDOqEbTtB7ebgNZ1ExG0/phBdrKVdYAAwIh"
    "AMm/0KBTyoCAkfNYPD9M0Z0uvNxaiTAri3sT73et9tEO")

WRONG: dict[str, Any] = {"string": {"x": 1}, "boolean": 3, "decimal": "1.5", "integer": 1.5, "dateTime": "yesterday",
                         "binary": "=?=", "reference": "a b", "complex": 3}


def simple(definition: dict[str, Any], number: int, parent: str = "") -> Any:
    """The value of that number; different numbers, different values (of booleans there are two)."""
    kind = definition["type"]
    if kind == "boolean":
        return number % 2 == 0
    if kind == "decimal":
        return number + 0.5
    if kind == "integer":
        return number
    if kind == "dateTime":
        return f"2020-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
    if kind == "binary":
        if (parent, definition["name"]) == ("x509Certificates", "value"):
            return CERTIFICATE
        return base64.b64encode(f"value {number}".encode()).decode()
    if kind == "reference":
        return f"https://example.com/{definition['name'].strip('$')}/{number}"
    return f"Value{number}x"


def writable(definition: dict[str, Any]) -> bool:
    return definition["mutability"] != "readOnly"


def whole(definition: dict[str, Any], number: int) -> Any:
    """A value of an attribute, with every part that a client may write; of a list, with one element."""
    if definition["type"] == "complex":
        value: Any = {part["name"]: value_of_part(part, number, definition["name"])
                      for part in definition["subAttributes"] if writable(part)}
    else:
        value = simple(definition, number)
    return [value] if definition["multiValued"] else value


def value_of_part(part: dict[str, Any], number: int, parent: str) -> Any:
    value = simple(part, number, parent)
    return [value] if part["multiValued"] else value


def literal(value: Any) -> str:
    """As it stands in a filter."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
