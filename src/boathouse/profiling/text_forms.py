"""The forms a text value may have, each as a DuckDB predicate over t (the trimmed text) and w (t in lower case)."""

from __future__ import annotations

from boathouse.quoting import sql_text

# White space that people type, with the no-break space that spreadsheets leave.
TRIM_SET = "' \u00a0'||chr(9)||chr(10)||chr(13)"

# Words that stand for "nothing"; the second group may as well be a category's own name.
SURE_PLACEHOLDERS = (
    "?",
    "??",
    "n/a",
    "#n/a",
    "na",
    "nan",
    "null",
    "(null)",
    "nil",
    "-",
    "--",
    ".",
    "\\n",
    "undefined",
    "missing",
    "#null!",
    "#value!",
)
LIKELY_PLACEHOLDERS = (
    "none",
    "unknown",
    "not available",
    "tbd",
    "not specified",
    "unspecified",
    "blank",
    "empty",
    "xxx",
)
PLACEHOLDERS = SURE_PLACEHOLDERS + LIKELY_PLACEHOLDERS

BOOLEAN_PAIRS = (("yes", "no"), ("y", "n"), ("true", "false"), ("t", "f"), ("1", "0"), ("on", "off"), ("1.0", "0.0"))
TRUE, FALSE = (tuple(pair[side] for pair in BOOLEAN_PAIRS) for side in (0, 1))

NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
EMAIL = r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"
PHONE = r"(\+?[0-9]{1,3}[-. ])?(\([0-9]{2,4}\) ?|[0-9]{2,4}[-. ])[0-9]{3}[-. ]?[0-9]{4}( ?(x|ext\.?) ?[0-9]+)?|\+[0-9]{8,15}"
IP = r"((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def matches(pattern: str, text: str = "t") -> str:
    return f"regexp_full_match({text}, {sql_text(pattern, 'duckdb')})"


def listed(words: tuple[str, ...], text: str = "w") -> str:
    return f"{text} IN ({', '.join(sql_text(word, 'duckdb') for word in words)})"


# A regular expression costs 60-80 ns a value; the plain test before it skips most values that cannot match.
FORMS: dict[str, str] = {
    "blank": "t = ''",
    "padded": "t <> v AND t <> ''",
    "sure_placeholder": listed(SURE_PLACEHOLDERS),
    "likely_placeholder": listed(LIKELY_PLACEHOLDERS),
    "integer": matches(r"[+-]?[0-9]+"),
    "number": matches(NUMBER),
    "leading_zero": f"t LIKE '%0%' AND {matches(r'[+-]?0[0-9]+')}",
    "trailing_zero": f"t LIKE '%0' AND {matches(r'[+-]?[0-9]+[.][0-9]*0')}",
    "bare_phone": f"length(t) = 10 AND {matches('[2-9][0-9]{2}[2-9][0-9]{6}')}",
    "card_digits": f"length(t) BETWEEN 13 AND 23 AND {matches('[0-9]{13,19}|[0-9]{4}([ -][0-9]{4}){3}')}",
    "money": f"t SIMILAR TO '.*[$€£].*' AND {matches(r'[-(]?[$€£] ?-?[0-9][0-9,.]*[)]?|-?[0-9][0-9,.]* ?[€£$]')}",
    "thousands": f"contains(t, ',') AND {matches(r'[+-]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?')}",
    "decimal_comma": f"contains(t, ',') AND {matches(r'[+-]?([0-9]+|[0-9]{1,3}([.][0-9]{3})+),[0-9]{1,2}')}",
    "thousands_point": f"contains(t, '.') AND {matches(r'[+-]?[0-9]{1,3}([.][0-9]{3}){2,}')}",
    "percent": f"ends_with(t, '%') AND {matches(r'[+-]?[0-9]+([.][0-9]+)? ?%')}",
    "email": f"contains(t, '@') AND {matches(EMAIL)}",
    "email_inside": f"contains(t, '@') AND regexp_matches(t, {sql_text(EMAIL, 'duckdb')})",
    "ssn": f"length(t) = 11 AND {matches('[0-9]{3}-[0-9]{2}-[0-9]{4}')}",
    "phone": f"length(t) BETWEEN 8 AND 24 AND {matches(PHONE)}",
    "ip": f"contains(t, '.') AND {matches(IP)}",
    "uuid": f"length(t) = 36 AND {matches(UUID, 'w')}",
    "words": "contains(t, ' ')",
}  # fmt: skip

# Of the values alone: u is t, but NULL where t is blank or a placeholder.
VALUE = f"CASE WHEN t <> '' AND NOT ({listed(PLACEHOLDERS)}) THEN t END"
SCALE = "CASE WHEN contains(u, '.') THEN length(u) - strpos(u, '.') WHEN u IS NOT NULL THEN 0 END"
LENGTHS = {
    "length_min": "min(length(u))",
    "length_max": "max(length(u))",
    "length_p01": "quantile_disc(length(u), 0.01)",
    "length_p99": "quantile_disc(length(u), 0.99)",
    "length_sum": "sum(n * length(u))",
    "scale_min": f"min({SCALE})",
    "scale_max": f"max({SCALE})",
}
