"""The command line: one sentence for what stands in the way, never a traceback."""
