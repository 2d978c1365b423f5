"""Auto Loader: an ingested table as PySpark text, by Auto Loader on Databricks and by a plain read elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent
from types import MappingProxyType

from boathouse.arrivals import DAY, RESCUED, TOLD
from boathouse.landing import Landing
from boathouse.quoting import python_literal, python_text
from boathouse.schema import Schema
from boathouse.source import SparkRead
from boathouse.step import LINE, call, written_down

EVOLUTION = {"add": "addNewColumns", "freeze": "failOnNewColumns", "rescue": "rescue"}
READ = """\
On Databricks, Auto Loader takes each file once; CHECKPOINT_PATH remembers which.
Open-source Spark has no Auto Loader: there, all files are read anew."""
RESTART = "A new column stops the stream once, after its name is kept: run the notebook again."
DAY_OF = r'F.regexp_extract({}, r"(?:^|/)dt=(\d{{4}}-\d{{2}}-\d{{2}})/", 1).try_cast("date")'
SOURCE_FILE = """\
file = F.url_decode(F.regexp_replace("_metadata.file_path", r"\\+", "%2B"))
source_file = F.substring_index(file, f"{SOURCE_PATH}/", -1)"""
SOURCE_COLUMN: Mapping[str, str] = MappingProxyType({"_source_file": "source_file"})
BY_HEADER = """\
# Columns are matched by their names: files with the same header are read together.
groups = (
    {text}
    .select(F.regexp_extract("value", r"[^\\r\\n]+", 0).alias("header"), file.alias("file"))
    .groupBy("header")
    .agg(F.sort_array(F.collect_list("file")).alias("files"))
    .orderBy("files")
    .collect()
)
reader = spark.read.options(**options)
frames = [reader.csv(group.files).withColumn("_source_file", source_file) for group in groups]
df = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), frames)
{known}
names = {{name.lower(): name for name in columns}}  # Spark matches them without case
df = df.toDF(*[names.get(name.lower(), name) for name in df.columns])"""
UNKNOWN_COLUMNS = """\
unknown = sorted(set(df.columns) - known)
rescued = F.to_json(F.struct(*unknown)) if unknown else F.lit("{}")
df = df.withColumn("_rescued_data", F.nullif(rescued, F.lit("{}"))).drop(*unknown)"""
UNKNOWN_KEYS = """\
values = F.from_json("value", "map<string, string>")
unknown = F.map_filter(values, lambda key, value: ~key.isin(known) & value.isNotNull())
rescued = F.to_json(F.map_from_entries(F.array_sort(F.map_entries(unknown))))
df = (
    {text}
    .where(F.trim("value") != "")
    .select(
        F.from_json("value", schema, options).alias("record"),
        F.nullif(rescued, F.lit("{{}}")).alias("_rescued_data"),
        source_file.alias("_source_file"),
    )
    .select("record.*", "_rescued_data", "_source_file")
)"""


def read(landing: Landing, schema: Schema, *, is_stream: bool = True) -> str:
    """Write the statements that make `df` of what has arrived, or of all files where that is to be no stream."""
    columns, how = _read(landing, schema)
    lines, batch = _prepared(landing, how), _batch(landing, how, columns)
    if is_stream:
        lines += ['if "DATABRICKS_RUNTIME_VERSION" in os.environ:', indent(_stream(landing, how), "    "), "else:"]
        batch = indent(batch, "    ")
    return "\n".join([*lines, batch, *how.statements])


def read_stream(landing: Landing, schema: Schema) -> str:
    """Write the statements of a streaming table, whose pipeline keeps the checkpoint and looks no column up."""
    _, how = _read(landing, schema)
    told = {"_ingested_at": "F.current_timestamp()", "_run_id": "F.lit(RUN_ID)", "_source_file": "source_file"}
    told = {"dt": DAY_OF.format("source_file")} | told if landing.by_day else told
    lines = [*_prepared(landing, how), _stream(landing, how, told, checkpoint=False), *how.statements]
    if landing.source.new_columns == "rescue":
        lines.append(f'df = df.selectExpr("* EXCEPT ({RESCUED})", "{RESCUED}")')
    return "\n".join(lines)


def tell(landing: Landing) -> str:
    """Write the statement that says of each row when it came, in which run, and from which file."""
    rescues = landing.source.new_columns == "rescue"
    last = ["_source_file", *([RESCUED] if rescues else [])]
    not_last = (
        f"name not in {python_literal(last).replace('[', '(').replace(']', ')')}"
        if rescues
        else 'name != "_source_file"'
    )
    day = f'{DAY_OF.format(python_text("_source_file"))}.alias("dt")'
    values = [
        f"*[name for name in df.columns if {not_last}]",
        *([day] if landing.by_day else []),
        'F.current_timestamp().alias("_ingested_at")',
        'F.lit(str(uuid4())).alias("_run_id")',
        *map(python_text, last),
    ]
    return call("df = df.select", values)


def write(table: str, *, is_stream: bool = True) -> str:
    """Write the statements that append a stream, or write the rows of a batch."""
    if not is_stream:
        return f"""\
