"""Step: one repair or feature of a table, in two hand-written forms, with the examples that prove them equal."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import indent
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from boathouse.auto_cdc import AutoCdc
from boathouse.errors import StepError, UserError
from boathouse.names import ModelReference, TableName, variable
from boathouse.quoting import Dialect, python_literal, python_text
from boathouse.relation import Relation
from boathouse.schema import Column, Schema, type_name
from boathouse.shelf import Shelf

STEPS = Shelf("steps", "step")

ColumnName = Annotated[str, Field(min_length=1)]
Columns = Annotated[list[ColumnName], Field(min_length=1)]
Fit = Literal["run", "frozen"]
Rows = list[dict[str, Any]]
NAMED = 3  # a title names so many columns, and counts more
MISFITS = "_misfits"  # the column of a step that lists why a row goes to quarantine right after it
LINE = 120  # the width of a line of a notebook, as its formatter has it


def _type_name(text: str) -> str:
    try:
        return type_name(text)
    except UserError as error:
        raise ValueError(str(error)) from error


TypeName = Annotated[str, AfterValidator(_type_name)]


@dataclass(frozen=True)
class Example:
    """Given these columns, the step makes those; a column is `name` or `name type`, rows compare as a multiset.

    A good example separates the right answer from a nearly right one; `why` says which.
    """

    why: str
    step: Step
    given: dict[str, list[Any]]
    then: dict[str, list[Any]]
    others: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    # What a model that the step asks adds up: for each of its columns a factor, or what each text counts.
    points: list[float | dict[str, float]] = field(default_factory=list)


class Step(BaseModel):
    """What every step has: its YAML name, and the same meaning as SQL, as PySpark and on a schema."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row_by_row: ClassVar[bool] = False  # whether it only looks at and changes the columns that its fields name

    step: str
    because: str = Field(default="", description="why the step is here; a comment behind the line says the same")

    def sql(self, table: Relation) -> str:
        """Write one SELECT over the table, in the table's dialect."""
        raise NotImplementedError

    def pyspark(self, table: Relation) -> str:
        """Write the statements that turn `df` into the new `df`, as a person would."""
        raise NotImplementedError

    def pyspark_lazy(self, table: Relation) -> str:
        """Write the same statements with no query among them that runs at once, for the function of a declared dataset."""
        return self.pyspark(table)

    def auto_cdc(self, table: Relation) -> AutoCdc | None:
        """Say what AUTO CDC is to be told so that it keeps the same rows, where it can."""
        del table
        return None

    def after(self, table: Relation) -> Schema:
        """Say which columns the table has afterwards; a step that does not fit raises StepError or UnknownName."""
        raise NotImplementedError

    def title(self) -> str:
        """Say in a few words what is done, as the comment of a notebook's cell."""
        raise NotImplementedError

    def reads(self) -> tuple[str, ...]:
        """Name the other tables that are read, such as silver.plans."""
        return ()

    def asks(self, table: Relation) -> Mapping[ModelReference, Schema]:
        """Name the registered models that are asked, each with the columns that it is given."""
        del table
        return {}

    def expressions(self) -> tuple[str, ...]:
        """Give the Databricks SQL that the user wrote in the step's fields."""
        return ()

    def touches(self) -> frozenset[str] | None:
        """Name the columns that the step reads and writes, where it goes row by row and keeps all else; None: any.

        New columns need not be named, for the schema tells them.
        """
        if not self.row_by_row:
            return None
        named = (getattr(self, field, None) for field in ("column", "columns", "into", "target"))
        return frozenset(name for value in named if value for name in ([value] if isinstance(value, str) else value))

    def alone(self) -> bool:
        """Tell whether what becomes of a row depends on that row alone, so that new rows can be done without the old."""
        return self.row_by_row

    def passes(self, column: str) -> bool:
        """Tell whether a column of this name, in any case, is surely not written by the step."""
        touched = self.touches()
        return touched is not None and column.lower() not in {name.lower() for name in touched}

    def merges(self, table: Relation, kept: Container[str], apart: str = "") -> bool:
        """Tell whether it makes of the rows that it made (`kept` of their columns) and new ones what it would of all.

        `apart` names a column whose values no old row shares with a new one.
        """
        del table, kept, apart
        return False

    def merge_key(self) -> tuple[str, ...]:
        """Name the columns by which the rows that it makes are merged into the table, where most of them stay as they are."""
        return ()

    def guard(self, table: Relation) -> str:
        """Write a SELECT that counts what must not be there before the step runs, or nothing."""
        del table
        return ""

    def guard_message(self) -> str:
        """Say what is wrong where the guard counts anything."""
        return ""

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Give the examples that all forms of the step must make."""
        raise NotImplementedError


class FittedStep(Step):
    """A step with numbers that are learnt from rows: recomputed in each run, or frozen when first run.

    Numbers are what JSON and YAML hold: numbers, text, null, and dicts of them with text as keys. Dates, timestamps and
    decimals are kept as text and cast back to their type, so that a notebook that writes them down needs no import.
    """

    fit: Fit | None = Field(
        default=None, description="run: learn in each run; frozen: keep the first; gold freezes by default"
    )
    fitted: dict[str, Any] | None = Field(default=None, description="the numbers, where they are frozen")

    row_by_row: ClassVar[bool] = True

    def learns(self) -> bool:
        """Tell whether there is anything to learn; bounds, constants and categories that are given need no rows."""
        return True

    def alone(self) -> bool:
        """Tell whether the numbers are known; the rows that they were learnt from do not count any more."""
        return self.fitted is not None or not self.learns()

    def is_to_freeze(self) -> bool:
        """Tell whether numbers that are to be frozen have not been learnt yet."""
        return self.fit == "frozen" and self.fitted is None and self.learns()

    def fit_sql(self, table: Relation) -> str:
        """Write the SELECT over `table.fitting` that learns the numbers."""
        raise NotImplementedError

    def learn(self, rows: Rows) -> dict[str, Any]:
        """Make the numbers of the rows that fit_sql gave; by default its one row."""
        return rows[0]

    def pyspark_fit(self, table: Relation) -> str:
        """Write the statements that learn the same numbers from `fitting`, into the variables of `numbers`."""
        raise NotImplementedError

    def numbers(self) -> dict[str, str]:
        """Name the Python variable that holds each number: {"median": "median_age"}."""
        raise NotImplementedError

    def number(self, key: str) -> Any:
        """Give a fitted number; asking before the step was fitted is a fault of ours."""
        assert self.fitted is not None, f"{self.step} is not fitted"  # noqa: S101
        if key not in self.fitted:
            raise StepError(
                f"the numbers of `{self.step}` in fitted.yml lack `{key}`",
                hint="delete the entry to have it learnt anew",
            )
        return self.fitted[key]

    def pyspark_numbers(self, table: Relation) -> str:
        """Write the numbers down where they are frozen, and how to learn them where they are not."""
        if self.fitted is not None:
            return "\n".join(written_down(name, self.fitted[key]) for key, name in self.numbers().items())
        return self.pyspark_fit(table)


def named(key: str, column: str) -> str:
    """Name a Python variable after what it holds: the median of Age is median_age."""
    return variable(f"{key}_{column}")


def written_down(name: str, value: Any, start: int = 0) -> str:
    """Write a value into a variable, `start` letters in; a dict or a list that is too long for a line has an entry a line."""
    line = f"{name} = {python_literal(value)}"
    if start + len(line) <= LINE or not isinstance(value, dict | list):
        return line
    if isinstance(value, list):
        return f"{name} = [\n" + "".join(f"    {python_literal(item)},\n" for item in value) + "]"
    entries = "".join(f"    {python_literal(key)}: {python_literal(item)},\n" for key, item in value.items())
    return f"{name} = {{\n{entries}}}"


def fitting_frame(table: Relation) -> str:
    """Write the frame that numbers are fitted on: df, or the rows that fit_on chooses."""
    return f"df.where({python_text(table.fit_on)})" if table.fit_on else "df"


def with_column(name: str, expression: str) -> str:
    """Write the statement that puts a column."""
    return call("df = df.withColumn", [python_text(name), expression])


def with_columns(columns: Mapping[str, str]) -> str:
    """Write the statement that puts columns: withColumn for one, withColumns for more."""
    if len(columns) == 1:
        return with_column(*next(iter(columns.items())))
    lines = "".join(indent(f"{python_text(name)}: {expression},\n", " " * 8) for name, expression in columns.items())
    return f"df = df.withColumns(\n    {{\n{lines}    }}\n)"


def call(function: str, arguments: Iterable[str], start: int = 0) -> str:
    """Write a call as a formatter does: on one line where it fits (`start` letters in), otherwise an argument a line."""
    arguments = list(arguments)
    line = f"{function}({', '.join(arguments)})"
    if start + len(line) <= LINE and "\n" not in line:
        return line
    inside = "".join(f"{argument},\n" for argument in arguments)
    return f"{function}(\n{indent(inside, '    ')})"


def chained(parts: Iterable[str], start: int = 4) -> str:
    """Write F.when(...).when(...) as a formatter does: on one line where it fits with its comma, otherwise a call a line."""
    parts = list(parts)
    line = f"F.{'.'.join(parts)}"
    return line if start + len(line) < LINE and "\n" not in line else "F." + "\n.".join(parts)


def listed(words: Iterable[str], many: str = "columns") -> str:
    """List up to three words; of more, say how many there are."""
    words = list(words)
    return ", ".join(words) if len(words) <= NAMED else f"{len(words)} {many}"


def other_frame(table: Relation, other: str) -> str:
    """Write how a notebook reads another table of the lake, by its constants CATALOG and SCHEMA."""
    named = (table.place or _in_one_schema)(TableName.parse(other), "databricks")
    return f'spark.table({"f" if "{" in named else ""}"{named}")'


def _in_one_schema(name: TableName, dialect: Dialect) -> str:
    del dialect
    return f"{{CATALOG}}.{{SCHEMA}}.{name.flat}"


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Make a column's name that is not there yet, in any case, for what is dropped again."""
    names = {name.lower() for name in taken}
    while wanted in names:
        wanted = f"{wanted}_"
    return wanted


def expect(table: Relation, name: str, fits: Callable[[str], bool], wanted: str) -> Column:
    """Give the column, if its type fits; otherwise an error that says what was wanted."""
    column = table.schema[name]
    if not fits(column.type):
        raise StepError(f"`{name}` is {column.type}, and {wanted} is wanted", hint="cast it first")
    return column
