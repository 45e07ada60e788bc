"""Schema changes in order, each way on data."""
