"""The machinery that carries work, with real brokers and real processes."""
