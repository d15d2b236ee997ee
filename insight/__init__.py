"""What inquiries mean and how much: sentiment, topics, journey, metrics. Frames in, frames out."""
