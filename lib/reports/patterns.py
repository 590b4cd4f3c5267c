"""The top patterns of a report: those of the newest discovery of the run, with their matches."""

NONE = (
    "<p>No motif discovery has been done for this run. Start one on the Motifs page; its patterns then stand here.</p>"
)


def section(run_id: str) -> str:
    """Write the patterns as HTML; empty where no discovery of the run has finished."""
    return ""
