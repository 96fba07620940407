"""Who may call: the socket a request came by, the names it uses, the user behind it, the token it shows."""
