"""Markup in, clean paragraphs out, and the text file they are kept in. Knows no crawler."""
