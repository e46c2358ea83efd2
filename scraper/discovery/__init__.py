"""scraper/discovery"""
