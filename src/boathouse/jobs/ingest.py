"""Bring a Parquet file or folder in as a table; without one, build the pipeline's tables and release them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet
from pydantic import Field

from boathouse.errors import SourceError, UserError
from boathouse.scheduled_job import Job, JobResult, Site


class Ingest(Job):
    """Bring a Parquet file or folder in as a table; without one, build the pipeline's tables and release them."""

    source: str = Field(
        default="", description="a Parquet file or folder, such as /Volumes/main/claims_bronze/landing/x"
    )
    output_table: str = Field(default="", description="where its rows go; by default the file's name")

    def run(self, site: Site) -> JobResult:
        """Read and write, or run the pipeline."""
        if not self.source:
            return self._build(site)
        path = Path(self.source)
        try:
            rows = parquet.read_table(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise SourceError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from None
        target = site.place(self.output_table or path.stem)
        version = site.lake.write(target, rows)
        return JobResult(f"{rows.num_rows:,} rows of {path} are {target}@{version}", {str(target): version})

    def _build(self, site: Site) -> JobResult:
        """Build what is not up to date, and release it, as the pipeline's job on Databricks does."""
        from boathouse import table_load, world
        from boathouse.delta_lake import DeltaLake
        from boathouse.plan import due, plan
        from boathouse.release import current_release
        from boathouse.release_run import release
        from boathouse.run import run

        if not isinstance(site.lake, DeltaLake):
            raise UserError("on Spark the pipeline's own job builds its tables", hint="name a file: --source PATH")
        project = site.project
        done = run(due(plan(table_load.load(project), world.look(project))), project)
        with suppress(UserError):  # it holds these very tables
            release(project)
        released = current_release(project)
        said = f"run {done.id}: {len(done.tables)} tables built, {len(done.same)} are up to date"
        number = {"release": released.number} if released else {}
        return JobResult(said, {str(table.table): table.version for table in done.tables}, number, then="job features")