df.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(
    {table}
)"""
    return f"""\
table = {table}
if df.isStreaming:
    stream = df.writeStream.option("checkpointLocation", CHECKPOINT_PATH).option("mergeSchema", True)
    stream.trigger(availableNow=True).toTable(table).awaitTermination()
else:
    df.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(table)"""


def _read(landing: Landing, schema: Schema) -> tuple[Schema, SparkRead]:
    """Say which columns the files have, and how Spark reads them."""
    told = {*TOLD.names, RESCUED, *([DAY] if landing.by_day else [])}
    columns = Schema(tuple(column for column in schema if column.name not in told))
    return columns, landing.source.spark_read(columns)


def _prepared(landing: Landing, how: SparkRead) -> list[str]:
    wants_schema = how.wants_schema or landing.source.new_columns != "add"
    return [_options(how), *([_schema(how.schema)] if wants_schema else []), SOURCE_FILE]


def _stream(
    landing: Landing, how: SparkRead, told: Mapping[str, str] = SOURCE_COLUMN, *, checkpoint: bool = True
) -> str:
    (path, last, _), policy = _path(landing), landing.source.new_columns
    options = {
        "cloudFiles.format": python_text(how.format),
        **({"cloudFiles.schemaLocation": "CHECKPOINT_PATH"} if checkpoint else {}),
        "cloudFiles.schemaEvolutionMode": python_text(EVOLUTION[policy]),
        "cloudFiles.partitionColumns": '""',
        **({"cloudFiles.schemaHints": "schema"} if policy == "add" and how.wants_schema else {}),
        **({"rescuedDataColumn": python_text(RESCUED)} if policy == "rescue" else {}),
        **({"pathGlobFilter": python_text(last)} if last else {}),
    }
    lines = [f".option({python_text(key)}, {value})" for key, value in options.items()]
    lines += [
        *([".schema(schema)"] if policy != "add" else []),
        ".options(**options)",
        f".load({path})",
        *(f".withColumn({python_text(name)}, {value})" for name, value in told.items()),
    ]
    inside = "\n".join(['spark.readStream.format("cloudFiles")', *lines])
    return f"df = (\n{indent(inside, '    ')}\n)"


def _batch(landing: Landing, how: SparkRead, columns: Schema) -> str:
    path, last, recursive = _path(landing)
    options = {"recursiveFileLookup": recursive, "pathGlobFilter": last}
    found = [f"{key}={python_literal(value)}" for key, value in options.items() if value]
    rescues, names = landing.source.new_columns == "rescue", landing.source.names
    known = [names.get(name, name) for name in columns.names]
    if how.format == "json" and rescues:
        text = call("spark.read.text", [path, *found], 4)
        return f"known = {python_literal(known)}\n{UNKNOWN_KEYS.format(text=text)}"
    if how.format == "csv":
        text = call("spark.read.text", [path, "wholetext=True", *found], 4)
        batch = BY_HEADER.format(text=text, known=written_down("columns", known, 4))
    else:
        start = "spark.read.schema(schema)\n    " if how.wants_schema else "spark.read"
        loaded = f"{start}.options({', '.join(['**options', *found])})"
        batch = f'df = (\n    {loaded}\n    .{how.format}({path})\n    .withColumn("_source_file", source_file)\n)'
    if not rescues:
        return batch
    return f"{batch}\nknown = {{{python_literal([*known, '_source_file'])[1:-1]}}}\n{UNKNOWN_COLUMNS}"


def _path(landing: Landing) -> tuple[str, str, bool]:
    """Say what is loaded, the glob that the files' names have to match, and whether folders within are walked."""
    if not landing.glob:
        return "SOURCE_PATH", "", True
    *folders, last = landing.glob.split("/")
    walked = folders[-1:] == ["**"]
    parts = folders[:-1] if walked else [*folders, last]
    path = f'f"{{SOURCE_PATH}}/{"/".join(parts)}"' if parts else "SOURCE_PATH"
    return path, last if walked else "", walked


def _options(how: SparkRead) -> str:
    parts = [f"{python_text(name)}: {value}" for name, value in how.options.items()]
    line = f"options = {{{', '.join(parts)}}}"
    return line if len(line) <= LINE else "options = {\n" + "".join(f"    {part},\n" for part in parts) + "}"


def _schema(ddl: str) -> str:
    line = f"schema = {python_text(ddl)}"
    fits = len(line) <= LINE or len(python_text(ddl)) > LINE - 4  # a text that fits on no line stays where it is
    return line if fits else f"schema = (\n    {python_text(ddl)}\n)"
