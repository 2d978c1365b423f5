"""Model: what can be trained on a table, kept in a folder without pickles, and asked for a number a row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, cast

from boathouse.errors import FileError
from boathouse.shelf import Shelf

if TYPE_CHECKING:
    import numpy as np

MODELS = Shelf("models", "model kind")
FILE = "model.json"  # says the kind, and all that is no array and no trees


class Model(Protocol):
    """What every kind of model can do; a file a kind on the shelf, whose class carries the file's name."""

    kind: ClassVar[str]  # the file's name on the shelf

    @property
    def columns(self) -> dict[str, str]:
        """Name the columns that a row must have to be scored, with their types in Databricks SQL's words."""
        ...

    def score(self, new_data: Any) -> np.ndarray:
        """Give one double a row, in the rows' order: the higher, the more of what the model looks for."""
        ...

    def save(self, folder: Path | str) -> None:
        """Write the model into a folder, as text, JSON and plain arrays; what stood there is replaced as a whole."""
        ...

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read what `save` wrote; nothing in it is run as code."""
        ...


def load(folder: Path | str) -> Model:
    """Read a model of any kind from its folder."""
    file = Path(folder) / FILE
    try:
        kind = json.loads(file.read_text(encoding="utf-8"))["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        raise FileError(f"{file} does not say which kind of model it is", hint="train and save it anew") from None
    return cast("Model", MODELS.member(str(kind)).load(folder))
