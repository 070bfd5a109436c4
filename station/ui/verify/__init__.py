"""The verify screen: only what is doubtful, one key each."""
