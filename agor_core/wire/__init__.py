"""What goes over the wire between the daemon and its clients: requests, frames of the feed, and their codec."""
