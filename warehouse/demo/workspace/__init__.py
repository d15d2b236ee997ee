"""Configuration of the sample workspace."""
