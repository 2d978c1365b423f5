"""Points: the moments between two effects of a run and of a release, at each of which a process can be made to die.

A point is a function of ours that is replaced by one that dies before, or after, it does its work.
"""

from __future__ import annotations

QUARANTINE = "from boathouse.grow import Growth; from boathouse.run import LocalLake"  # of all rows, or of new ones
INGEST = {
    "before the plan": "from boathouse.ledger import Ledger; Ledger.plan = die",
    "within the plan": "from boathouse.ledger import Ledger; Ledger._add = die",
    "after the plan": "from boathouse.ingest import Ingestion; Ingestion._select = die",
    "before the table is made": "from boathouse.engines import delta; delta.create = die",
    "after the table is made": "from boathouse.engines import delta; delta.last_transaction = die",
    "before the commit": "from boathouse.engines import delta; delta.append = die",
    "after the commit": "from boathouse.ledger import Ledger; Ledger.settle = die",
    "after the ledger": "from boathouse.engines import delta; delta.row_count = die",
}
FIRST_BUILD = {
    "before fitted.yml": "from boathouse.run import LocalLake; LocalLake._freeze = die",
    "within fitted.yml": "from pathlib import Path; Path.replace = die",
    "after fitted.yml": "from boathouse import fitted; fitted.save = then_die(fitted.save)",
}
WITHIN = {  # a run that dies there, or at a point above, is told of as killed
    "after the run is told of": "from boathouse.journal import Journal; Journal.begin = then_die(Journal.begin)",
    "before the quarantine": f"{QUARANTINE}; LocalLake._quarantine = Growth._quarantine = die",
    "between the quarantine and its table": (
        f"{QUARANTINE}; LocalLake._quarantine, Growth._quarantine = "
        "then_die(LocalLake._quarantine), then_die(Growth._quarantine)"
    ),
    "after a table": "from boathouse.chain import Chain; Chain.forget = die",
    "before the end is told of": "from boathouse.journal import Journal; Journal.end = die",
}
AFTER = {
    "after the end is told of": "from boathouse.journal import Journal; Journal.end = then_die(Journal.end)",
    "within the number of a batch of ops rows": (
        "from boathouse.journal import Journal; Journal._numbered = then_die(Journal._numbered)"
    ),
    "between the number of a batch and its append": "from boathouse import journal; journal.arrow_rows = die",
    "between the append of ops rows and their delete": """
from boathouse.engines import delta
append = delta.append
def append_and_die(table, *rest):
    append(table, *rest)
    if "_ops/" in table.table_uri:
        die()
delta.append = append_and_die
""",
    "after one of the ops tables": "from boathouse.journal import Journal; Journal._flush = then_die(Journal._flush)",
}
BEFORE = {"before the run is told of": "from boathouse.journal import Journal; Journal.begin = die"}
RELEASE = {
    "before the release": "from boathouse import release_run; release_run._refuse_mixture = die",
    "before the list": "from boathouse import release_run; release_run._listed = die",
    "between the list and latest_release": "from boathouse import release_run; release_run._make_current = die",
    "after latest_release": (
        "from boathouse import release_run; release_run._make_current = then_die(release_run._make_current)"
    ),
}
