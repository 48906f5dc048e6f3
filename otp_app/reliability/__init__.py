"""What deliveries of the past say about those to come: learned from a site's history, and kept there."""
