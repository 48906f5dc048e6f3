"""The figures behind reports and number cards; the report folders only lay them out."""
