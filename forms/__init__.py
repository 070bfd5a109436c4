"""From pages to a dossier: types, grouping, fields, checks, match. No pixels, no database."""
