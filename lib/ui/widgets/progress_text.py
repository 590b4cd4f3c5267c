"""Runs in words: states with an icon and a colour, durations, how far a run is. No widgets here."""

from dataclasses import dataclass
from datetime import UTC, datetime

from lib.jobs import devices, slots
from lib.store.runs import CANCELLED, FAILED, FINISHED, LOST, QUEUED, RUNNING, Run


@dataclass(frozen=True)
class Look:
    """How a state is shown: its word always, with an icon and a colour beside it."""

    word: str
    icon: str
    colour: str
    sign: str
    meaning: str

    @property
    def badge(self) -> str:
        """Write the state as a badge in Markdown."""
        return f":{self.colour}-badge[:material/{self.icon}: {self.word}]"


LOOKS = {
    QUEUED: Look("queued", "schedule", "gray", "◷", "It waits for its turn."),
    RUNNING: Look("running", "progress_activity", "blue", "▶", "It is being worked on."),
    FINISHED: Look("finished", "check_circle", "green", "✓", "Its results are ready."),
    FAILED: Look("failed", "error", "red", "✗", "It stopped by an error; its message says what to do."),
    CANCELLED: Look("cancelled", "cancel", "gray", "■", "Somebody cancelled it; Resume goes on."),
    LOST: Look("lost", "link_off", "orange", "?", "Its process or machine went away; Resume goes on."),
}


def duration(seconds: float | None) -> str:
    """Write a time span in its two largest units.

    >>> duration(0.4), duration(75), duration(3720), duration(180000), duration(None)
    ('under 1 s', '1 min 15 s', '1 h 2 min', '2 d 2 h', '–')
    """
    if seconds is None:
        return "–"
    if seconds < 1:
        return "under 1 s"
    whole = round(seconds)
    for size, name, smaller, lesser in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name}" + (f" {rest} {lesser}" if rest else "")
    return f"{whole} s"


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Say how long ago a moment was.

    >>> ago(datetime(2026, 1, 1, 12, 0, tzinfo=UTC), datetime(2026, 1, 1, 12, 3, 5, tzinfo=UTC))
    '3 min ago'
    """
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {name} ago"
    raise AssertionError(seconds)


def share(run: Run) -> float:
    """Give how far the present stage of a run is, from 0 to 1."""
    return min(1.0, max(0.0, run.step / run.total)) if run.total else 0.0


def position(run: Run) -> str:
    """Say in words what a run does now and how far it is."""
    if run.state == QUEUED:
        return "Waiting for its turn"
    parts = [run.stage or "Starting"]
    if run.epoch is not None:
        parts.append(f"epoch {run.epoch:.1f}")
    if run.total:
        parts.append(f"step {run.step:,} of {run.total:,}")
    if run.eta_seconds is not None:
        parts.append(f"about {duration(run.eta_seconds)} left in this stage")
    return " · ".join(parts)


def where(run: Run) -> str:
    """Say on what a run computes or is to compute; empty while nothing is known and anything will do."""
    asked = run.payload.get("device") or {}
    gpus = [slots.gpu_of_slot(slot) for slot in slots.parse_slots(run.slot) if slots.gpu_of_slot(slot)]
    if gpus:
        return f"on GPU {' and '.join(gpus)}"
    several = f"{asked['processes']} processes of the CPU" if asked.get("processes", 1) > 1 else "the CPU"
    if asked.get("kind") == devices.MPS:
        return "on the Apple GPU"
    if run.slot.startswith("cpu") or asked.get("kind") == devices.CPU:
        return f"on {several}"
    if asked.get("kind") == devices.GPU:
        return f"asks for {devices.DeviceRequest.of(run.payload)}"
    return ""


def memory(megabytes: float | None) -> str:
    """Write memory in its natural unit.

    >>> memory(512.4), memory(2048.0), memory(None)
    ('512 MB', '2.0 GB', '–')
    """
    if megabytes is None:
        return "–"
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"


def number(value: float | None, digits: int = 3) -> str:
    """Write a number, a dash where there is none.

    >>> number(0.59012), number(None)
    ('0.590', '–')
    """
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")
