"""Whether a change helped: an interrupted time series for every change."""
