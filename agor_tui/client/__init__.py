"""The daemon as its clients see it: HTTP, the feed, starting it on demand."""
