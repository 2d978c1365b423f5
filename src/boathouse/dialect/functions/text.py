"""Text: case, parts, patterns."""

from __future__ import annotations

import re

from boathouse.dialect.functions.call import Call, Function, Functions, also
from boathouse.errors import UserError
from boathouse.quoting import sql_text

# What Java's regular expressions know and RE2 does not, or the other way around.
BEYOND_RE2 = re.compile(r"\(\?(?:[=!>]|<[=!])|\\[1-9hHRXGZ]|[*+?}]\+|\[\[:|&&")


def pattern(text: str, function: str) -> str:
    """Quote a pattern that Java and RE2 read alike; others are refused."""
    found = BEYOND_RE2.search(text)
    if found:
        raise UserError(
            f"the pattern of `{function}` holds `{found[0]}`, which DuckDB's RE2 has not",
            hint="write it without look-around and back-references",
        )
    try:
        re.compile(text.replace("(?<", "(?P<").replace(r"\z", r"\Z"))  # as Python says it before 3.14
    except re.error as error:
        raise UserError(f"the pattern of `{function}` is none: {error}") from error
    return sql_text(text, "duckdb")


def replacement(text: str) -> str:
    """Write a group of the replacement as RE2 does."""
    parts = re.findall(r"\\(.)|\$(\d)|(.)", text, re.DOTALL)
    return "".join(
        f"\\{group}" if group else (escaped or plain).replace("\\", "\\\\") for escaped, group, plain in parts
    )


def _regex(call: Call, position: int = 1) -> str:
    return pattern(str(call.literal(position)), call.name)


def _group(call: Call) -> str:
    return str(int(call.literal(2))) if len(call.args) > 2 else "1"  # noqa: PLR2004 - text, pattern, group


def _replace(call: Call) -> str:
    return (
        f"regexp_replace({call.args[0]}, {_regex(call)}, {sql_text(replacement(str(call.literal(2))), 'duckdb')}, 'g')"
    )


def _split(call: Call) -> str:
    if len(call.args) > 2 and call.literal(2) != -1:  # noqa: PLR2004 - text, pattern, limit
        raise UserError("`split` with a limit has no DuckDB form", hint="use split_part or regexp_extract")
    if not call.literal(1):
        raise UserError("`split` by an empty pattern has no DuckDB form")
    return f"string_split_regex({call.args[0]}, {_regex(call)})"


def _concat(call: Call) -> str:
    if any(kind.startswith("array<") for kind in call.types):
        return " || ".join(call.args)
    return f"({' || '.join(call.args)})" if call.args else "''"


def _concat_type(call: Call) -> str:
    return call.types[0] if call.types and call.types[0].startswith("array<") else "string"


def _concat_ws(call: Call) -> str:
    if any(kind.startswith("array<") for kind in call.types):
        raise UserError("`concat_ws` of an array has no DuckDB form here", hint="use array_join")
    return (
        f"concat_ws({', '.join(call.args)})"
        if len(call.args) > 1
        else f"CASE WHEN {call.args[0]} IS NOT NULL THEN '' END"
    )


def substring(call: Call) -> str:
    """Start at 1 where Spark is given 0; count from the end where the start is negative."""
    x, start, *length = call.args
    written = call.literals[1]
    if isinstance(written, int) and written >= 0:
        start = str(max(written, 1))
    elif isinstance(written, int):
        # Before the first character Spark counts on: substring('abc', -5, 3) is 'a'.
        start = f"length({x}) + 1 - {-written}"
        if not length:
            return f"substring({x}, greatest({start}, 1))"
        return f"substring({x}, greatest({start}, 1), greatest(0, {length[0]} + least(0, {start} - 1)))"
    else:
        # Spark counts a negative start from the end, and the characters before the first one as well.
        first = f"CASE WHEN {start} > 0 THEN {start} - 1 WHEN {start} < 0 THEN length({x}) + {start} ELSE 0 END"
        if not length:
            return f"substring({x}, greatest({first}, 0) + 1)"
        return f"substring({x}, greatest({first}, 0) + 1, greatest(0, greatest({length[0]}, 0) + least(0, {first})))"
    return f"substring({x}, {', '.join([start, *(f'greatest({n}, 0)' for n in length)])})"


def _pad(call: Call) -> str:
    by = call.args[2] if len(call.args) > 2 else "' '"  # noqa: PLR2004 - text, length, pad
    return f"{call.name.lower()}({call.args[0]}, greatest({call.args[1]}, 0), {by})"


def _sha2(call: Call) -> str:
    if call.literal(1) not in (0, 256):
        raise UserError("`sha2` has a DuckDB form for 256 bits alone", hint="write sha2(x, 256)")
    return f"sha256({call.args[0]})"


