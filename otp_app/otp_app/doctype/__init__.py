"""One folder a doctype."""
