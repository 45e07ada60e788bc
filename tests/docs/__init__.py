"""The guides say what the product does: their tables are made from it, their names are looked up in it."""
