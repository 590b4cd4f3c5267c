"""What users type is shown letter by letter, wherever it lands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.ui.widgets.text import file_name, markup, plain, short


def test_markdown_is_escaped():
    assert plain("<img src=x> *a* [b](c) $d$ :bug:") == r"\<img src\=x\> \*a\* \[b\]\(c\) \$d\$ \:bug\:"
    assert plain("two\nlines\t here") == "two lines here"


@given(st.text())
def test_html_holds_no_live_letter(text):
    escaped = markup(text)
    assert not set(escaped) & set("<>\"'")


@pytest.mark.parametrize(
    ("typed", "made"),
    [
        ("../../etc/passwd", "etc-passwd.csv"),
        ("<img src=x onerror=alert(1)>", "img-src-x-onerror-alert-1.csv"),
        ("", "motiflens.csv"),
        ("UTR-Seq 8h", "UTR-Seq-8h.csv"),
    ],
)
def test_downloads_have_safe_names(typed, made):
    assert file_name(typed, ".csv") == made


@given(st.text(max_size=200), st.integers(min_value=5, max_value=60))
def test_short_is_short(text, length):
    cut = short(text, length)
    assert len(cut) <= length
    assert cut == text or "…" in cut
