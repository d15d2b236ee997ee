"""The parts of a report, each from facts to blocks."""
