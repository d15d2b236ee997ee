"""Configuration files that `voc init` writes."""
