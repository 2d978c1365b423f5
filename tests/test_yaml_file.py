"""YAML: plain data in and out, in the words of YAML 1.2, with the place of each value."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boathouse import yaml_file
from boathouse.errors import FileError

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029\ufeff\ufffe\uffff"))
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts, st.dates()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(texts, inner)),
)


@given(plain)
def test_what_is_written_is_what_is_read(data: Any) -> None:
    assert yaml_file.parse(yaml_file.dump(data), "x.yml").data == data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("on: [a]", {"on": ["a"]}),
        ("a: yes", {"a": "yes"}),
        ("a: true", {"a": True}),
        ("zip: 02155", {"zip": "02155"}),
        ("at: 1:30", {"at": "1:30"}),
        ("k: 1.5", {"k": 1.5}),
        ("k: 1e-9", {"k": 1e-9}),
        ("day: 2024-01-02", {"day": date(2024, 1, 2)}),
        ("e: 1e5x", {"e": "1e5x"}),
    ],
)
def test_words_are_those_of_yaml_1_2(text: str, data: Any) -> None:
    assert yaml_file.parse(text, "x.yml").data == data


def test_a_value_knows_its_place_and_its_comment() -> None:
    text = yaml_file.parse("steps:\n  - {step: a}  # because: nulls.age\n  - {step: b}\n", "t.yml")

    assert str(text.place(("steps", 1))) == "t.yml:3:5"
    assert str(text.place(("steps", 1, "no such key"))) == "t.yml:3:5"
    assert text.comments["steps", 0] == "nulls.age"
    assert text.comments["steps", 1] == ""


@pytest.mark.parametrize(
    "text", ["a: [1", "a: !!python/object:os.system x", "a: 1\na: 2", "\t- x", "a: *x", "? [a]\n: b"]
)
def test_what_is_no_plain_yaml_is_refused(text: str) -> None:
    with pytest.raises(FileError):
        yaml_file.parse(text, "x.yml")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.yml"
    yaml_file.write_whole(file, "old\n")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        yaml_file.write_whole(file, "new\n")

    assert file.read_text(encoding="utf-8") == "old\n"
    assert list(tmp_path.iterdir()) == [file]
