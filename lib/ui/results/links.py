"""Links in tables: a cell that opens a sequence on the Attribution page."""

from urllib.parse import urlencode


def attribution_url(run_id: str, dataset_id: str, sequence_id: str, target: str = "") -> str:
    """Write the link to the explanation of a sequence by a run, relative to the other pages of the app.

    The first target is explained where none is named.

    >>> attribution_url("a1", "d2", "UTR 7&8")
    'attribution?run=a1&dataset=d2&sequence=UTR+7%268'
    """
    query = {"run": run_id, "dataset": dataset_id, "sequence": sequence_id}
    return "attribution?" + urlencode(query | ({"target": target} if target else {}))
