"""readingroom"""
