"""Write warehouse/DATA_DICTIONARY.md from the contracts."""

from pathlib import Path

from warehouse.contracts import data_dictionary

(Path(__file__).parents[1] / "DATA_DICTIONARY.md").write_text(data_dictionary(), encoding="utf-8")
