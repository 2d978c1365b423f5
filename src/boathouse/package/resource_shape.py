"""Resource shape: the keys of a job, a pipeline, a schema ... as databricks-sdk sends them, with what a bundle adds."""

from __future__ import annotations

from dataclasses import MISSING, field, fields, make_dataclass
from functools import cache
from types import GenericAlias
from typing import Any, Literal, get_type_hints

from boathouse.errors import UserError
from boathouse.package.sdk_shape import shape

JOBS, PIPELINES, SCHEMAS, VOLUMES = "jobs", "pipelines", "schemas", "volumes"
MODELS, EXPERIMENTS, DASHBOARDS = "registered_models", "experiments", "dashboards"
CHECKED = (JOBS, PIPELINES, SCHEMAS, VOLUMES, MODELS, EXPERIMENTS, DASHBOARDS)
# Kinds that a bundle may have, whose settings nothing here looks at.
OTHERS = (
    "alerts", "apps", "catalogs", "clusters", "database_catalogs", "database_instances", "external_locations",
    "model_serving_endpoints", "models", "postgres_branches", "postgres_endpoints", "postgres_projects",
    "quality_monitors", "secret_scopes", "sql_warehouses", "synced_database_tables", "vector_search_endpoints",
)  # fmt: skip

# What a request may leave out, and the resource makes no sense without.
NEEDED = {
    JOBS: ("name", "tasks"),
    PIPELINES: ("name",),
    SCHEMAS: (),
    VOLUMES: (),
    MODELS: ("name", "catalog_name", "schema_name"),
    EXPERIMENTS: (),
    DASHBOARDS: ("display_name",),
}
OPTIONAL = {VOLUMES: ("volume_type",)}  # a bundle's volume is MANAGED where it says nothing
# What the platform fills in: an answer's keys, which no request has.
ANSWERED = {
    MODELS: ("browse_only", "created_at", "created_by", "full_name", "metastore_id", "owner", "updated_at", "updated_by"),
    DASHBOARDS: ("create_time", "dashboard_id", "lifecycle_state", "path", "update_time"),
    PIPELINES: ("dry_run",),
}  # fmt: skip


def sdk() -> Any:
    """Give the SDK's services, which are an extra: they take a second to import."""
    try:
        from databricks.sdk import service
        from databricks.sdk.service import catalog, compute, dashboards, iam, jobs, ml, pipelines  # noqa: F401
    except ImportError:
        raise UserError("databricks-sdk is not installed", hint="pip install 'boathouse[databricks]'") from None
    return service


@cache
def request(kind: str) -> Any:
    """Give the dataclass of the SDK's request for a kind of resource."""
    service = sdk()
    if kind in (JOBS, DASHBOARDS):
        return {JOBS: service.jobs.JobSettings, DASHBOARDS: service.dashboards.Dashboard}[kind]
    creates = {
        PIPELINES: service.pipelines.PipelinesAPI.create,
        SCHEMAS: service.catalog.SchemasAPI.create,
        VOLUMES: service.catalog.VolumesAPI.create,
        MODELS: service.catalog.RegisteredModelsAPI.create,
        EXPERIMENTS: service.ml.ExperimentsAPI.create_experiment,
    }
    return shape(creates[kind], kind)


@cache
def resource(kind: str, *, of_a_bundle: bool = True) -> Any:
    """Give the dataclass of a resource: the request, what must be there, and in a bundle what a bundle adds."""
    hints = get_type_hints(request(kind))
    made: list[tuple[str, Any, Any]] = []
    for each in fields(request(kind)):
        if each.name in ANSWERED.get(kind, ()):
            continue
        asked = each.default is MISSING and each.default_factory is MISSING
        needed = (asked or each.name in NEEDED[kind]) and each.name not in OPTIONAL.get(kind, ())
        made.append((each.name, hints[each.name], field() if needed else field(default=None)))
    added = _added(kind) if of_a_bundle else {"access_control_list": a_list(sdk().iam.AccessControlRequest)}
    made += [(name, hint, field(default=None)) for name, hint in added.items()]
    return make_dataclass(kind, made, kw_only=True)


def a_list(kind: Any) -> Any:
    """Give the type of a list whose items are of a class that is known only here."""
    return GenericAlias(list, kind)


@cache
def grant() -> Any:
    """Give the dataclass of one entry of a bundle's `grants`."""
    return make_dataclass("Grant", [("principal", str), ("privileges", a_list(sdk().catalog.Privilege))])


@cache
def task_words() -> tuple[str, ...]:
    """List the keys of a task that say what it does: notebook_task, sql_task ..."""
    hints = get_type_hints(sdk().jobs.Task)
    return tuple(name for name in hints if name.endswith("_task"))


def _added(kind: str) -> dict[str, Any]:
    lifecycle = make_dataclass("Lifecycle", [("prevent_destroy", bool, None), ("started", bool, None)])
    added: dict[str, Any] = {"lifecycle": lifecycle}
    if kind in (SCHEMAS, VOLUMES, MODELS):
        return added | {"grants": a_list(grant())}
    if kind == DASHBOARDS:
        added |= {"file_path": str, "embed_credentials": bool, "dataset_catalog": str, "dataset_schema": str}
    return added | {"permissions": a_list(_permission(kind))}


def _permission(kind: str) -> Any:
    service = sdk()
    level = {
        JOBS: service.jobs.JobPermissionLevel,
        PIPELINES: service.pipelines.PipelinePermissionLevel,
        EXPERIMENTS: service.ml.ExperimentPermissionLevel,
        DASHBOARDS: Literal["CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"],
    }[kind]
    who = [(key, str, None) for key in ("group_name", "service_principal_name", "user_name")]
    return make_dataclass("Permission", [("level", level), *who])
