"""scraper/spiders"""
