"""Resolution: which column each name means, its type, and the columns that a query gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from boathouse.dialect.infer import KEY, type_of
from boathouse.dialect.parse import UserSQL, place
from boathouse.dialect.types import UNKNOWN, wider, widest
from boathouse.errors import UnknownName, UserError
from boathouse.names import LAYERS
from boathouse.schema import Column, Schema

WITHOUT_PARENTHESES = ("current_date", "current_timestamp", "curdate")
Columns = dict[str, tuple[str, str]]  # lower-case name: (name, type)


def resolve_expression(tree: exp.Expr, schema: Schema, sql: str) -> exp.Expr:
    """Type the columns of an expression; a name that the schema has not is an error."""
    known = _columns(schema)
    for column in list(tree.find_all(exp.Column)):
        name = column.parts[0].name
        if name.lower() in known and len(column.parts) == 1:
            _settle(column, *known[name.lower()])
        elif name.lower() in known:
            _struct_field(column, known[name.lower()][0])
        elif _in_lambda(column, name):
            column.meta[KEY] = UNKNOWN
        elif name.lower() in WITHOUT_PARENTHESES and len(column.parts) == 1:
            tree = _replaced(tree, column, exp.Anonymous(this=name, expressions=[]))
        else:
            raise UnknownName(
                "column",
                column.sql("databricks") if len(column.parts) > 1 else name,
                schema.names,
                place=place(sql, column),
            )
    return tree


def _struct_field(column: exp.Column, name: str) -> None:
    column.parts[0].set("this", name)
    column.meta[KEY] = UNKNOWN


def _settle(column: exp.Column, name: str, kind: str) -> None:
    """Write the name as the schema has it; DuckDB finds it in any case, Delta does not."""
    column.this.set("this", name)
    column.meta[KEY] = kind


def _replaced(tree: exp.Expr, old: exp.Expr, new: exp.Expr) -> exp.Expr:
    if old is tree:
        return new
    old.replace(new)
    return tree


def _in_lambda(column: exp.Expr, name: str) -> bool:
    above = column.find_ancestor(exp.Lambda)
    while above is not None:
        if any(parameter.name.lower() == name.lower() for parameter in above.expressions):
            return True
        above = above.find_ancestor(exp.Lambda)
    return False


def resolve_query(tree: exp.Query, schemas: Mapping[str, Schema], sql: str) -> Schema:
    """Type the columns of a query from the inside out, and say which columns it gives."""
    given: dict[int, Columns] = {}
    scopes = list(traverse_scope(tree))
    for scope in scopes:
        given[id(scope.expression)] = _resolve_scope(scope, given, schemas, sql)
    columns = list(given[id(scopes[-1].expression)].values())
    return Schema(tuple(Column(name, kind) for name, kind in columns))


def _resolve_scope(scope: Scope, given: dict[int, Columns], schemas: Mapping[str, Schema], sql: str) -> Columns:
    if isinstance(scope.expression, exp.SetOperation):
        left, right = (given[id(part.expression)].values() for part in scope.set_operation_scopes)
        return {name.lower(): (name, wider(kind, other)) for (name, kind), (_, other) in zip(left, right, strict=False)}
    sources = dict(_sources(scope, given, schemas, sql))
    others = [column for column in scope.columns if KEY not in column.meta and not _found_in_source(column, sources)]
    own = {
        alias.alias.lower(): alias for alias in getattr(scope.expression, "selects", ()) if isinstance(alias, exp.Alias)
    }
    for column in others:  # after the others, as the alias of a SELECT has the type of what it names
        _resolve_column(column, scope, sources, own, sql)
    if isinstance(scope.expression, (exp.Values, exp.Lateral, exp.Unnest)):
        return dict(_made(scope.expression))
    return _once(list(_outputs(scope, sources)), is_root=scope.is_root)


def _sources(
    scope: Scope, given: dict[int, Columns], schemas: Mapping[str, Schema], sql: str
) -> Iterator[tuple[str, Columns]]:
    """List what a SELECT reads: by alias, the columns of a table, of a subquery, of a CTE, of a lateral view."""
    for alias, source in scope.sources.items():
        if alias in scope.cte_sources and alias not in scope.selected_sources:
            continue  # it may be read, and is not
        if isinstance(source, exp.Table):
            yield alias.lower(), _columns(table_schema(source, schemas, sql))
        else:
            yield alias.lower(), _renamed(given.get(id(source.expression), {}), scope, alias)


def _made(source: exp.Expr) -> Iterator[tuple[str, tuple[str, str]]]:
    """Name and type the columns of VALUES and of LATERAL VIEW explode(...)."""
    rows = (
        [row.expressions if isinstance(row, exp.Tuple) else [row] for row in source.expressions]
        if isinstance(source, exp.Values)
        else []
    )
    for at, name in enumerate(source.alias_column_names):
        kind = widest(type_of(row[at]) for row in rows if at < len(row)) if rows else type_of(source.this)
        yield name.lower(), (name, kind)


def _renamed(columns: Columns, scope: Scope, alias: str) -> Columns:
    """Apply the names of `AS t(a, b)`."""
    for node in scope.expression.find_all(exp.TableAlias):
        if node.name.lower() == alias.lower() and node.columns:
            pairs = zip(node.columns, columns.values(), strict=False)
            return {column.name.lower(): (column.name, kind) for column, (_, kind) in pairs}
    return columns


def table_schema(table: exp.Table, schemas: Mapping[str, Schema], sql: str) -> Schema:
    """Give the schema of `layer.table`; a name without a layer, or with a catalog, says how to write it."""
    name = ".".join(part.name for part in table.parts)
    found = {known.lower(): schema for known, schema in schemas.items()}.get(name.lower())
    if found is not None:
        return found
    where = place(sql, table)
    if table.db.lower() not in LAYERS or table.catalog:
        raise UserError(f"`{name}` is no table name", place=where, hint="write layer.table, such as silver.customers")
    raise UnknownName("table", name, schemas, place=where)


def _found_in_source(column: exp.Column, sources: Mapping[str, Columns]) -> bool:
    if isinstance(column.this, exp.Star):
        return True
    name, table = column.name.lower(), column.table.lower()
    for alias, source in sources.items():
        if name in source and table in ("", alias):
            column.meta[KEY] = source[name][1]
            return True
    return False


def _resolve_column(
    column: exp.Column, scope: Scope, sources: Mapping[str, Columns], own: Mapping[str, exp.Alias], sql: str
) -> None:
    name, table = column.name.lower(), column.table.lower()
    if not table and name in own:
        column.meta[KEY] = type_of(own[name].this)
    elif any(table in (source if len(column.parts) > 1 else ()) for source in sources.values()) or _in_lambda(
        column, name
    ):
        column.meta[KEY] = UNKNOWN  # a field of a struct, or a lambda's own name
    elif name in WITHOUT_PARENTHESES and not table:
        column.replace(exp.Anonymous(this=column.name, expressions=[]))
    elif not scope.is_subquery:  # a subquery may mean a column of the query around it, which looks next
        known = [spelled for alias, source in sources.items() if table in ("", alias) for spelled, _ in source.values()]
        raise UnknownName("column", column.name, known, where=column.table, place=place(sql, column))


def _outputs(scope: Scope, sources: Mapping[str, Columns]) -> Iterator[tuple[str, tuple[str, str]]]:
    for projection in getattr(scope.expression, "selects", ()):
        if isinstance(projection, exp.Star) or (
            isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star)
        ):
            star = projection if isinstance(projection, exp.Star) else projection.this
            gone = {column.name.lower() for column in star.args.get("except_") or star.args.get("except") or ()}
            table = projection.table.lower() if isinstance(projection, exp.Column) else ""
            for alias, source in sources.items():
                if table in ("", alias):
                    yield from ((name, column) for name, column in source.items() if name not in gone)
            continue
        name = projection.output_name or projection.sql(UserSQL, normalize_functions=False)
        yield name.lower(), (name, type_of(projection))
        if not isinstance(projection, exp.Alias):
            projection.replace(
                exp.alias_(projection.copy(), name, quoted=True)
            )  # as it was written: DuckDB would take the table's own case


def _once(outputs: list[tuple[str, tuple[str, str]]], *, is_root: bool) -> Columns:
    """Refuse a result with two columns of one name; inside a query they may be, as long as nobody asks for them."""
    names = [name for name, _ in outputs]
    twice = [spelled for name, (spelled, _) in outputs if names.count(name) > 1]
    if is_root and twice:
        raise UserError(f"the column `{twice[0]}` is there twice", hint="name one of them otherwise, with AS")
    return dict(outputs)


def _columns(schema: Schema) -> Columns:
    return {column.name.lower(): (column.name, column.type) for column in schema}
