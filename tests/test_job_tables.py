"""The one door to tables: names of three levels, reads at a version, writes that are whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from boathouse.data_ingestion import DataIngestion
from boathouse.delta_lake import DeltaLake
from boathouse.errors import UserError
from boathouse.lake import Namespace, Place
from boathouse.project_lake import project_lake
from boathouse.workbench import Workbench
from projects import project

BRONZE = {
    "raw/claims.csv": "claim_id,amount\n1,10\n2,20\n",
    "tables/bronze/claims.yml": "source: {format: csv, path: raw/claims.csv}\n",
}
ROWS = pa.table({"claim_id": [1, 2, 3], "amount": [10.0, None, 30.0]})


def lake(folder: Path, **where: str) -> DeltaLake:
    made = project_lake(project(folder / "claims", BRONZE).project, **where)
    assert isinstance(made, DeltaLake)
    return made


@pytest.mark.parametrize(
    ("schema", "said", "place"),
    [
        ("claims_gold", "features", "main.claims_gold.features"),
        ("claims_gold", "gold.features", "main.claims_gold.features"),
        ("claims_gold", "silver.claims", "main.claims_silver.claims"),
        ("claims_silver", "gold.features", "main.claims_gold.features"),
        ("dev_ann_claims_gold", "ops.hook_events", "main.dev_ann_claims_ops.hook_events"),
        ("claims", "features", "main.claims.features"),  # one schema for all is gold's
        ("claims", "gold.features", "main.claims.features"),
        ("claims", "silver.claims", "main.claims_silver.claims"),
        ("claims_gold", "other.features", "main.other.features"),
        ("claims_gold", "prod.claims_gold.features", "prod.claims_gold.features"),
    ],
)
def test_a_name_is_found_in_the_catalog_and_schema_of_the_job(schema: str, said: str, place: str) -> None:
    assert str(Namespace("main", schema).place(said)) == place


@pytest.mark.parametrize("said", ["", "a.b.c.d", "features; DROP", "gold.", "a b"])
def test_what_is_no_name_is_refused(said: str) -> None:
    with pytest.raises(UserError, match="is no table name"):
        Namespace("main", "claims_gold").place(said)


def test_what_is_written_is_read_at_each_of_its_versions(tmp_path: Path) -> None:
    there = lake(tmp_path)
    table = there.namespace.place("scores")
    assert there.write(table, ROWS) == 0
    assert there.write(table, ROWS.slice(0, 1).select(["claim_id"])) == 1
    assert there.read(table).to_pydict() == {"claim_id": [1]}
    assert there.read(table, version=0).equals(ROWS)
    assert there.read(table, ["amount"], 0).column_names == ["amount"]
    assert (there.project.root / "lake" / "claims_gold" / "scores").is_dir()


def test_rows_are_appended(tmp_path: Path) -> None:
    there = lake(tmp_path)
    table = there.namespace.place("drift")
    assert [there.write(table, ROWS, "append") for _ in range(3)] == [0, 1, 2]
    assert there.read(table).num_rows == 9


def test_the_tables_of_the_pipeline_are_read_and_not_written(tmp_path: Path) -> None:
    bench = project(tmp_path / "claims", BRONZE)
    bench.run()
    there = project_lake(bench.project)
    claims = there.namespace.place("bronze.claims")
    assert there.read(claims, ["amount"]).to_pydict() == {"amount": ["10", "20"]}
    with pytest.raises(UserError, match=r"bronze\.claims is built by tables/bronze/claims\.yml"):
        there.write(claims, ROWS)
    with pytest.raises(UserError, match="written by Boathouse alone"):
        there.write(there.namespace.place("ops.releases"), ROWS)


def test_an_error_halfway_leaves_the_table_as_it_was(tmp_path: Path) -> None:
    there = lake(tmp_path)
    source, target = there.namespace.place("many"), there.namespace.place("scores")
    there.write(source, pa.table({"n": list(range(300_000))}))
    there.write(target, ROWS)

    def doubled(rows: pa.Table) -> pa.Table:
        if pc.max(rows["n"]).as_py() > 200_000:
            raise UserError("row 200,001 cannot be scored")
        return rows

    with pytest.raises(UserError, match="row 200,001 cannot be scored"):
        there.transform(source, target, ["n"], doubled)
    assert there.version(target) == 0
    assert there.read(target).equals(ROWS)


def test_chunks_are_one_table_in_one_commit(tmp_path: Path) -> None:
    there = lake(tmp_path)
    source, target = there.namespace.place("many"), there.namespace.place("scores")
    there.write(source, pa.table({"n": list(range(300_000)), "other": ["x"] * 300_000}))
    sizes: list[int] = []

    def tripled(rows: pa.Table) -> pa.Table:
        sizes.append(rows.num_rows)
        return pa.table({"n": rows["n"], "tripled": pa.array([n * 3.0 for n in rows["n"].to_pylist()])})

    assert there.transform(source, target, ["n"], tripled) == 0
    assert len(sizes) >= 3
    found = there.read(target)
    assert sorted(found["n"].to_pylist()) == list(range(300_000))
    assert found.filter(pc.equal(found["n"], 299_999))["tripled"].to_pylist() == [899_997.0]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    there = lake(tmp_path)
    there.write(there.namespace.place("scores"), ROWS)
    with pytest.raises(UserError, match=r"gold\.features is not built yet; type `boathouse run gold\.features`"):
        there.read(there.namespace.place("features"))
    with pytest.raises(UserError, match=r"no column `amout` in main\.claims_gold\.scores; did you mean `amount`"):
        there.read(there.namespace.place("scores"), ["amout"])
    with pytest.raises(UserError, match=r"has no version 7; the newest is 0"):
        there.read(there.namespace.place("scores"), version=7)


def test_another_catalog_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"`prod_main` is not the catalog of this project, which is `main`; .*--environment"
    ):
        lake(tmp_path, catalog="prod_main")
    with pytest.raises(UserError, match=r"no schema `clams_gold` in main; did you mean `claims_gold`"):
        project_lake(Workbench(tmp_path / "claims").project, schema="clams_gold")


def test_an_environment_has_its_own_catalog_and_lake(tmp_path: Path) -> None:
    project(tmp_path / "claims", BRONZE)
    dev = Workbench(tmp_path / "claims", env="dev").project
    there = project_lake(dev, catalog="dev_main", schema="claims")
    there.write(there.namespace.place("scores"), ROWS)
    assert (tmp_path / "claims" / "lake" / "dev_claims_gold" / "scores").is_dir()
    with pytest.raises(UserError, match="`prod_main` is a catalog of prod, and this is dev"):
        project_lake(dev, catalog="prod_main")
    with pytest.raises(UserError, match="not the catalog of the environment dev"):
        there.read(Place("prod_main", "claims_gold", "scores"))


def test_frames_go_in_and_come_out(tmp_path: Path) -> None:
    ingestion = DataIngestion(lake=lake(tmp_path))
    frame = ROWS.to_pandas()
    assert ingestion.save_to_delta(frame, "main", "claims", "scores") == 0
    assert ingestion.save_to_delta(frame, "main", "claims_gold", "scores", mode="append") == 1
    assert ingestion.load_from_delta("main", "claims", "scores").shape == (6, 2)
    with pytest.raises(UserError, match="no mode `merge`"):
        ingestion.save_to_delta(frame, "main", "claims", "scores", mode="merge")
