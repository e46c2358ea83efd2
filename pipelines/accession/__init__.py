"""What others saved or crawled -> the archive: text, HTML and MHTML files, WARC and WACZ packs."""
