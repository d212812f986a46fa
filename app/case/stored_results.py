"""Which results of a slide are stored, from whatever model and scale, and how to discard them. Worker only."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.case.scores_database import BUSY_S, FILE_NAME, SCHEMA_VERSION
from app.case.stored_scores import provenance_of
from app.records.provenance import Provenance


class StoredResultsError(Exception):
    """Stored results cannot be read or discarded; one sentence for the user."""


@dataclass(frozen=True)
class StoredResult:
    """One stored run: what it was made from, and its size on disk."""

    plan_key: str
    provenance: Provenance
    bytes: int


def list_results(data_dir: Path, fingerprint: str) -> list[StoredResult]:
    """All results of a slide, the latest used first. Raises StoredResultsError."""
    path = data_dir / FILE_NAME
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)) as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
                return []
            rows = connection.execute(
                "SELECT key, provenance, (SELECT total(length(payload)) FROM blocks WHERE plan = plans.id) FROM plans "
                "WHERE json_extract(provenance, '$.slide_fingerprint') = ? ORDER BY used DESC",
                (fingerprint,),
            ).fetchall()
    except sqlite3.Error as error:
        raise StoredResultsError(f"The stored results in {path} cannot be read ({error}); try again.") from error
    found = ((key, provenance_of(text), size) for key, text, size in rows)
    return [StoredResult(key, made, int(size)) for key, made, size in found if made is not None]


def discard_results(data_dir: Path, plan_keys: list[str]) -> None:
    """Delete results for good; they can be made again. Not those of a session that is open: it would write them once
    more. Raises StoredResultsError."""
    path = data_dir / FILE_NAME
    if not path.is_file() or not plan_keys:
        return
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_S)) as connection, connection:
            wanted = json.dumps(plan_keys)
            chosen = "(SELECT id FROM plans WHERE key IN (SELECT value FROM json_each(?)))"
            connection.execute(f"DELETE FROM blocks WHERE plan IN {chosen}", (wanted,))
            connection.execute("DELETE FROM plans WHERE key IN (SELECT value FROM json_each(?))", (wanted,))
    except sqlite3.Error as error:
        raise StoredResultsError(f"The stored results in {path} cannot be discarded ({error}); try again.") from error


def discard_of_model(data_dir: Path, fingerprint: str, model_hash: str) -> None:
    """Delete what one model made of a slide. Raises StoredResultsError."""
    results = list_results(data_dir, fingerprint)
    discard_results(data_dir, [r.plan_key for r in results if r.provenance.model_hash == model_hash])


def differences(result: Provenance, current: Provenance | None) -> list[str]:
    """In what a stored result differs from what is open now, in words; empty when it is current."""
    if current is None:
        return ["no model or no scale is in use now"]
    if result.plan_key == current.plan_key:
        return []
    found = []
    if result.model_hash != current.model_hash:
        same_name = result.model_name == current.model_name
        found.append("another version of the model" if same_name else "another model")
    if result.mpp_used != current.mpp_used:
        found.append("another scale")
    if result.focal_plane != current.focal_plane:
        found.append("another focal plane")
    if result.precision != current.precision:
        found.append("another precision")
    return found or ["another version of the program's analysis"]
