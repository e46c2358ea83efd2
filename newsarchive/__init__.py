"""The command line of newsarchive: a thin face that calls the other rooms, and has no logic of its own."""
