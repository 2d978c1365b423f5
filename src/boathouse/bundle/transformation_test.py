"""Transformation test: a unit test of each table's function, or of its notebook, on sample rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from textwrap import indent

from boathouse.action import Action
from boathouse.bundle.python_name import function_name
from boathouse.bundle.sample_lake import Sample
from boathouse.bundle.transformation import WIDTH, frames_read
from boathouse.names import TableName
from boathouse.quoting import python_text
from boathouse.step import call, written_down

SAMPLED_FORMATS = ("csv", "tsv")  # whose files a test can write with what Python has

READER_IMPORTS = ("import csv", "", "import pytest", "from pyspark.testing import assertDataFrameEqual")
READER = """\
@pytest.mark.unit
def test_{function}_reads_what_the_file_holds({given}, sample, tmp_path):
    path = tmp_path / {file}
    with path.open("w", encoding={encoding}, newline="") as file:
        writer = csv.writer(file, delimiter={delimiter}, lineterminator="\\n")
{header}        writer.writerows(rows_of({table}))

    assertDataFrameEqual({made}, sample({table}))
"""


def unit_tests(action: Action, package: str, sampled: Collection[TableName]) -> str:
    """Write the tests of a table's function; nothing where the sample lacks the table, or its raw file cannot be written."""
    if action.name not in sampled:
        return ""
    if action.table.source is not None:
        return _reader_test(action, package)
    return _sample_test(action, package)


def notebook_tests(action: Action, sampled: Mapping[TableName, Sample]) -> str:
    """Write the test of a table's notebook."""
    if action.name not in sampled or not set(action.reads) <= set(sampled):
        return ""
    if action.table.source is not None:
        if not _writes_its_file(action):
            return ""
        made = f"made_by({python_text(str(action.name))}, source_path=str(path))"
        body = _reader_body(action, "made_by", made)
        return _file(action, [*READER_IMPORTS, "", "from sample import rows_of"], [body])
    refused = sampled[action.name].refused_by
    body = _refused_test(action, refused[0]) if refused else _notebook_test(action)
    assertion = [] if refused else ["from pyspark.testing import assertDataFrameEqual"]
    return _file(action, ["import pytest", *assertion], [body])


def _notebook_test(action: Action) -> str:
    return (
        f"@pytest.mark.unit\ndef test_{function_name(action.name)}_of_the_sample(made_by, sample):\n"
        f"{indent(f'made = {_made_by(action, 11)}', '    ')}\n\n"
        f"    assertDataFrameEqual(made, sample({python_text(str(action.name))}))\n"
    )


def _refused_test(action: Action, rule: str) -> str:
    """Write the test of a table that the sample's few rows break a rule of: its notebook stops, and says which."""
    sentence = python_text(f"the contract of {action.name} does not hold: .*{re.escape(rule)}")
    return (
        f"@pytest.mark.unit\ndef test_{function_name(action.name)}_refuses_the_sample(made_by):\n"
        f"    with pytest.raises(ValueError, match={sentence}):\n{indent(_made_by(action, 8), ' ' * 8)}\n"
    )


def _made_by(action: Action, start: int) -> str:
    return call("made_by", [python_text(str(name)) for name in (action.name, *action.reads)], start)


def _reader_test(action: Action, package: str) -> str:
    if not _writes_its_file(action):
        return ""
    function = function_name(action.name)
    body = _reader_body(action, "spark", f"{function}(spark, str(path))")
    own = ["", _import(action, package, [function]), "", "from sample import rows_of"]
    return _file(action, [*READER_IMPORTS, *own], [body])


def _writes_its_file(action: Action) -> bool:
    source = action.table.source
    as_it_came = action.landing is None and not (action.stages or action.drops)
    return source is not None and as_it_came and source.format in SAMPLED_FORMATS


def _reader_body(action: Action, given: str, made: str) -> str:
    source = action.table.source
    assert source is not None  # noqa: S101 - the callers have asked
    said = source.model_dump()
    columns = [source.names.get(name, name) for name in action.schema.names]
    names = f"{written_down('header', columns, 4)}\nwriter.writerow(header)"
    header = indent(names, " " * 8) + "\n" if said["header"] else ""
    return READER.format(
        function=function_name(action.name),
        given=given,
        made=made,
        file=python_text(f"{action.name.table}.{source.format}"),
        encoding=python_text(said["encoding"]),
        delimiter=python_text(said["delimiter"]),
        header=header,
        table=python_text(str(action.name)),
    )


def _sample_test(action: Action, package: str) -> str:
    function = function_name(action.name)
    names = [function, *([f"{function}_with_quarantine"] if action.drops else [])]
    imports = ["import pytest", "from pyspark.testing import assertDataFrameEqual", "", _import(action, package, names)]
    test = (
        f"@pytest.mark.unit\ndef test_{function}_of_the_sample({_given(action)}):\n"
        f"{_statement(action, 'made = ', function, [])}\n\n"
        f"    assertDataFrameEqual(made, sample({python_text(str(action.name))}))\n"
    )
    return _file(action, imports, [test, _quarantine_test(action, function)] if action.drops else [test])


def _quarantine_test(action: Action, function: str) -> str:
    """Write the test that each row which is set apart says why, and in which run."""
    rules, run = python_text(action.rules_column), python_text(action.run_column)
    made = _statement(action, "_, quarantine = ", f"{function}_with_quarantine", ['run_id="test"'])
    return (
        f"@pytest.mark.unit\ndef test_{function}_say_why_a_row_is_set_apart({_given(action)}):\n{made}\n\n"
        f'    for row in quarantine.collect():\n        assert row[{rules}]\n        assert row[{run}] == "test"\n'
    )


def _given(action: Action) -> str:
    return "sample" if frames_read(action) else "sample, spark"


def _statement(action: Action, start: str, function: str, more: list[str]) -> str:
    frames = [f"sample({python_text(str(name))})" for name in frames_read(action)] or ["spark"]
    return indent(start + call(function, [*frames, *more], len(start)), "    ")


def _import(action: Action, package: str, names: list[str]) -> str:
    module = f"{package}.transformations.{action.name.layer}.{names[0]}"
    line = f"from {module} import {', '.join(names)}"
    return (
        line if len(line) <= WIDTH else f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
    )


def _file(action: Action, imports: list[str], tests: list[str]) -> str:
    head = f'"""Unit: {action.name}, on the sample."""'
    return "\n".join([head, "", *imports]) + "\n\n\n" + "\n\n".join(tests)
