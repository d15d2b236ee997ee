"""Delta tables on disk: one folder a table, partitioned by day, one commit a write."""

from warehouse.store.delta import DayFiles, FileRef, Store
from warehouse.store.writer import DayWriter

__all__ = ["DayFiles", "DayWriter", "FileRef", "Store"]
