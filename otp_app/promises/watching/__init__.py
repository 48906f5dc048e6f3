"""Watching committed promises: what moved is noted, what depends on it is judged again, and people are told."""
