"""What every room stands on: errors, files, processes, settings, texts, log. Standard library only."""
