"""The load of an order desk in stages: 10 users, 100 users, a fixed rate (docs/measurements.md)."""
