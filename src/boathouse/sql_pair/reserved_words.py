"""Reserved words: names that one of the two dialects would read as something else, unless they are quoted."""

from __future__ import annotations

from boathouse.names import IDENTIFIER

# Every word of DuckDB that is not "unreserved" in duckdb_keywords(), and those that Spark's grammar or its resolution of
# names takes first: https://spark.apache.org/docs/latest/sql-ref-ansi-compliance.html#sql-keywords-optional-disabled-by-default
WORDS = """
all alter analyse analyze and anti any array as asc asof asymmetric at authorization between bigint binary
bit boolean both by case cast char character check cluster coalesce collate collation column columns commit
concurrently constraint create cross cube current current_catalog current_database current_date
current_schema current_time current_timestamp current_timezone current_user date dec decimal default
deferrable delete desc describe distinct distribute do drop else end escape except exists explode extract
false fetch filter float for foreign freeze from full function generated glob global grant group grouping
grouping_id having ilike in initially inner inout insert int integer intersect interval into is isnull join
lambda lateral leading left like limit local localtimestamp map minus national natural nchar no none not
notnull now null nullif numeric of offset on only or order out outer overlaps overlay partition pivot
pivot_longer pivot_wider placing position positional precision primary qualify range real references regexp
returning revoke right rlike rollback rollup row rows select semi session_user set setminus setof show
similar smallint some sort stack start struct substring summarize symmetric table tablesample then time
timestamp to trailing transform treat trim true truncate try_cast tuple union unique unknown unpack unpivot
update user using values varchar variadic verbose when where window with within xmlattributes xmlconcat
xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
"""
RESERVED = frozenset(WORDS.split())


def is_plain(name: str) -> bool:
    """Tell whether a name means itself in both dialects without quotes."""
    return bool(IDENTIFIER.fullmatch(name)) and name.lower() not in RESERVED
