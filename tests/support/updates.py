"""Updates as they are sent."""


def section(name, start, end, *entries, reset=False, epoch="e", floors=None):
    """Return a section; an entry is (key, revision, value)."""
    fields = {"type": name, "epoch": epoch, "from": start, "to": end}
    fields |= {"reset": True} if reset else {}
    fields |= {"floors": floors} if floors else {}
    return {**fields, "entries": [[key, "", revision, 1.0, value] for key, revision, value in entries]}


def update(*sections, caught_up=False):
    return {"op": "update", **({"caught_up": True} if caught_up else {}), "sections": list(sections)}
