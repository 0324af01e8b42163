"""What can be had where: bandwidths in Mbit/s, by location."""

OPTIONS = {
    "berlin": (50, 100, 250, 1000),
    "lisbon": (30, 100, 500),
    "osaka": (100, 1000, 10000),
}


def offers(location, wanted):
    """The bandwidths that are enough, the smallest first, or else the largest that there is."""
    known = OPTIONS[location]
    return [mbit for mbit in known if mbit >= wanted] or [max(known)]
