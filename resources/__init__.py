"""Data that ships with the station, read through importlib.resources only."""
