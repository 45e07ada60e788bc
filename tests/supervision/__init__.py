"""The supervisor: everything starts, is kept running, and nothing is left behind."""
