"""Where a site's articles are announced: bytes in, candidate URLs out.

feeds, sitemaps and links read three kinds of documents; candidate has the words they share, markup the repair
of somebody else's XML. Nothing here fetches, reads the clock, or judges whether an address may be fetched
(scraper.scope does). A document that is not what it should be raises candidate.Unreadable, and nothing else.
"""
