"""What a client knows: records kept current by the feed, and what is derived from them."""
