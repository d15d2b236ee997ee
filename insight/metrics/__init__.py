"""Counts and rates of a day. The SQL of each mart lies in `warehouse/sql/marts`."""
