"""The archive's WARC: the truth that archive.db is derived from.

`writer` appends, syncs and repairs; `reader` reads captures back; `inventory` tells what lies there, damaged
or not; `circumstances` says how a page came to be fetched. `records` and `foreign` read the files of others,
`cdx` and `wacz` write for others. The names below are what the other rooms use.
"""

from pipelines.warc.reader import (
    FOLDER,
    OPEN,
    SAME_PAYLOAD,
    decoded,
    open_segment,
    payload_digest,
    read_capture,
    read_payload,
    to_capture,
)
from pipelines.warc.writer import Original, Repair, Source, WarcWriter, repair, target_uri

__all__ = [
    "FOLDER",
    "OPEN",
    "SAME_PAYLOAD",
    "Original",
    "Repair",
    "Source",
    "WarcWriter",
    "decoded",
    "open_segment",
    "payload_digest",
    "read_capture",
    "read_payload",
    "repair",
    "target_uri",
    "to_capture",
]
