"""The scan screen: from a pile of paper to a sealed dossier."""
