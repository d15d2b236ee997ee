"""Every table is described once, in `<schema>.<table>.yaml` beside this file.

DDL, Delta schemas, Great Expectations suites, column comments and DATA_DICTIONARY.md come from it.
`python -m warehouse.contracts` writes the dictionary anew.
"""

from warehouse.contracts.dictionary import data_dictionary
from warehouse.contracts.loading import conform_frame, contract, empty_frame, load_contracts
from warehouse.contracts.models import Check, Column, Contract

__all__ = [
    "Check",
    "Column",
    "Contract",
    "conform_frame",
    "contract",
    "data_dictionary",
    "empty_frame",
    "load_contracts",
]
