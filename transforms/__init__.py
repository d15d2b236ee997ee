"""Raw words to clean, masked, tagged inquiries: Polars frame in, frame out."""
