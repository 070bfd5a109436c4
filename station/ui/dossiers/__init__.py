"""The dossiers screen: search, look, open."""