def _locate(call: Call) -> str:
    if len(call.args) > 2:  # noqa: PLR2004 - part, text, start
        part, text, start = call.args
        found = f"strpos(substring({text}, {start}), {part})"
        return f"CAST(CASE WHEN {start} < 1 OR {found} = 0 THEN 0 ELSE {found} + {start} - 1 END AS INTEGER)"
    return f"CAST(strpos({call.args[1]}, {call.args[0]}) AS INTEGER)"


def _trim(call: Call) -> str:
    return f"{call.name.lower().replace('btrim', 'trim')}({', '.join(call.args)})"


TITLE = "array_to_string(list_transform(string_split(lower({0}), ' '), lambda word: upper(word[1]) || word[2:]), ' ')"

FUNCTIONS: Functions = also(
    {
        # Java writes ß as SS, DuckDB as ẞ.
        "upper": Function("string", "string", "upper(replace({0}, 'ß', 'SS'))"),
        "lower": Function("string", "string", "lower({0})"),
        "initcap": Function("string", "string", TITLE),
        "length": Function("string", "int", "CAST(length({0}) AS INTEGER)"),
        "trim": Function("string", "string", _trim),
        "ltrim": Function("string", "string", _trim),
        "rtrim": Function("string", "string", _trim),
        "btrim": Function("string string?", "string", _trim),
        "substring": Function("string int int?", "string", substring),
        "left": Function("string int", "string", "left({0}, greatest({1}, 0))"),
        "right": Function("string int", "string", "right({0}, greatest({1}, 0))"),
        "lpad": Function("string int string?", "string", _pad),
        "rpad": Function("string int string?", "string", _pad),
        "repeat": Function("string int", "string", "repeat({0}, greatest({1}, 0))"),
        "space": Function("int", "string", "repeat(' ', greatest({0}, 0))"),
        "reverse": Function("string", "string", "reverse({0})"),
        "replace": Function("string string string?", "string", lambda call: "replace(" + ", ".join([*call.args, "''"][:3]) + ")"),
        "translate": Function("string string string", "string", "translate({0}, {1}, {2})"),
        "concat": Function("concat*", _concat_type, _concat),
        "concat_ws": Function("string string*", "string", _concat_ws),
        "contains": Function("string string", "boolean", "contains({0}, {1})"),
        "startswith": Function("string string", "boolean", "starts_with({0}, {1})"),
        "endswith": Function("string string", "boolean", "ends_with({0}, {1})"),
        "instr": Function("string string", "int", "CAST(strpos({0}, {1}) AS INTEGER)"),
        "locate": Function("string string int?", "int", _locate),
        "ascii": Function("string", "int", "CAST(CASE WHEN {0} = '' THEN 0 ELSE unicode({0}) END AS INTEGER)"),
        "chr": Function("int", "string", "chr(CAST({0} % 256 AS INTEGER))"),
        "levenshtein": Function("string string", "int", "CAST(levenshtein({0}, {1}) AS INTEGER)"),
        "md5": Function("string", "string", "md5({0})"),
        "sha1": Function("string", "string", "sha1({0})"),
        "sha2": Function("string any", "string", _sha2),
        "split": Function("string string any?", "array<string>", _split),
        "split_part": Function("string string int", "string", "split_part({0}, {1}, {2})"),
        "regexp_replace": Function("string string string", "string", _replace),
        "regexp_extract": Function("string string any?", "string", lambda call: f"regexp_extract({call.args[0]}, {_regex(call)}, {_group(call)})"),
        "regexp_extract_all": Function(
            "string string any?", "array<string>", lambda call: f"regexp_extract_all({call.args[0]}, {_regex(call)}, {_group(call)})"
        ),
        "regexp_count": Function("string string", "int", lambda call: f"CAST(len(regexp_extract_all({call.args[0]}, {_regex(call)})) AS INTEGER)"),
        "regexp_like": Function("string string", "boolean", lambda call: f"regexp_matches({call.args[0]}, {_regex(call)})"),
    },
    ucase="upper", lcase="lower", char_length="length", character_length="length", len="length", substr="substring",
    position="locate", char="chr", sha="sha1", rlike="regexp_like", regexp="regexp_like",
)  # fmt: skip

REFUSED = {
    "json_tuple": "use get_json_object",
    "soundex": "use levenshtein",
    "format_string": "use concat",
    "printf": "use concat",
    "substring_index": "use split and slice, or regexp_extract",
    "overlay": "use concat and substring",
    "unbase64": "decode it where it is read",
    "base64": "use hex",
    "sentences": "use split",
    "regexp_instr": "use regexp_extract",
}
