"""What people see. Reads the published file alone.

For notebooks: `from dashboards import open_warehouse`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboards.data import Warehouse, open_warehouse

__all__ = ["Warehouse", "open_warehouse"]


def __getattr__(name: str) -> Any:
    """`open_warehouse` and `Warehouse`, imported when they are asked for."""
    if name in __all__:
        from dashboards import data

        return getattr(data, name)
    raise AttributeError(f"module 'dashboards' has no attribute {name!r}")
