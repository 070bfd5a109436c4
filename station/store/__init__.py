"""The memory of the station: one SQLite file, its tables and the functions that read and write them."""
