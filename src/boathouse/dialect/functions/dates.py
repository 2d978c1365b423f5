"""Dates and timestamps: parts, differences, formats."""

from __future__ import annotations

from boathouse.dialect.casts import cast
from boathouse.dialect.functions.call import Call, Function, Functions, also
from boathouse.dialect.functions.formats import shape, strftime
from boathouse.errors import UserError

SECONDS = {"MICROSECOND": 1, "MILLISECOND": 1_000, "SECOND": 1_000_000, "MINUTE": 60_000_000, "HOUR": 3_600_000_000,
           "DAY": 86_400_000_000, "WEEK": 604_800_000_000}  # fmt: skip
MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
TRUNCATIONS = {
    "YEAR": "year",
    "YYYY": "year",
    "YY": "year",
    "QUARTER": "quarter",
    "MONTH": "month",
    "MON": "month",
    "MM": "month",
    "WEEK": "week",
}
FINER = {"DAY": "day", "DD": "day", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second"}
WEEKDAYS = {"MO": 1, "TU": 2, "WE": 3, "TH": 4, "FR": 5, "SA": 6, "SU": 7}


def part(name: str) -> Function:
    return Function(
        "timestamp" if name in ("hour", "minute", "second") else "date", "int", f"CAST({name}({{0}}) AS INTEGER)"
    )


def _datediff(call: Call) -> str:
    if len(call.args) == 2:  # noqa: PLR2004 - end, start; with a unit it is unit, start, end
        return f"CAST({cast(call.args[0], call.types[0], 'date')} - {cast(call.args[1], call.types[1], 'date')} AS INTEGER)"
    unit, start, end = (
        str(call.literal(0)).upper(),
        *(cast(call.args[at], call.types[at], "timestamp") for at in (1, 2)),
    )
    return units_between(unit, start, end)


def units_between(unit: str, start: str, end: str) -> str:
    """Count full units, as Spark does; DuckDB's date_diff counts the boundaries crossed."""
    if unit in SECONDS:
        return f"CAST((epoch_us({end}) - epoch_us({start})) // {SECONDS[unit]} AS BIGINT)"
    if unit not in MONTHS:
        raise UserError(f"there is no unit `{unit}`", hint=f"use one of {', '.join([*SECONDS, *MONTHS])}")
    # 31 January to 29 February is no full month on Spark, and one by DuckDB's date_sub.
    months = f"((year({end}) - year({start})) * 12 + month({end}) - month({start}))"
    within = f"(epoch_us({end}) - epoch_us(date_trunc('month', {end})) - epoch_us({start}) + epoch_us(date_trunc('month', {start})))"
    full = f"{months} - CASE WHEN {months} > 0 AND {within} < 0 THEN 1 WHEN {months} < 0 AND {within} > 0 THEN -1 ELSE 0 END"
    return f"CAST(({full}) // {MONTHS[unit]} AS BIGINT)"


def _datediff_type(call: Call) -> str:
    return "int" if len(call.types) == 2 else "bigint"  # noqa: PLR2004 - as above


def _date_add(call: Call) -> str:
    if len(call.args) == 2:  # noqa: PLR2004 - date, days
        sign = "-" if call.name.lower() == "date_sub" else "+"
        return f"({cast(call.args[0], call.types[0], 'date')} {sign} CAST({call.args[1]} AS INTEGER))"
    unit = str(call.literal(0)).upper()
    if unit not in {**SECONDS, **MONTHS}:
        raise UserError(f"there is no unit `{unit}`", hint=f"use one of {', '.join([*SECONDS, *MONTHS])}")
    # DuckDB has no to_quarters(integer) for a bigint; months hold quarters exactly.
    number, unit = (f"3 * ({call.args[1]})", "MONTH") if unit == "QUARTER" else (call.args[1], unit)
    return f"({cast(call.args[2], call.types[2], 'timestamp')} + to_{unit.lower()}s({number}))"


def _date_add_type(call: Call) -> str:
    return "date" if len(call.types) == 2 else "timestamp"  # noqa: PLR2004 - date, days


MONTHS_BETWEEN = (
    "(CASE WHEN day({0}) = day({1}) OR (CAST({0} AS DATE) = last_day({0}) AND CAST({1} AS DATE) = last_day({1}))"
    " THEN CAST((year({0}) - year({1})) * 12 + month({0}) - month({1}) AS DOUBLE)"
    " ELSE round((year({0}) - year({1})) * 12 + month({0}) - month({1})"
    " + (epoch({0}) - epoch(date_trunc('month', {0})) - epoch({1}) + epoch(date_trunc('month', {1}))) / 2678400, 8) END)"
)


def _unit(call: Call, position: int, known: dict[str, str]) -> str:
    unit = str(call.literal(position)).upper()
    if unit not in known:
        raise UserError(f"`{call.name}` knows no unit `{unit}`", hint=f"use one of {', '.join(known)}")
    return known[unit]


def _next_day(call: Call) -> str:
    day = WEEKDAYS.get(str(call.literal(1)).upper()[:2])
    if not day:
        raise UserError(f"`{call.literal(1)}` is no day of the week")
    return f"({call.args[0]} + CAST((({day} - isodow({call.args[0]}) + 6) % 7) + 1 AS INTEGER))"


def _parse(call: Call, target: str) -> str:
    """Parse by a format: a text that does not fit is an error, and NULL by the try_ form."""
    safe = call.name.lower().startswith("try_")
    x = call.args[0]
    if len(call.args) == 1 or call.types[0] != "string":
        return cast(x, call.types[0], target, safe=safe)
    java = str(call.literal(1))
    # TIMESTAMP, then TIMESTAMPTZ: the session is in UTC.
    text = f"regexp_extract({x}, {shape(java, call.name)}, 1)"
    moment = f"{'try_strptime' if safe else 'strptime'}({text}, {strftime(java, call.name).replace('%-', '%')})"
    return f"CAST({moment} AS {'DATE' if target == 'date' else 'TIMESTAMPTZ'})"


def _date_format(call: Call) -> str:
    return f"strftime({call.args[0]}, {strftime(str(call.literal(1)), call.name)})"


def _from_unixtime(call: Call) -> str:
    java = str(call.literal(1)) if len(call.args) > 1 else "yyyy-MM-dd HH:mm:ss"
    return f"strftime(to_timestamp(CAST({call.args[0]} AS BIGINT)), {strftime(java, call.name)})"


def _unix_timestamp(call: Call) -> str:
    if not call.args:
        return "CAST(floor(epoch(now())) AS BIGINT)"
    java = call if len(call.args) > 1 or call.types[0] != "string" else Call(
        call.name, (*call.types, "string"), (*call.literals, "yyyy-MM-dd HH:mm:ss"), (*call.args, "")
    )  # fmt: skip
    return f"CAST(floor(epoch({_parse(java, 'timestamp')})) AS BIGINT)"


FUNCTIONS: Functions = also(
    {
        **{name: part(name) for name in ("year", "quarter", "month", "day", "dayofyear", "hour", "minute", "second")},
        "weekofyear": Function("date", "int", "CAST(week({0}) AS INTEGER)"),
        "dayofweek": Function("date", "int", "CAST(isodow({0}) % 7 + 1 AS INTEGER)"),
        "weekday": Function("date", "int", "CAST(isodow({0}) - 1 AS INTEGER)"),
        "dayname": Function("date", "string", "strftime({0}, '%a')"),
        "monthname": Function("date", "string", "strftime({0}, '%b')"),
        "datediff": Function("any any any?", _datediff_type, _datediff),
        "date_add": Function("any any any?", _date_add_type, _date_add),
        "date_sub": Function("any any", "date", _date_add),
        "add_months": Function("date int", "date", "CAST({0} + to_months(CAST({1} AS INTEGER)) AS DATE)"),
        "months_between": Function("timestamp timestamp", "double", MONTHS_BETWEEN),
        "last_day": Function("date", "date", "last_day({0})"),
        "next_day": Function("date any", "date", _next_day),
        "trunc": Function("date any", "date", lambda call: f"CAST(date_trunc('{_unit(call, 1, TRUNCATIONS)}', {call.args[0]}) AS DATE)"),
        "date_trunc": Function(
            "any timestamp", "timestamp", lambda call: f"date_trunc('{_unit(call, 0, {**TRUNCATIONS, **FINER})}', {call.args[1]})"
        ),
        "to_date": Function("any any?", "date", lambda call: _parse(call, "date")),
        "to_timestamp": Function("any any?", "timestamp", lambda call: _parse(call, "timestamp")),
        "date_format": Function("timestamp any", "string", _date_format),
        "unix_timestamp": Function("any? any?", "bigint", _unix_timestamp),
        "from_unixtime": Function("bigint any?", "string", _from_unixtime),
        "timestamp_seconds": Function("number", "timestamp", "to_timestamp({0})"),
        "unix_date": Function("date", "int", "CAST({0} - DATE '1970-01-01' AS INTEGER)"),
        "date_from_unix_date": Function("int", "date", "(DATE '1970-01-01' + CAST({0} AS INTEGER))"),
        "make_date": Function("int int int", "date", "make_date({0}, {1}, {2})"),
        "current_date": Function("", "date", "current_date", proven=False),
        "current_timestamp": Function("", "timestamp", "now()", proven=False),
    },
    dayofmonth="day", date_diff="datediff", timestampdiff="datediff", dateadd="date_add", timestampadd="date_add",
    try_to_date="to_date", try_to_timestamp="to_timestamp", date="to_date", curdate="current_date", now="current_timestamp",
    to_unix_timestamp="unix_timestamp",
)  # fmt: skip

REFUSED = {
    "from_utc_timestamp": "timestamps are kept in UTC; convert where they are shown",
    "to_utc_timestamp": "timestamps are kept in UTC; give `time_zone` to the step that reads them: cast, parse_dates",
    "window": "use date_trunc",
    "date_part": "use year(x), month(x), dayofweek(x) ...",
    "make_interval": "use date_add or add_months",
}
