"""Delivery of reports: e-mail, WeCom, DingTalk, Feishu, Slack, webhooks and what Apprise knows.

Who receives what stands in voc.yaml (`warehouse/config/report.py`); what became of it in `ops.deliveries`
(`warehouse/deliveries.py`).
"""

from dashboards.delivery.deliver import deliver
from dashboards.delivery.outcome import Item, Outcome
from dashboards.delivery.plan import planned
from dashboards.delivery.receivers import environment

__all__ = ["Item", "Outcome", "deliver", "environment", "planned"]
