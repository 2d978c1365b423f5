"""Random dirty files, and random pipelines over their columns: what tests/fuzz.py sends through both engines.

A pipeline is made of the steps' own examples, their columns exchanged for random ones that the step accepts; so a new
step is fuzzed without a line here. Conditions and derived values are made anew: see fuzz_expressions.py.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from boathouse.errors import UserError
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import STEPS, Example, FittedStep, Step
from examples import split_key
from fuzz_expressions import FORMS, TYPE, Expressions
from renaming import named_columns, rename_step

OTHER = "silver.other"
TYPES = {
    "id": "int", "n": "bigint", "amount": "double", "fee": "decimal(10,2)", "share": "double", "name": "string", "code": "string",
    "day": "date", "at": "timestamp", "flag": "boolean", "nothing": "string", "void": "double",
}  # fmt: skip
TABLE = Schema.from_types(TYPES)
# What a file holds in a column of the type, or of the name: much that is none, ties, and what engines read differently.
VALUES: Mapping[str, list[str]] = {
    "int": ["0", "1", "2", "3", "-7", "2147483647", " 12 ", "12.7", "x", ""],
    "bigint": ["0", "1", "1", "5", "-3", "9007199254740993", "", "1e3"],
    "double": ["0", "-0.0", "1.5", "2.5", "-2.5", "1e-7", "100", "1e10", "NaN", "nan", "", "abc", "0.1", "0.2", "0.3", "inf"],
    "decimal(10,2)": ["0", "1.10", "2.345", "2.355", "-1.005", "99999999.99", "", "1e2", "free"],
    "string": ["a", "A", " a", "b ", "", "?", "N/A", "é", "ß", "it's", 'q"q', "back\\slash", "{x}", "a,b", "100%", "\t tab", "NULL", "日本",
               "\xa0b\u3000", "a\u200b", "two  words", "İ", "1990s"],
    "code": ["a", "b", "b", "c", "", "31/12/2023", "1/2/24", "2024-02-29", "2024-02-30", "5-Jan-69", "2024-01-05T15:04:05", "7", "-1.5", "?"],
    "date": ["2024-01-31", "2024-02-29", "2023-02-29", "31/12/2023", "1/2/24", "1969-12-31", "0001-01-01", "", "soon", "2024-06-01", "9999-12-31"],
    "timestamp": ["2024-01-31 10:00:00", "2024-01-31T10:00:00Z", "2024-02-29 23:59:59.123456", "2024-03-10", "", "never", "2024-01-01 00:00:00",
                  "2024-05-31T12:00:00+02:00", "1969-12-31 23:59:59.999999"],
    "boolean": ["true", "False", "yes", "N", "1", "0", "", "maybe"],
}  # fmt: skip
# Steps that have more ways to be wrong than others are tried more often.
OFTEN = ("join", "join", "aggregate", "window_aggregate", "encode", "scale", "derive", "filter_rows", "dedupe")
# Whoever asks a model wants one that is registered, which no random pipeline has.
SQL_ALONE = tuple(name for name in STEPS.names() if name != "score")
FIT_ON = ("", "", "", "id > 0", "flag")


@dataclass(frozen=True)
class Case:
    """One random pipeline: two raw files, and steps that fit their columns."""

    seed: int
    file: Path
    other: Path
    steps: tuple[Step, ...]
    fit_on: str

    def relation(self, name: str, dialect: Any = "duckdb", schema: Schema = TABLE) -> Relation:
        return Relation(name, schema, dialect, others={OTHER: TABLE}, fit_on=self.fit_on)

    @property
    def joins(self) -> bool:
        return any(step.reads() for step in self.steps)


def make(seed: int, folder: Path) -> Case:
    """Make the pipeline of a seed, and write its files."""
    chance = random.Random(seed)
    file, other = folder / f"{seed}.csv", folder / f"{seed}_other.csv"
    write_file(file, chance, rows=chance.choice([1, 2, 5, 20, 40, 40, 40]))
    # Mostly its ids are there once: otherwise a join is refused, which is to be the same on both engines as well.
    write_file(other, chance, rows=chance.choice([1, 3, 10]), distinct="id" if chance.random() < 0.9 else "")
    case = Case(seed, file, other, (), chance.choice(FIT_ON))
    return Case(seed, file, other, tuple(random_steps(chance, case)), case.fit_on)


# ---- files -------------------------------------------------------------------------------------------------------------


def write_file(file: Path, chance: random.Random, *, rows: int, distinct: str = "") -> None:
    lines = []
    for row in range(rows):
        cells = {name: dirty(name, chance) for name in TYPES} | ({distinct: str(row)} if distinct else {})
        lines.append(",".join(map(quoted, cells.values())))
    write_lines(file, lines)
    parted(file).mkdir(exist_ok=True)
    for part in range(min(2, rows)):
        write_lines(parted(file) / f"{part}.csv", lines[part::2][::-1])


def write_lines(file: Path, lines: list[str]) -> None:
    file.write_text("\n".join([",".join(TYPES), *lines]) + "\n", encoding="utf-8")


def parted(file: Path) -> Path:
    """Name the folder with the rows of a file in another order and in two parts: no step may depend on that."""
    return file.with_suffix("")


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n') else cell


def dirty(name: str, chance: random.Random) -> str:
    if name in ("nothing", "void"):
        return ""
    # Among ties alone a wrong quantile is hardly seen: 5 of 55 pipelines with one.
    if TYPES[name] in ("int", "bigint", "decimal(10,2)") and chance.random() < 0.5:
        return str(chance.randint(-1_000, 1_000))
    if TYPES[name] == "double" and chance.random() < 0.6:
        return repr(chance.randint(-64_000, 64_000) / 64)  # sums of such are exact, in any order of the rows
    return chance.choice(VALUES.get(name, VALUES[TYPES[name]]))


# ---- steps -------------------------------------------------------------------------------------------------------------


def random_steps(chance: random.Random, case: Case) -> Iterator[Step]:
    """Choose steps that the columns admit, two to six in a row; the schema goes along."""
    schema, left = TABLE, chance.randint(2, 6)
    for _ in range(200):
        step = random_step(chance, schema)
        try:
            after = step.after(case.relation("df", schema=schema)) if step else None
        except UserError:
            continue
        if step and after and len(after) and (not case.fit_on or can_be_fitted_on(after)):
            yield step
            schema, left = after, left - 1
        if not left:
            return


def can_be_fitted_on(schema: Schema) -> bool:
    """Tell whether what FIT_ON says can still be asked."""
    return (
        "id" in schema
        and schema["id"].type in ("int", "bigint", "double")
        and "flag" in schema
        and schema["flag"].type == "boolean"
    )


def random_step(chance: random.Random, schema: Schema) -> Step | None:
    """Take an example's step, exchange its columns for random ones, and some of its choices for others."""
    kind: Any = STEPS.member(chance.choice([*SQL_ALONE, *OFTEN]))
    example = chance.choice(list(kind.examples()))
    step = example.step
    step = step.model_copy(update={"fitted": None, "fit": None}) if isinstance(step, FittedStep) else step
    names = {name: random_column(chance, schema, example, name) for name in named_columns(step)}
    own_expression = not step.expressions() or (chance.random() < 0.2 and same_types(example, schema, names))
    try:
        fields = rename_step(step, names).model_dump()
        for name, info in kind.model_fields.items():
            if get_origin(info.annotation) is not None and name in fields and chance.random() < 0.3:
                fields[name] = other_choice(info.annotation, fields[name], chance)
        fields |= anew(step, schema, chance)
        fields |= {} if own_expression else anew_expression(step, schema, chance)
        return kind.model_validate({key: value for key, value in fields.items() if key in accepted(kind)})  # type: ignore[no-any-return]
    except (UserError, ValueError):
        return None


