"""Delta: of two processes that change one table, the second is refused, whatever the table holds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from boathouse.engines import delta
from boathouse.errors import EngineError

NUMBERS = pa.schema([("number", pa.int64())])


def numbers(*each: int) -> pa.Table:
    return pa.table({"number": list(each)}, schema=NUMBERS)


def while_another_writes(path: Path) -> pa.RecordBatchReader:
    """Give a stream during which another one overwrites the table."""

    def batches() -> Iterator[pa.RecordBatch]:
        with ThreadPoolExecutor() as other:  # delta-rs writes one table at a time in a thread
            other.submit(delta.overwrite, path, numbers(1)).result()
        yield from numbers(2).to_batches()

    return pa.RecordBatchReader.from_batches(NUMBERS, batches())


@pytest.mark.parametrize("there", [None, (), (0,)], ids=["no table", "a table without rows", "a table"])
def test_the_second_to_overwrite_a_table_is_refused(tmp_path: Path, there: tuple[int, ...] | None) -> None:
    path = tmp_path / "table"
    if there is not None:
        delta.overwrite(path, numbers(*there))
    with pytest.raises(EngineError, match="was changed by another run at the same time"):
        delta.overwrite(path, while_another_writes(path))
    assert delta.rows(path) == [{"number": 1}]


def test_the_note_of_a_version_is_its_own(tmp_path: Path) -> None:
    path = tmp_path / "table"
    made = [delta.overwrite(path, numbers(n), {"n": str(n)}) for n in range(4)]
    assert made == [0, 1, 2, 3]
    assert [delta.last_notes(path, ("n",), version)["n"] for version in (*made, None)] == ["0", "1", "2", "3", "3"]
