"""The tutorial says what is so: its code is run, and prints what stands below it."""

import contextlib
import io
import re
from pathlib import Path

import pytest

pages = Path(__file__).parents[2] / "docs" / "python"
fence = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def matches(shown: str, printed: str) -> bool:
    """Whether the text is what is shown; there, "..." stands for anything within a line."""
    pattern = ".*?".join(map(re.escape, shown.strip().split("...")))
    return re.fullmatch(pattern, printed.strip()) is not None


@pytest.mark.parametrize("page", ["function.md", "stencil.md", "solver.md", "akx.md", "gmm.md"])
def test_a_page_does_what_it_says(
    page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (pages / page).read_text()
    blocks = [(m[1], m[2], text[: m.start()].count("\n") + 2) for m in fence.finditer(text)]
    assert any(kind == "python" for kind, _, _ in blocks)
    monkeypatch.chdir(pages.parents[1])
    monkeypatch.setenv("ASP_TUTORIAL_OUTPUT", str(tmp_path))
    variables: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for number, (kind, code, line) in enumerate(blocks):
        if kind == "text":
            assert matches(code, printed), f"{page}:{line}: printed instead:\n{printed}"
            continue
        # A file, since that is where functions have their source.
        file = tmp_path / f"{page}.{number}.py"
        file.write_text(code)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(code, str(file), "exec"), variables)
        printed = out.getvalue()
