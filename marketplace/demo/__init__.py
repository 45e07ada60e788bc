"""A demonstration market, made through the same doors that everybody uses.

A seller with a good batch and one with a bad batch, checkers who call, buyers who buy, a dispute that is
ruled, a settlement: everything happens over HTTP, with keys that are printed for the user to go on with.
"""

from .client import Client, ExchangeSaysNo
from .contacts import join_contacts
from .market import Doors, Market, make_market
from .own_file import trade_file
from .report import facts, keep, readable
from .state import Progress

__all__ = [
    "Client",
    "Doors",
    "ExchangeSaysNo",
    "Market",
    "Progress",
    "facts",
    "join_contacts",
    "keep",
    "make_market",
    "readable",
    "trade_file",
]
