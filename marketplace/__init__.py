"""The lead exchange: a journey of a lead in steps, and what the steps stand on."""
