"""Which columns hold personal data: e-mail, telephone, social security and card numbers, addresses of machines, names.

numbers: kind (email, phone, ssn, card, ip, person_name), count, percentage, strength (pattern, or weak where only a name's words say so).
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawColumn, RawTable, percent
from boathouse.profiling.holds import luhn_share
from boathouse.profiling.name_words import words
from boathouse.profiling.text_forms import FORMS, TRIM_SET

MOSTLY = 80.0  # percent of the values have the form
PERSON = ({"first", "name"}, {"last", "name"}, {"full", "name"}, {"given", "name"}, {"family", "name"}, {"patient", "name"},
          {"customer", "name"}, {"surname"}, {"firstname"}, {"lastname"}, {"fullname"})  # fmt: skip
PEOPLE = {"person", "patient", "patients", "people", "customers", "customer", "users", "employees", "members"}
ALONE = ({"first"}, {"last"}, {"name"}, {"maiden"})  # mean a person's name in a table of people


class Pii(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        for column in table.columns:
            kind, count = pattern_kind(column)
            if kind:
                yield found(table, column, kind, count)
            elif is_person_name(table, column):
                yield found(table, column, "person_name", column.present)


def pattern_kind(column: RawColumn) -> tuple[str, int]:
    """Name the first kind whose form most values have."""
    counts = column.counts
    values = (
        column.present
        - counts.get("blank", 0)
        - counts.get("sure_placeholder", 0)
        - counts.get("likely_placeholder", 0)
    )
    if not counts or values <= 0:
        return "", 0
    for kind in ("email", "ssn", "ip", "phone", "card"):
        count = counts["card_digits" if kind == "card" else kind]
        if kind == "phone" and column.notes.get("code"):
            count = max(count, counts["bare_phone"])
        if percent(count, values) >= MOSTLY and not column.formats and (kind != "card" or is_card(column)):
            return kind, count
    return ("email", counts["email_inside"]) if counts["email_inside"] else ("", 0)


def is_card(column: RawColumn) -> bool:
    return column.distinct > 1 and luhn_share(column.top) * 100 >= MOSTLY


def is_person_name(table: RawTable, column: RawColumn) -> bool:
    """Tell names of people weakly: by the whole words of the name, and values that are words in capitals."""
    said = set(words(column.name))
    if column.holds != "string" or column.kind in ("identifier", "binary") or column.distinct <= 1:
        return False
    people = PEOPLE & set(words(table.name))
    named = any(needed <= said for needed in PERSON) or (people and any(said == alone for alone in ALONE))
    return bool(named) and all(value.strip()[:1].isalpha() for value, _ in column.top[:20])


def found(table: RawTable, column: RawColumn, kind: str, count: int) -> Finding:
    share = percent(count, column.present)
    weak = kind == "person_name"
    name = kind.replace("_", " ")
    says = (
        f"{column.name} holds names of people, as its own name says"
        if weak
        else f"{count:,} values of {column.name} ({share} %) are or hold {name}s"
    )
    form = {"card": "card_digits", "email": "email_inside"}.get(kind, kind)
    test = "t <> ''" if weak else FORMS[form]
    query = f"SELECT count(*) AS value_count FROM (SELECT trim({column.sql}, {TRIM_SET}) AS t FROM {table.sql}) WHERE {test}"
    numbers = {"kind": kind, "count": count, "percentage": share, "strength": "weak" if weak else "pattern"}
    return Finding(table.name, column.name, "pii", says, numbers, "warning" if weak else "critical", query)
