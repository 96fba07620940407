"""The Feathers services and their own actions."""
