"""Where pages come from: scanners, network copiers, watched folders, files."""
