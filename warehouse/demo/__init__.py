"""The sample source: a made-up payment and credit company, its customers and what they ask.

Deterministic by seed, any size; a day's content does not depend on how many other days there are. The
truth of its story lies beside the inbox, for tests to read; the pipeline never does.
"""

from warehouse.demo.generate import DayOfSample, generate_days
from warehouse.demo.write import write_demo_workspace

__all__ = ["DayOfSample", "generate_days", "write_demo_workspace"]
