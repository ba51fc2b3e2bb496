"""How long the program takes and how much memory, against its peers; the ratios are measured in one run."""
