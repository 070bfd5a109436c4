"""From day end to the province: packages, the outbox, upload, stick, and the warehouse."""
