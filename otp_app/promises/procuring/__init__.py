"""What has to be bought or made for an order: what it needs, what was asked for already, and the drafts that ask."""
