"""Findings and results -> what people and programs read."""
