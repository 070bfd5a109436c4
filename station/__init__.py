"""The scanning and digitization station of a land office's one-stop counter."""

__version__ = "0.1.0"
