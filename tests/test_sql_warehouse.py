"""A table in Databricks asked for its fingerprint: what goes over the wire, and what each answer of the service means.

The service is a real HTTP server on this machine that says what the test wrote down for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pyarrow as pa
import pytest

from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.engines.sql_warehouse import SqlWarehouse
from boathouse.errors import EngineError, UserError
from boathouse.fingerprint import Fingerprint, asked, differing, fingerprint_sql, read_fingerprint
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.workbench import Workbench
from projects import project
from terminal import Terminal

TOKEN = "dapi-secret-0123"  # noqa: S105 - of nobody
STATEMENTS = "/api/2.0/sql/statements"
Reply = tuple[int, dict[str, str], Any]


@dataclass
class Service:
    """Answers each request with the next line of its script, and remembers what it was asked."""

    script: list[Reply] = field(default_factory=list)
    asked: list[tuple[str, str, str, Any]] = field(default_factory=list)
    host: str = ""

    def says(self, *documents: Any) -> None:
        self.script = [document if isinstance(document, tuple) else (200, {}, document) for document in documents]

    @property
    def calls(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _, _ in self.asked]


def handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = self.headers.get("Authorization", "")
            service.asked.append((self.command, self.path, token, json.loads(body) if body else None))
            status, headers, document = service.script.pop(0) if service.script else (200, {}, {})
            text = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST  # noqa: N815 - the name is the library's

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
            pass

    return Handler


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    made = Service()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(made)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        made.host = f"http://127.0.0.1:{server.server_port}"
        for name, value in {
            "DATABRICKS_HOST": made.host, "DATABRICKS_TOKEN": TOKEN, "DATABRICKS_WAREHOUSE_ID": "w-1", "no_proxy": "*",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        yield made
        server.shutdown()
        thread.join()


def succeeded(names: list[str], rows: list[list[Any]], link: str = "") -> dict[str, Any]:
    result = {"data_array": rows} | ({"next_chunk_internal_link": link} if link else {})
    columns = [{"name": name, "position": at} for at, name in enumerate(names)]
    return {
        "statement_id": "s-1", "status": {"state": "SUCCEEDED"}, "manifest": {"schema": {"columns": columns}}, "result": result,
    }  # fmt: skip


def test_one_statement_is_sent_to_the_warehouse(service: Service) -> None:
    service.says(succeeded(["a", "b"], [["1", None]]))

    assert SqlWarehouse.from_environment().rows("SELECT 1") == [{"a": "1", "b": None}]
    ((method, path, token, document),) = service.asked
    assert (method, path, token) == ("POST", STATEMENTS, f"Bearer {TOKEN}")
    assert document == {
        "statement": "SELECT 1", "warehouse_id": "w-1", "wait_timeout": "30s", "on_wait_timeout": "CONTINUE",
        "format": "JSON_ARRAY", "disposition": "INLINE",
    }  # fmt: skip


def test_a_slow_statement_is_asked_for_until_it_has_ended_and_all_its_parts_are_read(service: Service) -> None:
    waits = [{"statement_id": "s-1", "status": {"state": state}} for state in ("PENDING", "RUNNING")]
    rest = {"data_array": [["3"]]}
    service.says(*waits, succeeded(["a"], [["1"], ["2"]], f"{STATEMENTS}/s-1/result/chunks/1"), rest)

    assert SqlWarehouse.from_environment().rows("SELECT 1") == [{"a": "1"}, {"a": "2"}, {"a": "3"}]
    place = f"{STATEMENTS}/s-1"
    assert service.calls == [
        ("POST", STATEMENTS), ("GET", place), ("GET", place), ("GET", f"{place}/result/chunks/1"),
    ]  # fmt: skip


def test_a_busy_service_is_asked_again(service: Service) -> None:
    busy = {"Retry-After": "0"}
    service.says((429, busy, {"message": "slow down"}), (503, busy, b"<html>"), succeeded(["a"], [["1"]]))

    assert SqlWarehouse.from_environment().rows("SELECT 1") == [{"a": "1"}]


def test_what_takes_too_long_is_cancelled(service: Service) -> None:
    service.says({"statement_id": "s-1", "status": {"state": "RUNNING"}})

    with pytest.raises(EngineError, match="did not answer in time"):
        SqlWarehouse.from_environment().rows("SELECT 1", seconds=-1)
    assert service.calls[-1] == ("POST", f"{STATEMENTS}/s-1/cancel")


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        ((403, {}, {"message": "no permission\nat x"}), EngineError, "Databricks answered 403: no permission; check"),
        ((500, {}, b"<html>"), EngineError, "Databricks answered 500: Internal Server Error"),
        ((200, {}, b"<html>"), EngineError, "answered no JSON"),
        ((200, {}, {"status": {"state": "CANCELED"}}), UserError, "could not answer: CANCELED"),
        ((200, {}, {"status": {"state": "FAILED", "error": {"message": "no table `t`\n trace"}}}), UserError, "`t`$"),
        ((200, {}, {}), UserError, "could not answer: unknown"),
        ((200, {}, succeeded([], []) | {"manifest": {"truncated": True}}), EngineError, "cut the answer short"),
        ((200, {}, succeeded(["a"], [], "@elsewhere.example/x")), EngineError, "no path of its own"),
    ],
)
def test_each_refusal_is_one_sentence_without_the_token(
    service: Service, reply: Reply, kind: type[Exception], said: str
) -> None:
    service.script = [reply]

    with pytest.raises(kind, match=said) as raised:
        SqlWarehouse.from_environment().rows("SELECT 1")
    assert TOKEN not in str(raised.value)


def test_the_token_does_not_follow_a_redirect(service: Service) -> None:
    service.says((302, {"Location": f"{service.host}/elsewhere"}, {}))

    with pytest.raises(EngineError, match="Databricks answered 302"):
        SqlWarehouse.from_environment().rows("SELECT 1")
    assert service.calls == [("POST", STATEMENTS)]


SET = {"DATABRICKS_HOST": "adb-1.azuredatabricks.net", "DATABRICKS_TOKEN": TOKEN, "DATABRICKS_WAREHOUSE_ID": "w"}


def test_what_the_environment_says() -> None:
    warehouse = SqlWarehouse.from_environment(SET)

    assert warehouse.host == "https://adb-1.azuredatabricks.net"
    assert SqlWarehouse.from_environment(SET | {"DATABRICKS_HOST": "https://x.y/?o=1"}).host == "https://x.y"
    assert TOKEN not in repr(warehouse)
    with pytest.raises(UserError, match="DATABRICKS_TOKEN, DATABRICKS_WAREHOUSE_ID must be set"):
        SqlWarehouse.from_environment({"DATABRICKS_HOST": "x"})
    for host in ("http://x.y", "https://", "ftp://x", "https://me@x.y"):
        with pytest.raises(UserError, match="DATABRICKS_HOST is no https address"):
            SqlWarehouse.from_environment(SET | {"DATABRICKS_HOST": host})
    for token in ("a\nb", "a b", "ä"):
        with pytest.raises(UserError, match="DATABRICKS_TOKEN is no token"):
            SqlWarehouse.from_environment(SET | {"DATABRICKS_TOKEN": token})


def test_a_service_that_is_not_there() -> None:
    with pytest.raises(EngineError, match="cannot be asked"):
        SqlWarehouse("http://127.0.0.1:1", "w", TOKEN).rows("SELECT 1")


# ---- the side of a reconciliation ----------------------------------------------------------------------------------------

SCHEMA = Schema.of(id="bigint", plan="string")


def plans(**changed: str) -> pa.Table:
    """Make rows, some of which have another plan: plans(_7="gold")."""
    return pa.table({"id": list(range(500)), "plan": [changed.get(f"_{at}", "basic") for at in range(500)]})


ENGINE = DuckDB()
REMOTE = Relation("remote.t", SCHEMA)


def fingerprint_of(table: pa.Table, key: tuple[str, ...] = ("id",)) -> Fingerprint:
    ENGINE.register("remote", "t", table)
    return read_fingerprint(ENGINE.rows(fingerprint_sql(REMOTE, key)))


def remote_answer(table: pa.Table, key: tuple[str, ...]) -> dict[str, Any]:
    """Say what the warehouse would: the fingerprint of a table, every value as text."""
    ENGINE.register("remote", "t", table)
    answered = {"asked": asked(REMOTE, key), "types": "bigint, string"}
    rows = [row | answered for row in ENGINE.rows(fingerprint_sql(REMOTE, key))]
    return succeeded(list(rows[0]), [[str(value) for value in row.values()] for row in rows])


@pytest.fixture
def bench(tmp_path: Any) -> Workbench:
    made = project(tmp_path / "churn", {})
    delta.overwrite(made.project.root / "here", plans())
    return made


def test_a_table_in_databricks_is_held_against_one_here(bench: Workbench, service: Service) -> None:
    here, there = str(bench.project.root / "here"), "databricks:main.shop.`my plans`"
    service.says(remote_answer(plans(), ("id",)))
    found = bench.reconcile(here, there, key=["id"])[0]

    assert (found.verdict, found.tier, found.right) == ("PROVEN", "fingerprint", there)
    assert "FROM `main`.`shop`.`my plans`" in service.asked[0][3]["statement"]
    assert len(service.asked) == 1


def rows_answer(table: pa.Table) -> dict[str, Any]:
    """Say what the warehouse would of these rows: each value as text."""
    return succeeded(["t1", "t2"], [[str(row["id"]), row["plan"]] for row in table.to_pylist()])


def test_the_rows_of_the_buckets_that_differ_are_fetched(bench: Workbench, service: Service) -> None:
    here, there = str(bench.project.root / "here"), "databricks:main.shop.plans"
    changed = plans(_7="gold").slice(7, 1)
    service.says(remote_answer(plans(_7="gold"), ("id",)), rows_answer(changed))
    found = bench.reconcile(there, here, key=["id"])[0]

    first, second = (document["statement"] for _, _, _, document in service.asked)
    (bucket,) = re.findall(r"WHERE bucket IN \((\d+)\)$", second)
    assert "FROM `main`.`shop`.`plans`" in first
    assert (found.verdict, found.tier, found.buckets) == ("DIFFERENT", "rows", 1), bucket
    assert (found.comparison.left_rows, found.comparison.right_rows) == (500, 500)
    assert found.comparison.columns[0].samples == (("id=7", "'gold'", "'basic'"),)


def test_a_table_that_changes_between_the_statements_is_not_called_equal(bench: Workbench, service: Service) -> None:
    one, other = fingerprint_of(plans()), fingerprint_of(plans(_7="x"))
    rows = [
        row for row in plans().to_pylist() if [*fingerprint_of(pa.Table.from_pylist([row]))] == differing(one, other)
    ]
    service.says(remote_answer(plans(_7="x"), ("id",)), rows_answer(pa.Table.from_pylist(rows)))
    found = bench.reconcile(str(bench.project.root / "here"), "databricks:t", key=["id"])[0]

    assert (found.verdict, found.why) == ("NOT COMPARABLE", "the table changed between two statements; ask again")


def test_too_many_rows_are_not_fetched(bench: Workbench, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boathouse.elsewhere.MOST", 3)
    service.says(remote_answer(plans(_7="gold"), ("id",)))
    found = bench.reconcile(str(bench.project.root / "here"), "databricks:t", key=["id"])[0]

    assert (found.verdict, found.tier) == ("DIFFERENT", "fingerprint")
    assert found.why == "1 of 256 buckets differ, in plan (1)"
    assert len(service.asked) == 1


def test_an_empty_table_there(bench: Workbench, service: Service) -> None:
    service.says(succeeded(["bucket"], []))
    found = bench.reconcile(str(bench.project.root / "here"), "databricks:t")[0]

    assert (found.verdict, found.comparison.left_rows, found.comparison.right_rows) == ("DIFFERENT", 500, 0)


def test_the_verb_shows_no_token(
    bench: Workbench, service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service.says((401, {}, {"message": "invalid"}))
    answer = Terminal(monkeypatch, capsys)(
        "reconcile", bench.project.root / "here", "databricks:t", "--project", bench.project.root
    )

    assert answer.code == 3
    assert "Databricks answered 401: invalid" in answer.err
    assert TOKEN not in answer.out + answer.err
