"""``agor session …``: a module for each verb, or for related verbs."""
