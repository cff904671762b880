"""Query parameters of REST collections, and the errors that wrong ones get.

The schemas are those that ``OPTIONS`` shows under ``endpoints[0].args``; the messages follow
``rest_validate_value_from_schema()`` of WordPress 6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from demo.messages import Json, RestError

PhpQuery = dict[str, str | list[str]]

_DATE = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:\d\d)?)?", re.ASCII
)  # "raw" + in a query is a space, and so no date
_ID_LIST = {"type": "array", "items": {"type": "integer"}, "default": []}
_TEXT_LIST = {"type": "array", "items": {"type": "string"}}
_POST_ORDERS = ["author", "date", "id", "include", "modified", "relevance", "slug", "title"]
_NAME_ORDERS = ["id", "include", "name", "slug"]
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False, "": False}


class _InvalidValueError(ValueError):
    def __init__(self, code: str, message: str, data: object = None) -> None:
        super().__init__(message)
        self.details = {"code": code, "message": message, "data": data}


def php_query(pairs: list[tuple[str, str]]) -> PhpQuery:
    """Read ``a=1&b[]=2&b[]=3`` as PHP does: the last scalar wins, brackets make a list."""
    query: PhpQuery = {}
    for key, value in pairs:
        name, bracket, _ = key.partition("[")
        before = query.get(name)
        if bracket:
            query[name] = [*before, value] if isinstance(before, list) else [value]
        else:
            query[name] = value
    return query


def post_args(cap: int) -> Json:
    """Describe the parameters of ``/wp/v2/posts`` and its kin."""
    dates = {
        name: {"type": "string", "format": "date-time"}
        for name in ("after", "modified_after", "before", "modified_before")
    }
    lists = ("author", "author_exclude", "categories", "categories_exclude", "tags", "tags_exclude")
    return {
        **_common_args(cap, "date", _POST_ORDERS, "desc"),
        **dates,
        **dict.fromkeys(lists, _ID_LIST),
        "slug": _TEXT_LIST,
        "status": {"type": "array", "items": {"type": "string"}, "default": ["publish"]},
        "sticky": {"type": "boolean"},
    }


def term_args(cap: int) -> Json:
    """Describe the parameters of ``/wp/v2/categories`` and ``/wp/v2/tags``."""
    return {
        **_common_args(cap, "name", _NAME_ORDERS, "asc"),
        "hide_empty": {"type": "boolean", "default": False},
        "parent": {"type": "integer"},
        "post": {"type": "integer", "default": None},
        "slug": _TEXT_LIST,
    }


def user_args(cap: int) -> Json:
    """Describe the parameters of ``/wp/v2/users``."""
    return {**_common_args(cap, "name", _NAME_ORDERS, "asc"), "slug": _TEXT_LIST}


def item_args() -> Json:
    """Describe the parameters of one object."""
    return {"context": _context(), "password": {"type": "string"}}


def validate(args: Json, query: PhpQuery) -> Json:
    """Check and convert ``query``, defaults filled in; names that ``args`` lacks are ignored.

    Raises RestError 400 ``rest_invalid_param``, which names every wrong parameter.
    """
    values = {name: schema["default"] for name, schema in args.items() if "default" in schema}
    wrong: dict[str, _InvalidValueError] = {}
    for name in args.keys() & query.keys():
        try:
            values[name] = _convert(name, args[name], query[name])
        except _InvalidValueError as error:
            wrong[name] = error
    if wrong:
        raise invalid_params({name: error.details for name, error in wrong.items()})
    return values


def invalid_params(details: Mapping[str, Json]) -> RestError:
    """Return the 400 for wrong parameters; ``details`` is ``{name: {code, message, data}}``."""
    return RestError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(details)}",
        params={name: error["message"] for name, error in details.items()},
        details=dict(details),
    )


def _common_args(cap: int, orderby: str, orders: list[str], order: str) -> Json:
    return {
        "context": _context(),
        "page": {"type": "integer", "default": 1, "minimum": 1},
        "per_page": {"type": "integer", "default": min(10, cap), "minimum": 1, "maximum": cap},
        "search": {"type": "string"},
        "exclude": _ID_LIST,
        "include": _ID_LIST,
        "offset": {"type": "integer"},
        "order": {"type": "string", "default": order, "enum": ["asc", "desc"]},
        "orderby": {"type": "string", "default": orderby, "enum": orders},
    }


def _context() -> Json:
    return {"type": "string", "default": "view", "enum": ["view", "embed", "edit"]}


def _convert(name: str, schema: Json, value: str | list[str]) -> Any:
    if schema["type"] == "array":
        parts = value if isinstance(value, list) else re.split(r"[\s,]+", value)
        items = [part for part in parts if part]
        return [_scalar(f"{name}[{i}]", schema["items"], item) for i, item in enumerate(items)]
    if isinstance(value, list):
        raise _type_error(name, schema["type"])
    return _scalar(name, schema, value)


def _scalar(name: str, schema: Json, value: str) -> int | bool | str:
    if schema["type"] == "integer":
        return _integer(name, schema, value)
    if schema["type"] == "boolean":
        if value.lower() not in _BOOLEANS:
            raise _type_error(name, "boolean")
        return _BOOLEANS[value.lower()]
    if schema.get("format") == "date-time" and not _DATE.fullmatch(value):
        raise _InvalidValueError("rest_invalid_date", "Invalid date.")
    if "enum" in schema and value not in schema["enum"]:
        *most, last = schema["enum"]
        message = f"{name} is not one of {', '.join(most)}, and {last}."
        raise _InvalidValueError("rest_not_in_enum", message)
    return value


def _integer(name: str, schema: Json, value: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", value, re.ASCII):
        raise _type_error(name, "integer")
    number = int(value)
    low, high = schema.get("minimum", number), schema.get("maximum", number)
    if low <= number <= high:
        return number
    limits = f"greater than or equal to {low}"
    if "maximum" in schema:
        limits = f"between {low} (inclusive) and {high} (inclusive)"
    raise _InvalidValueError("rest_out_of_bounds", f"{name} must be {limits}")


def _type_error(name: str, kind: str) -> _InvalidValueError:
    return _InvalidValueError(
        "rest_invalid_type", f"{name} is not of type {kind}.", {"param": name}
    )
