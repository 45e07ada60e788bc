"""A worker process of its own for one batch: `python -m benchmarks.intake_worker BATCH`; prints what it took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import text

from config import load
from marketplace.kernel import logs
from marketplace.kernel.database import db, in_transaction
from workers import registry
from workers.duties import expand_events, hand_over
from workers.registry import Registry
from workers.tasks import Outcome, perform

#: What happens to a batch from received to validated; later steps are not measured here.
_STEPS = ("intake.", "validation.")


def main() -> None:
    """Do the duties of intake and validation until none is left, as a worker does them."""
    batch_id = UUID(sys.argv[1])
    settings = load()
    logs.configure(settings.log_level)
    known = registry.exchange()
    app = known.create_app(settings)
    with app.app_context():
        # The worker runs already when a file comes in.
        in_transaction(lambda: db.session.execute(text("SELECT 1")))
    begun = time.perf_counter()
    _work_off(app, known)
    seconds = time.perf_counter() - begun
    with app.app_context():
        report = in_transaction(lambda: _report(batch_id))
    print(json.dumps({"seconds": seconds, "peak_kib": _peak_kib(), **report}))


def _work_off(app: Flask, known: Registry) -> None:
    names = [name for name in known.tasks if name.startswith(_STEPS)]
    reactions = {
        event: tasks
        for event, tasks in known.reactions.items()
        if any(task.name.startswith(_STEPS) for task in tasks)
    }
    if not reactions:
        raise SystemExit("nothing reacts to a received batch: workers/reactions.py does not name intake")
    while True:
        with app.app_context():
            expanded = in_transaction(lambda: expand_events(reactions))
            duties = in_transaction(lambda: hand_over({"all": names}))
        if not duties and not expanded:
            return
        for duty in duties:
            outcome = perform(known.tasks[duty.topic], duty.outbox_id, app=app)
            if outcome not in (Outcome.DONE, Outcome.NOT_OURS):
                raise SystemExit(f"the duty {duty.topic} ended as {outcome}")


def _report(batch_id: UUID) -> dict[str, object]:
    row = db.session.execute(
        text("SELECT state, rows_total, rows_accepted, rows_refused FROM batch_reports WHERE batch_id = :id"),
        {"id": batch_id},
    ).one_or_none()
    if row is None or row.state != "done":
        raise SystemExit(f"the batch was not validated: {row}")
    codes = db.session.execute(
        text("SELECT code, count(*) AS rows FROM refusals WHERE batch_id = :id GROUP BY code"),
        {"id": batch_id},
    )
    return {
        "total": row.rows_total,
        "kept": row.rows_accepted,
        "refused": row.rows_refused,
        "codes": {row.code: row.rows for row in codes},
    }


def _peak_kib() -> int:
    # Not getrusage: its peak survives the exec and would tell of the process that started this one.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise SystemExit("this system does not tell a process's peak memory")


if __name__ == "__main__":
    main()
