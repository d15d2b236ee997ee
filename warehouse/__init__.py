"""Where data lives: contracts, landing, checks, store, SQL marts, publishing, the sample source."""
