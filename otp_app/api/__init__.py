"""Whitelisted methods: thin verbs with typed arguments, permission on the document, one call."""
