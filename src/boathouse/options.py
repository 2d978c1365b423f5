"""Options: a member of a shelf, with what a person asked of it in its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from boathouse.errors import UnknownName, UserError
from boathouse.shelf import Shelf


def member_with(shelf: Shelf, name: str, options: Mapping[str, Any]) -> Any:
    """Make a member by its name, written unity-catalog or unity_catalog; what it does not take is an error that names the option."""
    kind = shelf.member(name.replace("-", "_"))
    try:
        return kind(**options)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            raise UnknownName(f"option of {name}", option, kind.model_fields) from None
        raise UserError(f"--{option.replace('_', '-')}: {first['msg'].removeprefix('Value error, ')}") from None
