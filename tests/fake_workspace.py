"""A workspace on the loopback: what databricks-sdk asks of one when a bundle is deployed, with a log of the requests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from inspect import signature
from pathlib import PurePosixPath
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from databricks.sdk.service.jobs import JobSettings
from databricks.sdk.service.pipelines import PipelinesAPI

ME = "ada.lovelace@example.com"
Body = dict[str, Any]
LISTS = {"schemas": 2, "volumes": 3, "models": 3}  # of Unity Catalog, and the parts of a full name


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def missing(what: str) -> Refused:
    return Refused(404, "RESOURCE_DOES_NOT_EXIST", f"{what} does not exist.")


@dataclass
class Fake:
    """What the workspace holds; `refuses` makes it answer an error, `hangs` makes it never answer a request it has done."""

    log: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=lambda: {"/Workspace/Shared", f"/Workspace/Users/{ME}"})
    files: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[int, Body] = field(default_factory=dict)
    pipelines: dict[str, Body] = field(default_factory=dict)
    catalog: dict[str, dict[str, Body]] = field(default_factory=lambda: {kind: {} for kind in LISTS})
    grants: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    permissions: dict[str, list[Body]] = field(default_factory=dict)
    experiments: dict[str, Body] = field(default_factory=dict)
    dashboards: dict[str, Body] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)
    refuses: dict[str, Refused] = field(default_factory=dict)  # by the beginning of `POST /api/...`
    hangs: str = ""
    hanging: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)
    last: int = 100

    def new(self) -> int:
        self.last += 1
        return self.last

    @property
    def writes(self) -> list[str]:
        return [line for line in self.log if not line.startswith("GET ")]

    def answer(self, method: str, path: str, body: Body) -> Any:
        self.log.append(f"{method} {path}")
        for begins, refused in self.refuses.items():
            if f"{method} {path}".startswith(begins):
                raise refused
        for pattern, call in ROUTES:
            if found := re.fullmatch(pattern, f"{method} {path}"):
                answered = call(self, body, *map(unquote, found.groups()))
                if self.hangs and f"{method} {path}".startswith(self.hangs):
                    self.hanging.set()
                    self.ended.wait(30)
                return {} if answered is None else answered
        raise Refused(404, "ENDPOINT_NOT_FOUND", f"no API {method} {path}")

    # Files

    def mkdirs(self, body: Body) -> None:
        path = PurePosixPath(body["path"])
        self.folders |= {str(path), *map(str, path.parents)}

    def upload(self, body: Body) -> None:
        path, content = body["path"], body["content"]
        if str(PurePosixPath(path).parent) not in self.folders:
            raise missing(f"The parent folder of {path}")
        if body.get("format") == "AUTO" and content.startswith(b"# Databricks notebook source"):
            path = str(PurePosixPath(path).with_suffix(""))
        if path in self.files and body.get("overwrite") != "true":
            raise Refused(400, "RESOURCE_ALREADY_EXISTS", f"Node named '{path}' already exists")
        self.files[path] = content

    def export(self, body: Body) -> bytes:
        if body["path"] not in self.files:
            raise missing(f"Path ({body['path']})")
        return self.files[body["path"]]

    def remove(self, body: Body) -> None:
        if self.files.pop(body["path"], None) is None:
            raise missing(f"Path ({body['path']})")

    def status(self, body: Body) -> Body:
        if body["path"] in self.files:
            notebook = self.files[body["path"]].startswith(b"# Databricks notebook source")
            return {"path": body["path"], "object_type": "NOTEBOOK" if notebook else "FILE"}
        for name, each in self.dashboards.items():
            if body["path"] == f"{each['parent_path']}/{each['display_name']}.lvdash.json":
                return {"path": body["path"], "object_type": "DASHBOARD", "resource_id": name}
        raise missing(f"Path ({body['path']})")

    # Unity Catalog

    def made_in_catalog(self, body: Body, kind: str) -> Body:
        known = {"catalog_name", "schema_name", "name", "comment", "properties", "volume_type", "storage_location"}
        names = [body.get(key) for key in ("catalog_name", "schema_name", "name") if key in body]
        if len(names) != LISTS[kind] or set(body) - known or not all(names):
            raise Refused(400, "INVALID_PARAMETER_VALUE", f"bad {kind}: {body}")
        name = ".".join(map(str, names))
        if kind != "schemas" and ".".join(map(str, names[:2])) not in self.catalog["schemas"]:
            raise missing(f"Schema '{names[0]}.{names[1]}'")
        if name in self.catalog[kind]:
            raise Refused(409, "ALREADY_EXISTS", f"'{name}' already exists")
        self.catalog[kind][name] = body
        return {**body, "full_name": name}

    def in_catalog(self, body: Body, kind: str, name: str) -> Body:
        del body
        if name not in self.catalog[kind]:
            raise missing(f"'{name}'")
        return {**self.catalog[kind][name], "full_name": name}

    def changed_in_catalog(self, body: Body, kind: str, name: str) -> Body:
        self.catalog[kind][name] |= body
        return self.in_catalog({}, kind, name)

    def gone_from_catalog(self, body: Body, kind: str, name: str) -> None:
        self.in_catalog(body, kind, name)
        del self.catalog[kind][name]

    def granted(self, body: Body, kind: str, name: str) -> Body:
        there = self.grants.setdefault(f"{kind} {name}", {})
        for change in body.get("changes", ()):
            has = there.setdefault(change["principal"], set())
            has |= set(change.get("add", ()))
            has -= set(change.get("remove", ()))
        return {
            "privilege_assignments": [
                {"principal": who, "privileges": sorted(has)} for who, has in there.items() if has
            ]
        }

    # Jobs, pipelines, experiments, dashboards

    def checked_job(self, body: Body) -> Body:
        try:
            read = JobSettings.from_dict(body).as_dict()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(400, "INVALID_PARAMETER_VALUE", f"bad job: {error!r}") from None
        if read != body or "${" in json.dumps(body):
            raise Refused(400, "INVALID_PARAMETER_VALUE", f"the job has keys that nobody knows, or references: {body}")
        return body

    def made_job(self, body: Body) -> Body:
        number = self.new()
        self.jobs[number] = self.checked_job(body)
        return {"job_id": number}

    def job(self, body: Body) -> Body:
        number = int(body["job_id"])
        if number not in self.jobs:
            raise Refused(400, "INVALID_PARAMETER_VALUE", f"Job {number} does not exist.")
        return {"job_id": number, "settings": self.jobs[number]}

    def reset_job(self, body: Body) -> None:
        self.job(body)
        self.jobs[int(body["job_id"])] = self.checked_job(body["new_settings"])

    def listed_jobs(self, body: Body) -> Body:
        wanted = [number for number, each in self.jobs.items() if each["name"] == body.get("name", each["name"])]
        return {"jobs": [self.job({"job_id": number}) for number in wanted]}

    def gone_job(self, body: Body) -> None:
        self.job(body)
        del self.jobs[int(body["job_id"])]

    def checked_pipeline(self, body: Body) -> Body:
        unknown = set(body) - {*signature(PipelinesAPI.create).parameters, "id"}
        if unknown or not body.get("name") or "${" in json.dumps(body):
            raise Refused(400, "INVALID_PARAMETER_VALUE", f"bad pipeline: {body}")
        return {key: value for key, value in body.items() if key != "allow_duplicate_names"}

    def made_pipeline(self, body: Body) -> Body:
        name = f"pipeline-{self.new()}"
        self.pipelines[name] = self.checked_pipeline(body)
        return {"pipeline_id": name}

    def pipeline(self, body: Body, name: str) -> Body:
        del body
        if name not in self.pipelines:
            raise missing(f"The specified pipeline {name}")
        return {"pipeline_id": name, "name": self.pipelines[name]["name"], "spec": self.pipelines[name]}

    def changed_pipeline(self, body: Body, name: str) -> None:
        self.pipelines[name] = self.checked_pipeline({key: each for key, each in body.items() if key != "pipeline_id"})

    def listed_pipelines(self, body: Body) -> Body:
        wanted = [name for name, each in self.pipelines.items() if f"'{each['name']}'" in body.get("filter", "")]
        return {"statuses": [{"pipeline_id": name, "name": self.pipelines[name]["name"]} for name in wanted]}

    def gone_pipeline(self, body: Body, name: str) -> None:
        self.pipeline(body, name)
        del self.pipelines[name]

    def made_experiment(self, body: Body) -> Body:
        name = str(self.new())
        self.experiments[name] = body
        return {"experiment_id": name}

    def experiment(self, body: Body) -> Body:
        for name, each in self.experiments.items():
            if body.get("experiment_id") == name or body.get("experiment_name") == each["name"]:
                return {"experiment": {"experiment_id": name, **each}}
        raise missing("The experiment")

    def gone_experiment(self, body: Body) -> None:
        self.experiments.pop(body["experiment_id"])

    def made_dashboard(self, body: Body) -> Body:
        if not body.get("display_name") or "datasets" not in json.loads(body.get("serialized_dashboard", "{}")):
            raise Refused(400, "INVALID_PARAMETER_VALUE", f"bad dashboard: {body}")
        name = f"dashboard-{self.new()}"
        self.dashboards[name] = body
        return {"dashboard_id": name, **body}

    def dashboard(self, body: Body, name: str) -> Body:
        if name not in self.dashboards:
            raise missing(f"Dashboard {name}")
        self.dashboards[name] |= body
        return {"dashboard_id": name, "lifecycle_state": "ACTIVE", **self.dashboards[name]}

    def gone_dashboard(self, body: Body, name: str) -> None:
        del body
        self.dashboards.pop(name)

    def published_dashboard(self, body: Body, name: str) -> Body:
        self.published.append(name)
        return body

    def permit(self, body: Body, kind: str, name: str) -> Body:
        entries = body["access_control_list"]
        if kind in ("jobs", "pipelines") and sum(each["permission_level"] == "IS_OWNER" for each in entries) != 1:
            raise Refused(400, "INVALID_PARAMETER_VALUE", "there must be exactly one owner")
        self.permissions[f"{kind} {name}"] = entries
        return {"object_id": name}


ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    (r"GET /api/2\.0/preview/scim/v2/Me", lambda *_: {"userName": ME}),
    (r"GET /\.well-known/databricks-config", lambda *_: {"oidc_endpoint": ""}),
    (r"GET /api/2\.0/sql/warehouses", lambda *_: {"warehouses": [{"name": "Shared Warehouse", "id": "abc123"}]}),
    (r"POST /api/2\.0/workspace/mkdirs", Fake.mkdirs), (r"POST /api/2\.0/workspace/import", Fake.upload),
    (r"GET /api/2\.0/workspace/export", Fake.export), (r"POST /api/2\.0/workspace/delete", Fake.remove),
    (r"GET /api/2\.0/workspace/get-status", Fake.status),
    (r"POST /api/2\.1/unity-catalog/(schemas|volumes|models)", Fake.made_in_catalog),
    (r"GET /api/2\.1/unity-catalog/(schemas|volumes|models)/([^/]+)", Fake.in_catalog),
    (r"PATCH /api/2\.1/unity-catalog/(schemas|volumes|models)/([^/]+)", Fake.changed_in_catalog),
    (r"DELETE /api/2\.1/unity-catalog/(schemas|volumes|models)/([^/]+)", Fake.gone_from_catalog),
    (r"(?:GET|PATCH) /api/2\.1/unity-catalog/permissions/(\w+)/([^/]+)", Fake.granted),
    (r"POST /api/2\.2/jobs/create", Fake.made_job), (r"POST /api/2\.2/jobs/reset", Fake.reset_job),
    (r"GET /api/2\.2/jobs/get", Fake.job), (r"GET /api/2\.2/jobs/list", Fake.listed_jobs),
    (r"POST /api/2\.2/jobs/delete", Fake.gone_job),
    (r"POST /api/2\.0/pipelines", Fake.made_pipeline), (r"GET /api/2\.0/pipelines", Fake.listed_pipelines),
    (r"GET /api/2\.0/pipelines/([^/]+)", Fake.pipeline), (r"PUT /api/2\.0/pipelines/([^/]+)", Fake.changed_pipeline),
    (r"DELETE /api/2\.0/pipelines/([^/]+)", Fake.gone_pipeline),
    (r"POST /api/2\.0/mlflow/experiments/create", Fake.made_experiment),
    (r"GET /api/2\.0/mlflow/experiments/(?:get|get-by-name)", Fake.experiment),
    (r"POST /api/2\.0/mlflow/experiments/(?:update|set-experiment-tag)", lambda *_: {}),
    (r"POST /api/2\.0/mlflow/experiments/delete", Fake.gone_experiment),
    (r"POST /api/2\.0/lakeview/dashboards", Fake.made_dashboard),
    (r"(?:GET|PATCH) /api/2\.0/lakeview/dashboards/([^/]+)", Fake.dashboard),
    (r"DELETE /api/2\.0/lakeview/dashboards/([^/]+)", Fake.gone_dashboard),
    (r"POST /api/2\.0/lakeview/dashboards/([^/]+)/published", Fake.published_dashboard),
    (r"PUT /api/2\.0/permissions/(\w+)/([^/]+)", Fake.permit),
)  # fmt: skip


def sent(handler: BaseHTTPRequestHandler) -> Body:
    """Read what a request says, in its address or in its body."""
    said: Body = dict(parse_qsl(urlsplit(handler.path).query))
    content = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    kind = handler.headers.get("Content-Type", "")
    if kind.startswith("multipart/"):
        parts = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content).get_payload()
        for part in parts if isinstance(parts, list) else []:
            assert isinstance(part, Message)
            name, value = str(part.get_param("name", header="content-disposition")), part.get_payload(decode=True)
            assert isinstance(value, bytes)
            said[name] = value if name == "content" else value.decode()
    elif content:
        said |= json.loads(content)
    return said


@contextmanager
def serving(fake: Fake) -> Iterator[str]:
    """Serve a workspace, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            status, answer = 200, b""
            try:
                said = fake.answer(self.command, urlsplit(self.path).path, sent(self))
                answer = said if isinstance(said, bytes) else json.dumps(said).encode()
            except Refused as refused:
                status, answer = (
                    refused.status,
                    json.dumps({"error_code": refused.code, "message": str(refused)}).encode(),
                )
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            except OSError:
                pass  # whoever asked has died

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815 - as the standard library calls them

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        fake.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
