"""CDC dataset: a table that AUTO CDC keeps from a stream of changes, and what is asked of these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from boathouse.action import Action, Stage
from boathouse.auto_cdc import AutoCdc
from boathouse.cells import lines_of, steps
from boathouse.change_feed import OF_INGESTION
from boathouse.declarative.declared import Wording, function, giving
from boathouse.names import TableName
from boathouse.quoting import python_text, spark_reference
from boathouse.step import call, free_name

# A deleted key is forgotten after two days, and a row of before, should it come later, would bring it back.
REMEMBER = {"pipelines.cdc.tombstoneGCThresholdInSeconds": "3153600000"}
ASKED = """\
AUTO CDC wants one change of a key at each moment, and every moment known: it would keep either of two.
Where a feed has others, export with `--cdc steps`, whose result is the same in each run."""


@dataclass(frozen=True)
class CdcDataset:
    """The stage that reads a change feed, those before it that go row by row, and what AUTO CDC is told."""

    action: Action
    wording: Wording
    at: int
    told: AutoCdc

    @property
    def rest(self) -> Action:
        """Give the action with the stages that are left."""
        return replace(self.action, stages=self.action.stages[self.at + 1 :])

    @property
    def is_whole(self) -> bool:
        """Tell whether what AUTO CDC keeps is the finished table."""
        return self.told.stored_as == 1 and not (self.rest.stages or self.action.final_cast or self.action.drops)

    @property
    def target(self) -> TableName:
        return self.action.name if self.is_whole else self.wording.free(self.action.name, "history")

    def read(self) -> str:
        """Write the statements that make `df` of what AUTO CDC keeps."""
        lines = [f"df = spark.table({self.wording.to.text(self.target)})"]
        if self.told.stored_as == 2:  # noqa: PLR2004 - its name
            several = len(self.told.sequence_by) > 1
            part = f".{spark_reference(self.told.sequence_by[0])}" if several else ""
            lines += [
                f'df = df.withColumn("valid_from", F.col({python_text(f"__START_AT{part}")}))',
                f'df = df.withColumn("valid_to", F.col({python_text(f"__END_AT{part}")}))',
                'df = df.withColumn("is_current", F.isnull("__END_AT")).drop("__START_AT", "__END_AT")',
            ]
        return "\n".join(lines)

    def parts(self, name: str) -> Iterator[str]:
        """Give the parts of the file: the feed, the table that AUTO CDC keeps, and what is asked of the feed."""
        before = self._before()
        if before:
            yield function("prepared", giving(before), takes="df: DataFrame")
            view = self.wording.view(self._source[0])
            stream = f"spark.readStream.table({self._feed})"
            yield function(f"{name}_feed", f"return prepared({stream})", decorators=[view])
        yield f"{self._table()}\n{self.wording.auto_cdc(self._arguments())}"
        yield self._checks(name, is_prepared=bool(before))

    def _before(self) -> str:
        before = replace(self.action, stages=self.action.stages[: self.at])
        return "\n\n".join(cell.text for cell in steps(before, self.wording.to, lazy=True))

    @property
    def _feed(self) -> str:
        assert self.action.table.reads is not None  # noqa: S101 - found() sees to it
        return self.wording.to.text(self.action.table.reads)

    @property
    def _source(self) -> tuple[str, str]:
        """Name what AUTO CDC reads, plainly and as Python text; a view is of the pipeline and of no schema."""
        view = f"{self.action.name.flat}_feed"
        return (view, python_text(view)) if self.at else ("", self._feed)

    def _table(self) -> str:
        deletes = self.told.stored_as == 1 and self.told.delete_when.strip()
        properties = REMEMBER if deletes else {}
        why = "# A delete is remembered for a century: by itself for two days, after which a late row would bring its key back.\n"
        about = self.action.table.about if self.is_whole else f"What AUTO CDC keeps for {self.action.name}"
        return f"{why if deletes else ''}{self.wording.create_streaming_table(self.target, about, properties)}"

    def _arguments(self) -> Iterator[str]:
        told = self.told
        yield f"target={self.wording.to.text(self.target)}"
        yield f"source={self._source[1]}"
        yield f"keys=[{_names(told.keys)}]"
        many = len(told.sequence_by) > 1
        yield f"sequence_by={'F.struct' if many else 'F.col'}({_names(told.sequence_by)})"
        if told.delete_when.strip():
            yield f"apply_as_deletes=F.expr({python_text(told.delete_when)})"
        if told.except_columns:
            yield f"except_column_list=[{_names(told.except_columns)}]"
        yield f"stored_as_scd_type={told.stored_as}"
        if told.tracked:
            yield f"track_history_column_list=[{_names(told.tracked)}]"

    def _checks(self, name: str, *, is_prepared: bool) -> str:
        schema, told = self.action.stages[self.at].table.schema, self.told
        known = {*told.keys, *told.sequence_by, *OF_INGESTION}
        content = [c.name for c in schema if c.name not in known and "map<" not in c.type]
        moment = tuple(dict.fromkeys((*told.keys, *told.sequence_by)))
        count = free_name("changes", moment)
        change = call("F.struct", [python_text(spark_reference(column)) for column in content] or ["F.lit(1)"], 55)
        known_at = " AND ".join(f"{spark_reference(column)} IS NOT NULL" for column in told.sequence_by)
        feed = f"spark.table({self._feed})"
        lines = [
            f"df = {f'prepared({feed})' if is_prepared else feed}",
            *(f"# {line}" for line in lines_of(ASKED)),
            f"one_moment = df.groupBy({_names(moment)})",
            call("moments = one_moment.agg", [f'F.count_distinct({change}).alias("{count}")']),
            "return moments.agg(",
            f'    F.expr("coalesce(max({count}), 0) <= 1").alias("one_change_at_a_moment"),',
            f'    F.expr({python_text(f"count_if(NOT ({known_at})) = 0")}).alias("moments_known"),',
            ")",
        ]
        rules = '{"one_change_at_a_moment": "one_change_at_a_moment", "moments_known": "moments_known"}'
        asked = self.wording.free(self.action.name, "feed_checks")
        about = f"Whether AUTO CDC can read the feed of {self.action.name}"
        decorators = [self.wording.materialized_view(asked, about), self.wording.expect("fail", rules)]
        return function(f"{name}_feed_checks", "\n".join(lines), decorators=decorators)


def found(action: Action, wording: Wording) -> tuple[CdcDataset | None, str]:
    """Say how AUTO CDC keeps a table, or why it does not where a step reads a change feed."""
    at, told = next(
        ((at, told) for at, stage in enumerate(action.stages) if (told := _told(stage)) is not None), (0, None)
    )
    if told is None or not wording.on_databricks:
        return None, ""
    before = action.stages[:at]
    other = next((stage.step.step for stage in before if stage.misfits or not stage.step.alone()), "")
    whys = {
        "the export was told so": wording.cdc_by_step,
        told.unlike: bool(told.unlike),
        f"{action.table.reads or 'what it reads'} is no stream": action.table.reads not in wording.streams,
        f"`{other}` comes before it, which looks at more than one row, or puts rows apart": bool(other),
    }
    why = next((why for why, is_so in whys.items() if is_so), "")
    return (None, why) if why else (CdcDataset(action, wording, at, told), "")


def _told(stage: Stage) -> AutoCdc | None:
    return stage.step.auto_cdc(replace(stage.table, dialect="databricks"))


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(python_text(spark_reference(column)) for column in columns)
