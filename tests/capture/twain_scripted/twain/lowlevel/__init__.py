"""pytwain keeps the numbers of the specification here."""
