"""The configuration files of a workspace, as typed models.

`voc.yaml` (VocConfig), `journeys.yaml` (Journeys), `tags.yaml` (Tags) and lexicon/ (LexiconConfig). Every key has a default, so
an empty file works; an unknown key is an error that names the nearest known one.
"""

from warehouse.config.journeys import Journeys, Product, Step
from warehouse.config.lexicon import LexiconConfig
from warehouse.config.loading import read_config
from warehouse.config.tags import TagRule, Tags
from warehouse.config.voc import KINDS, SourceConfig, VocConfig

__all__ = [
    "KINDS",
    "Journeys",
    "LexiconConfig",
    "Product",
    "SourceConfig",
    "Step",
    "TagRule",
    "Tags",
    "VocConfig",
    "read_config",
]
