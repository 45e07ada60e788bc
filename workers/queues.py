"""The queues: work of one kind never waits behind work of another."""

from __future__ import annotations

from typing import Final

#: Settlements, releases, payouts, top-ups: what moves money.
MONEY: Final = "money"
#: Handing bought contacts to buyers' own systems, which may be slow or down.
DELIVER: Final = "deliver"
#: Files and sweeps, cut into slices.
BATCH: Final = "batch"
#: Notices to people.
MAIL: Final = "mail"
#: Everything else: short work inside the database.
DEFAULT: Final = "default"

ALL: Final = (MONEY, DELIVER, BATCH, MAIL, DEFAULT)

#: How one machine shares the queues among workers: what waits for others is kept from what does not.
GROUPS: Final = ((MONEY, DEFAULT), (DELIVER, MAIL), (BATCH,))
