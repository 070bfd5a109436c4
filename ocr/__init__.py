"""Pixels, words, codes and PDF/A: from a scanned side to a reading, originals untouched."""
