"""Sentiment, emotion and effort of inquiries."""
