"""The state of a client: records kept current by the feed, and values for display that are derived from them."""
