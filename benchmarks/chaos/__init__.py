"""What callers of a site get while something it rests on is broken, and how long until it is well again."""
