"""Grants: each privilege exists, is one of that kind of object, and goes to a principal; in SQL and in a bundle."""

from __future__ import annotations

import re
from collections.abc import Iterator

from boathouse.errors import did_you_mean
from boathouse.fault import Fault, fault
from boathouse.package import resource_shape
from boathouse.package.folder import PackageFolder
from boathouse.package.package import Package
from boathouse.package.resource_shape import MODELS, SCHEMAS, VOLUMES

# https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/privileges
ALL = frozenset({"ALL_PRIVILEGES", "APPLY_TAG", "MANAGE"})
TABLE = ALL | {"SELECT", "MODIFY"}
VIEW = ALL | {"SELECT", "REFRESH"}
VOLUME = ALL | {"READ_VOLUME", "WRITE_VOLUME"}
FUNCTION = ALL | {"EXECUTE"}
SCHEMA = TABLE | VIEW | VOLUME | FUNCTION | {
    "CREATE_FUNCTION", "CREATE_MATERIALIZED_VIEW", "CREATE_MODEL", "CREATE_TABLE", "CREATE_VIEW", "CREATE_VOLUME",
    "EXTERNAL_USE_SCHEMA", "USE_SCHEMA",
}  # fmt: skip
CATALOG = SCHEMA | {"BROWSE", "CREATE_SCHEMA", "USE_CATALOG"}
OF = {
    "CATALOG": CATALOG, "SCHEMA": SCHEMA, "DATABASE": SCHEMA, "TABLE": TABLE, "VIEW": VIEW, "MATERIALIZED VIEW": VIEW,
    "VOLUME": VOLUME, "FUNCTION": FUNCTION, "MODEL": FUNCTION,
}  # fmt: skip
OTHERS = ("CONNECTION", "EXTERNAL LOCATION", "METASTORE", "SERVICE CREDENTIAL", "SHARE", "STORAGE CREDENTIAL")
KINDS = {SCHEMAS: "SCHEMA", VOLUMES: "VOLUME", MODELS: "MODEL"}

NAME = r"(?:`(?:[^`]|``)+`|[\w{}$:.-]+|IDENTIFIER\s*\([^)]*\))"
STATEMENT = re.compile(
    rf"(?P<verb>GRANT|REVOKE)\s+(?P<what>[\w ,]+?)\s+ON\s+(?P<kind>(?:{'|'.join((*OF, *OTHERS))})\s+)?"
    rf"(?P<name>{NAME}(?:\.{NAME})*)\s+(?P<to>TO|FROM)\s+(?P<who>`(?:[^`]|``)+`|[\w.$@{{}}-]+)\s*",
    re.IGNORECASE,
)
BEGINS = re.compile(r"^[ \t]*(?:GRANT|REVOKE)\b", re.IGNORECASE | re.MULTILINE)
PLAIN = re.compile(r"\w+|\$\{.*\}|\{\{.*\}\}")
LEVELS = {"CATALOG": 1, "SCHEMA": 2, "DATABASE": 2}  # names in a name; of all else three


def inspect(package: Package) -> Iterator[Fault]:
    for name, text in package.folder.texts.items():
        if name.endswith(".sql"):
            for begin in BEGINS.finditer(text):
                yield from _statement(package.folder, name, text, begin)
    for resource in package.resources:
        kind = KINDS.get(resource.kind, "")
        for index, each in enumerate(resource.settings.list("grants") if kind else []):
            for at, privilege in enumerate(each.list("privileges")):
                if wrong := _unfit(str(privilege.value), kind):
                    yield fault(privilege, (*resource.path, "grants", index, "privileges", at), *wrong)


def _statement(folder: PackageFolder, name: str, text: str, begin: re.Match[str]) -> Iterator[Fault]:
    start = begin.end() - len(begin[0].lstrip())
    place = folder.place(name, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
    end = text.find(";", start)
    statement = " ".join(text[start : end if end >= 0 else len(text)].split())
    found = STATEMENT.fullmatch(f"{statement} ")
    if found is None:
        kinds = ", ".join(kind.lower() for kind in OF)
        yield Fault(
            place, "", "this is no GRANT", f"write GRANT privilege ON kind name TO `principal`; kinds are {kinds}"
        )
        return
    verb, to, kind = found["verb"].upper(), found["to"].upper(), (found["kind"] or "TABLE").strip().upper()
    if to != ("TO" if verb == "GRANT" else "FROM"):
        yield Fault(place, "", f"{verb} ... {to}", f"write {'TO' if verb == 'GRANT' else 'FROM'}")
    for words in found["what"].split(","):
        if wrong := _unfit("_".join(words.split()).upper(), kind):
            yield Fault(place, "", *wrong)
    yield from (Fault(place, "", *wrong) for wrong in _names(found["name"], kind, found["who"]))


def _unfit(privilege: str, kind: str) -> tuple[str, str] | None:
    known = sorted(each.value for each in resource_shape.sdk().catalog.Privilege)
    said = privilege.replace("_", " ")
    if privilege not in known and "${" not in privilege:
        return f"there is no privilege `{said}`", did_you_mean(privilege, known).replace("_", " ")
    allowed = OF.get(kind)
    if allowed is None or privilege in allowed or "${" in privilege:
        return None
    fitting = [name for name, each in OF.items() if privilege in each]
    return f"a {kind.lower()} has no `{said}`", f"grant it on a {fitting[-1].lower()}" if fitting else ""


def _names(name: str, kind: str, who: str) -> Iterator[tuple[str, str]]:
    parts = re.findall(r"`(?:[^`]|``)+`|[^.`]+", name)
    wanted = LEVELS.get(kind, 3)
    if kind in OF and len(parts) != wanted and not re.search(r"[${:(]", name):
        yield (
            f"a {kind.lower()} has a name of {wanted} part{'s' if wanted > 1 else ''}, and `{name}` has {len(parts)}",
            "",
        )
    if not who.startswith("`") and not PLAIN.fullmatch(who):
        yield f"`{who}` is no plain name", f"write `{who}` between backticks"
