"""Imported once by the server that the kill test forks its children from.

What is imported or read here must not start a thread (Polars' pool would hang in the children).
"""

import scipy.optimize
import scipy.special
import scipy.stats
import sklearn.feature_extraction

import dashboards.report
import insight.alerts.days
import insight.effects.days
import insight.journey.days
import insight.sentiment.reading_kernels
import insight.sentiment.snownlp_bulk
import insight.steps
import insight.topics._kernels
import insight.topics.days
import tests.support
import transforms.steps
import warehouse.landing
import warehouse.publish
from insight.sentiment.lexicon import compiled
from transforms.words import _segmenter
from warehouse.checks.suites import _context
from warehouse.config import LexiconConfig

_context()
compiled(LexiconConfig().model_dump_json(include={"feelings", "facts", "nothing"}))
_segmenter(LexiconConfig().model_dump_json(include={"words"}))
__all__ = ["dashboards", "insight", "scipy", "sklearn", "tests", "transforms", "warehouse"]
