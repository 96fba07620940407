"""The Feathers services and their custom methods."""
