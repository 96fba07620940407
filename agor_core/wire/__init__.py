"""The messages between the daemon and its clients: requests, frames of the feed, and their codec."""
