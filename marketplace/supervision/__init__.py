"""Runs an exchange on one machine and keeps it running.

    supervisor ─┬─ embedded PostgreSQL (when no DATABASE_URL is given)
                ├─ web
                ├─ sweeper
                └─ workers, one for each group of queues

    child:  stopped ──start──▶ running ──died, or deaf for 90 s──▶ waiting (0.2 s … 5 s) ──▶ running

Stopping goes in the order above from web to workers; the database is stopped last.
"""

from .children import Child, ChildPlan
from .database import insist_on_database, prepare_embedded
from .leftovers import AlreadyRunning
from .supervisor import Supervisor
from .web import SERVERS, web_command

__all__ = [
    "SERVERS",
    "AlreadyRunning",
    "Child",
    "ChildPlan",
    "Supervisor",
    "insist_on_database",
    "prepare_embedded",
    "web_command",
]
