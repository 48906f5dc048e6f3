"""What a site says of itself to those who operate it: counters, gauges, log lines, and what is wrong."""
