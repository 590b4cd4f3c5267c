"""Whose binding scores of an RBP table are used: those of one protein, or of all together."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from lib.core.errors import UserError
from lib.io.decisions import Alternative, Decision
from lib.io.rbp_columns import Layout, is_score, names_protein
from lib.io.rbp_table import OPTION
from lib.io.table import Table

ALL, NO_SCORE = "all", "none"


@dataclass(frozen=True)
class Scores:
    """What is read of an RBP table.

    Parameters
    ----------
    motif
        Column of the motifs.
    columns
        Columns of scores: several for a collection, none where every motif counts 1.
    protein_column, protein
        Column of proteins in a long table, and the protein whose rows are used; empty for those of all.
    decision
        How it was chosen; open where the table can be read in several ways, None where there was nothing to choose.
    """

    motif: str
    columns: tuple[str, ...]
    protein_column: str = ""
    protein: str = ""
    decision: Decision | None = None

    @property
    def is_of_many(self) -> bool:
        """Say whether the table has scores of several proteins."""
        return self.decision is not None and any(one.value == ALL for one in self.decision.alternatives)

    @property
    def whose(self) -> str:
        """Name the protein whose scores are read, where the table says it; empty for several."""
        if self.protein or len(self.columns) != 1 or self.protein_column or is_score(self.columns[0]):
            return self.protein
        return self.columns[0] if self.is_of_many or names_protein(self.columns[0]) else ""


def choose_scores(table: Table, layout: Layout, wanted: str | None) -> Scores:
    """Choose columns of scores and the protein.

    Parameters
    ----------
    table, layout
        The table, and what its columns are.
    wanted
        What ``rbp_column`` says: a column of scores, a protein, ``all``, ``none``, or two of them joined by ``=``
        (``COLUMN=PROTEIN`` in a long table with several columns of numbers, ``MOTIFS=SCORES`` to name the column of
        motifs too); None to find it.

    Raises
    ------
    UserError
        If there is nothing of this name.
    """
    proteins = _proteins(table, layout)
    if is_long(table, layout):
        return _choose_long(table, layout, proteins, wanted)
    if wanted is not None:
        return _choose_named(table, layout, proteins, wanted)
    if not layout.scores:
        evidence = f"{table.name} has no column of numbers; every motif counts 1."
        return Scores(layout.motif, (), decision=_decision(table, layout, NO_SCORE, evidence))
    if len(layout.scores) == 1:
        column = layout.scores[0]
        evidence = "Its name says what it holds." if layout.kind == "named" else "The only column of scores."
        if layout.kind == "statistic":
            evidence = "There is no other column of numbers."
        return Scores(layout.motif, (column,), decision=_decision(table, layout, column, evidence))
    return _ask(table, layout)


def _ask(table: Table, layout: Layout) -> Scores:
    """Leave open which of several columns holds the scores; until then they are read as a collection."""
    count, listed = len(layout.scores), _join_names(layout.scores)
    evidence = f"{count} columns may be the binding score ({listed}), and no name says which one."
    if layout.kind == "plain":
        if _of_proteins(layout):
            evidence = f"{count} columns hold binding scores, such as those of {count} proteins ({listed})."
        return Scores(layout.motif, layout.scores, decision=_decision(table, layout, None, evidence))
    return Scores(layout.motif, layout.scores[:1], decision=_decision(table, layout, None, evidence))


def _choose_named(table: Table, layout: Layout, proteins: Sequence[str], wanted: str) -> Scores:
    """Take what was named in a table that is not long, or has no scores."""
    if wanted == NO_SCORE:
        return Scores(layout.motif, (), decision=_decision(table, layout, NO_SCORE, "As chosen; every motif counts 1."))
    if wanted == ALL:
        several = layout.kind == "plain" and len(layout.scores) > 1
        if len(layout.scores) > 1 and not several:
            listed = _join_names(layout.scores)
            raise UserError(f"The columns {listed} of {table.name} are no scores of several proteins; choose one.")
        chosen = ALL if several else (*layout.scores, NO_SCORE)[0]
        used = layout.scores if several else layout.scores[:1]
        return Scores(layout.motif, used, decision=_decision(table, layout, chosen, "As chosen."))
    if (column := _match(wanted, layout.numbers)) is not None:
        return Scores(layout.motif, (column,), decision=_decision(table, layout, column, "As chosen."))
    if (protein := _match(wanted, proteins)) is not None:
        kept = tuple(Alternative(name, "") for name in proteins)
        evidence = f"As chosen, by the column {layout.protein}."
        decision = Decision(table.name, "Protein", OPTION, protein, evidence, kept)
        return Scores(layout.motif, layout.scores[:1], layout.protein, protein, decision)
    motifs, _, score = wanted.partition("=")
    names = [str(name) for name in table.frame.columns]
    if (motif := _match(motifs, names)) is not None and (column := _match(score, [*names, NO_SCORE])) is not None:
        used = () if column == NO_SCORE else (column,)
        evidence = f"As chosen, of the motifs in {motif}."
        return Scores(motif, used, decision=_decision(table, layout, f"{motif}={column}", evidence))
    raise _unknown_error(table, wanted, [*layout.numbers, *proteins])


def _choose_long(table: Table, layout: Layout, proteins: Sequence[str], wanted: str | None) -> Scores:
    """Choose the protein of a long table, and the column where there are several of numbers."""
    several = len(layout.scores) > 1
    score: str | None = None if several else layout.scores[0]
    protein: str | None = None
    if wanted is not None:
        before, equals, after = wanted.partition("=")
        whole = _match(wanted, [ALL, *proteins])
        if whole is not None:
            protein = whole
        elif (column := _match(wanted, layout.numbers)) is not None:
            score = column
        elif equals and (column := _match(before, layout.numbers)) is not None:
            score, protein = column, _match(after, [ALL, *proteins])
        if (protein is None and score is None) or (equals and protein is None):
            raise _unknown_error(table, wanted, [*proteins, *layout.numbers])
    every = Alternative(ALL, _every(len(proteins), "proteins"))
    if score is None:
        options = [Alternative(column if protein is None else f"{column}={protein}", "") for column in layout.scores]
        evidence = f"{len(layout.scores)} columns may be the binding score ({_join_names(layout.scores)})."
        decision = Decision(table.name, "Binding score", OPTION, None, evidence, tuple(options))
        return Scores(layout.motif, layout.scores[:1], layout.protein, "", decision)
    prefix = f"{score}=" if several else ""
    options = [Alternative(prefix + one.value, one.label) for one in (every, *(Alternative(p, "") for p in proteins))]
    evidence = (
        f"The column {layout.protein} names {len(proteins)} proteins ({_join_names(proteins)}), whose motifs recur."
    )
    chosen = None if protein is None else prefix + protein
    decision = Decision(table.name, "Protein", OPTION, chosen, evidence, tuple(options))
    return Scores(layout.motif, (score,), layout.protein, "" if protein in (None, ALL) else str(protein), decision)


def _columns(layout: Layout) -> tuple[Alternative, ...]:
    """List the columns of scores, and all of them where they may be of several proteins."""
    found = [Alternative(column, "") for column in layout.scores]
    if layout.kind == "plain" and len(found) > 1:
        what = "proteins" if _of_proteins(layout) else "columns"
        found.insert(0, Alternative(ALL, _every(len(found), what)))
    return (*found, *(Alternative(column, "") for column in layout.others if layout.kind == "named"))


def _every(count: int, what: str) -> str:
    return f"all {count:,} {what}; Mean_RBP is their mean"


def _of_proteins(layout: Layout) -> bool:
    return layout.kind == "plain" and any(map(names_protein, layout.scores))


def _decision(table: Table, layout: Layout, chosen: str | None, evidence: str) -> Decision:
    topic = "Protein" if _of_proteins(layout) else "Binding score"
    return Decision(table.name, topic, OPTION, chosen, evidence, _columns(layout))


def _proteins(table: Table, layout: Layout) -> list[str]:
    if not layout.protein:
        return []
    names = table.text(layout.protein)
    return sorted(set(names[names != ""]), key=str.lower)


def is_long(table: Table, layout: Layout) -> bool:
    """Say whether a motif has rows of several proteins, so that it has a score of each."""
    if not layout.protein or not layout.scores:
        return False
    pairs = (table.text(layout.protein) + "\t" + table.text(layout.motif).str.upper().str.replace("U", "T")).nunique()
    return bool(pairs > table.text(layout.motif).str.upper().str.replace("U", "T").nunique())


def _match(wanted: str, names: Sequence[str]) -> str | None:
    """Find a name, in another case where only one is spelled so."""
    if wanted in names:
        return wanted
    alike = [name for name in names if name.lower() == wanted.strip().lower()]
    return alike[0] if len(alike) == 1 else None


def _unknown_error(table: Table, wanted: str, names: Sequence[str]) -> UserError:
    return UserError(unknown_name(table.name, wanted, names))


def unknown_name(file: str, wanted: str, names: Sequence[str]) -> str:
    """Say that a file has no protein of a name, with those that are spelled like it first.

    >>> unknown_name("k.tsv", "PUM3", ["A1CF", "PUM1"])
    "k.tsv has no protein or column of scores 'PUM3'; choose one of PUM1, A1CF, or all."
    """
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    listed = _join_names([*near, *(name for name in names if name not in near)])
    return f"{file} has no protein or column of scores {wanted!r}; choose one of {listed}, or all."


def _join_names(names: Sequence[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
