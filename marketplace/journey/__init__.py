"""The steps of a lead, in order. Each knows its past and never its future::

    offers -> intake -> validation -> spotchecks -> listings -> purchases -> deliveries -> settlements | disputes

Whoever lists this folder has read the business; what starts what is written in `workers/reactions.py`.
"""
