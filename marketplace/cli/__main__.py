"""Lets ``python -m marketplace.cli`` be the same as ``lead-exchange``."""

from . import main

main(prog_name="lead-exchange")
