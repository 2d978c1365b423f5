"""AUTO CDC: what Databricks' own change data capture (once APPLY CHANGES) is told of a change feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class AutoCdc:
    """A feed's key and order, which rows are deletes, and what is kept of the others."""

    keys: tuple[str, ...]
    sequence_by: tuple[str, ...]
    delete_when: str
    except_columns: tuple[str, ...]
    stored_as: Literal[1, 2]
    tracked: tuple[str, ...] = ()  # of type 2: the columns whose changes make a version
    unlike: str = ""  # why AUTO CDC would make other rows, where it would
