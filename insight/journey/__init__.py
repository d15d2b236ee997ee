"""Product, step and cause of each inquiry, and which inquiries are repeats."""
