"""A dbt project that runs unchanged on Databricks, on Spark and on DuckDB: models, tests, contracts and exposures."""

from __future__ import annotations

from pydantic import Field

from boathouse.action import Action
from boathouse.dbt import macros, project, properties
from boathouse.dbt.models import TableModels
from boathouse.dbt.tests import TableTests, tests_of
from boathouse.errors import UserError
from boathouse.export import Export, Target


class Dbt(Target):
    """One dbt project for dbt-databricks, dbt-spark and dbt-duckdb: a chain of CTEs a table, and dbt's own tests."""

    snapshots: bool = Field(
        default=False,
        description="have dbt keep every version of each silver table that has a key and holds what is true now",
    )

    def files(self, export: Export) -> dict[str, str]:
        plan = export.frozen()
        bronze = [action for action in plan.actions if action.name.layer == "bronze"]
        built = [action for action in plan.actions if action.name.layer != "bronze"]
        if not built:
            raise UserError("there is no silver or gold table, and dbt builds nothing else")
        for action in plan.scored:
            raise UserError(
                f"{action.name} asks the model {next(iter(action.models))}, which a model of dbt, being SQL, cannot",
                hint="take the target databricks, bundle or declarative",
            ).at(action.table.place())
        tests = {action.name: tests_of(action) for action in plan.actions}
        unasked = [(str(name), rule) for name, found in tests.items() for rule in found.unasked]
        files = {
            "dbt_project.yml": project.project(export, snapshots=self.snapshots),
            "profiles.yml": project.profiles(export),
            ".gitignore": project.IGNORED,
            "README.md": project.readme(export, unasked),
            "models/sources.yml": properties.sources(
                [(action, tests[action.name]) for action in bronze], export.project
            ),
        }
        for action in bronze:
            files |= tests[action.name].files
        for action in built:
            files |= _table(action, tests[action.name])
        files |= self._whole(built, export)
        return files | macros.used(files.values())

    def _whole(self, built: list[Action], export: Export) -> dict[str, str]:
        """Write what is said of several tables at once."""
        read = {name for action in built for name in action.reads}
        ends = [action for action in built if action.name.layer == "gold" and action.name not in read]
        states = [action for action in built if action.name.layer == "silver" and action.table.contract.key]
        files = {"models/gold/exposures.yml": properties.exposures(ends, export.project)} if ends else {}
        if self.snapshots and states:
            files["snapshots/silver_history.yml"] = properties.snapshots(states)
        return files


def _table(action: Action, tests: TableTests) -> dict[str, str]:
    """Write the models of one table, what is said of them, and their tests."""
    made, folder = TableModels(action), f"models/{action.name.layer}"
    files = dict(tests.files)
    for model in made.models:
        files[f"{folder}/{model.name}.sql"] = model.sql
        if model.columns is not None:
            own = tests if model.name == action.name.flat else None
            files[f"{folder}/{model.name}.yml"] = properties.model(model, own, action.table.file)
    for guard in made.guards:
        files[f"tests/{guard.name}.sql"] = guard.sql
    return files
