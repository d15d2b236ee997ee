"""What pages share: the view in the URL, layout, customers' words, decisions."""
