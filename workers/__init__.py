"""The machinery that carries work: what happens next, when, on which queue, and how it survives.

    fact recorded ──sweeper──▶ task rows (one for each reaction) ──publisher──▶ broker ──▶ worker
         ▲                           │ due_at, nudge_at, lease                              │
         └────────── job tells facts ┴──────────── taken, performed, finished ◀─────────────┘

The rows are the truth; the broker only carries hints ("do row 17 now"). Losing a hint, a worker, a
sweeper or the whole broker costs seconds, never work. Read `reactions` first: it is the business.
"""
