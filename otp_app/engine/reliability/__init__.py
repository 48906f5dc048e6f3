"""How sure: what deliveries of the past say about those to come, and how well that was said. Pure, like the engine."""
