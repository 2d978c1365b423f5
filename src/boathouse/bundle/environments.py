"""Bundle environments: which catalog dev and prod write to, so that neither can name the other's."""

from __future__ import annotations

from boathouse.environment import USUAL


def catalogs(catalog: str) -> dict[str, str]:
    """Name the catalogs of dev and prod after a project's: main, or dev_main, gives dev_main and prod_main."""
    first, _, rest = catalog.partition("_")
    name = rest if rest and first in USUAL else catalog
    return {"dev": f"dev_{name}", "prod": f"prod_{name}"}
