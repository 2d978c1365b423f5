"""Auto Loader: an ingested table as PySpark text, by Auto Loader on Databricks and by a plain read elsewhere."""

from __future__ import annotations

from textwrap import indent

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
SOURCE_FILE = """\
file = F.url_decode(F.regexp_replace("_metadata.file_path", r"\\+", "%2B"))
source_file = F.substring_index(file, f"{SOURCE_PATH}/", -1)"""
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
    told = {*TOLD.names, RESCUED, *([DAY] if landing.by_day else [])}
    columns = Schema(tuple(column for column in schema if column.name not in told))
    how = landing.source.spark_read(columns)
    lines = [_options(how)]
    if how.wants_schema or landing.source.new_columns != "add":
        lines.append(_schema(how.schema))
    lines.append(SOURCE_FILE)
    if is_stream:
        lines += ['if "DATABRICKS_RUNTIME_VERSION" in os.environ:', indent(_stream(landing, how), "    "), "else:"]
    batch = _batch(landing, how, columns)
    lines += [indent(batch, "    ") if is_stream else batch, *how.statements]
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
    day = r'F.regexp_extract("_source_file", r"(?:^|/)dt=(\d{4}-\d{2}-\d{2})/", 1).try_cast("date").alias("dt")'
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


def _stream(landing: Landing, how: SparkRead) -> str:
    (path, last, _), policy = _path(landing), landing.source.new_columns
    options = {
        "cloudFiles.format": python_text(how.format),
        "cloudFiles.schemaLocation": "CHECKPOINT_PATH",
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
        '.withColumn("_source_file", source_file)',
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
