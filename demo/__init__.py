"""The Harbour Gazette: a made-up local newspaper on loopback that changes between two crawls.

    stories/*.md     the copy, one file a story        standing/*.md   about, contact, privacy
    people.toml      who writes for the paper          words.toml      the furniture around a story
    stories.py       copy -> Story, Edition            pages.py        Edition -> the bytes of every URL
    site.py          pages over HTTP                   truth.py        what an archive of it must hold
    __main__.py      what `make demo` runs

It promises that edition 2 differs from edition 1 by one article corrected, one new, one gone and one moved,
and that every word is invented. It is never imported by the product.
"""
