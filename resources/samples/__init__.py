"""A generator of sample dossiers of invented citizens, with exact truth."""
