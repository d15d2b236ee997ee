"""Alerts that explain themselves: `day.alerts_of_day`."""
