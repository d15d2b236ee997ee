"""Landing: files of the inbox into raw tables, every row accounted for.

Rows in = rows landed + rows rejected + rows already landed, for every file, always.
"""

from warehouse.landing.inbox import InputFile, find_inputs
from warehouse.landing.land import LandingResult, Receipt, land

__all__ = ["InputFile", "LandingResult", "Receipt", "find_inputs", "land"]
