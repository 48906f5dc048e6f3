"""What if: the order book of the site promised again with something changed. Nothing is written, nothing is locked."""
