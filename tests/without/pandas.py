"""In the place of pandas in the processes that tests begin: sqlite_utils imports pandas wherever it is
installed, which takes as long as all the rest of a command's start, and no command needs it."""

raise ImportError("the processes that tests begin have no pandas")
