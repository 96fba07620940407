"""HTTP routes: from a request to a call of a service, and back."""
