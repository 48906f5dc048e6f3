"""Keeping promises: their record and life, holds, applying, committing with the order, following it afterwards."""
