"""Making it so: the drafts by which what an order is promised from, and does not exist yet, is made and bought."""
