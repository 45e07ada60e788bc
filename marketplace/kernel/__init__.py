"""The ground that everything stands on: clock, money, errors, database, ids, facts and duties, crypto.

Knows no noun of the business. Its modules are imported by name (``from marketplace.kernel import clock``).
"""
