"""Housekeeping: small files made one, files that nothing names removed, raw text no longer kept than wished."""
