"""Referral tree: who came by whom, and how many invitations away the first of their line is."""

from __future__ import annotations

from typing import Any

import numpy as np

NOBODY = -1
IN_A_CIRCLE = -1  # the depth of those whose line has no beginning


def came_by(referrers: np.ndarray, referred: np.ndarray, count: int) -> np.ndarray:
    """Give who brought each of `count` users; of two who claim the same one, the lower number did."""
    found = np.full(count, count)
    np.minimum.at(found, referred, referrers)
    found[found == count] = NOBODY
    return found


def depths(brought_by: np.ndarray) -> np.ndarray:
    """Count the invitations from the first of each line: 0 for whom nobody brought."""
    found = np.where(brought_by == NOBODY, 0, IN_A_CIRCLE)
    reached = np.flatnonzero(brought_by == NOBODY)
    depth = 0
    while len(reached):
        depth += 1
        reached = np.flatnonzero(np.isin(brought_by, reached))
        found[reached] = depth
    return found


def numbered(*columns: np.ndarray) -> tuple[Any, list[np.ndarray]]:
    """Give each name a number, of all that the columns have between them, in their order."""
    names, places = np.unique(np.concatenate(columns), return_inverse=True)
    return names, np.split(places, np.cumsum([len(column) for column in columns])[:-1])