def random_column(chance: random.Random, schema: Schema, example: Example, name: str) -> str:
    """Choose a column, mostly one of the type that the example has there; in an expression always, if there is one."""
    kinds = dict(split_key(key, values) for key, values in example.given.items())
    alike = [column.name for column in schema if column.type == kinds.get(name)]
    return chance.choice(alike if alike and (example.step.expressions() or chance.random() < 0.9) else schema.names)


def accepted(kind: Any) -> set[str]:
    """Name the keys that a step's YAML may have; a Python keyword such as `with` is an alias there."""
    return {info.alias or name for name, info in kind.model_fields.items()}


def other_choice(annotation: Any, value: Any, chance: random.Random) -> Any:
    """Choose another word where the field has a closed list of them."""
    words = [word for word in get_args(annotation) if isinstance(word, str)]
    return chance.choice(words) if words and isinstance(value, str) else value


def anew(step: Step, schema: Schema, chance: random.Random) -> dict[str, Any]:
    """Make the fields that an example has no variety for: categories, placeholders, the other table's key."""
    fields: dict[str, Any] = {}
    if step.reads():
        keys = [column.name for column in schema if column.name in TYPES and column.type == TYPES[column.name]]
        key = chance.choice(
            [name for name in ("id", "id", "id", "name", "day", "fee", "flag", "at") if name in keys] or ["id"]
        )
        fields = {
            "with": OTHER,
            "prefix": chance.choice(["other_", "o"]),
            "on": [key],
            "columns": chance.choice([[], [], ["n", "share"]]),
        }
    if getattr(step, "categories", None) or step.step == "null_if":
        texts = chance.sample(sorted({*VALUES["string"], *VALUES["code"], "0", "1", "true"}), 4)
        fields = {"categories": texts} if step.step != "null_if" else {"values": [*texts, 0, -7, 2.5, "2024-02-29"]}
    return fields


def same_types(example: Example, schema: Schema, names: Mapping[str, str]) -> bool:
    """Tell whether an example's expression still has operands of its types; an engine may refuse others when it likes."""
    kinds = dict(split_key(key, values) for key, values in example.given.items())
    return all(schema[new].type == kinds.get(old) for old, new in names.items() if old in kinds)


def anew_expression(step: Step, schema: Schema, chance: random.Random) -> dict[str, Any]:
    """Make an expression of the kind that the step wants: a condition, or a value of a type."""
    kind = "boolean" if "where" in type(step).model_fields else chance.choice(list(FORMS))
    text = Expressions(chance, schema).make(kind, chance.randint(1, 3))
    return {"where": text, "expression": text, "type": TYPE.get(kind, kind)}
