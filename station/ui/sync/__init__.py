"""The sync screen: the outbox, live."""
