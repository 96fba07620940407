"""Access control: by the socket, the Host and Origin headers, the user of the peer process, or the token."""
