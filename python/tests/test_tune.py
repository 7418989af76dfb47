"""asp.tune and asp.doctor."""

import numpy as np
import pytest

import asp


def test_tuning_finds_a_variant_and_the_next_kernel_is_made_of_it() -> None:
    @asp.function(specialize="sync")
    def tuned_law(x: float) -> float:
        return x * np.exp(-x)  # type: ignore[no-any-return]

    x = np.linspace(0.0, 1.0, 5000)
    before = tuned_law(x)
    found = asp.tune(tuned_law, seconds=1.0)
    assert len(found.measured) >= 1
    assert found.measured[0].status == "ok"
    assert found.variant.keys() == found.measured[0].variant.keys()
    assert "use: chunk = " in str(found)
    # Whatever the variant: a kernel's values do not depend on it beyond rounding.
    np.testing.assert_allclose(tuned_law(x), before, rtol=1e-14)
    for name, value in found.variant.items():
        assert f"{name} = {value}" in tuned_law.explain()
    again = asp.tune(tuned_law, level="estimate")
    assert again.variant == found.variant


def test_what_has_no_kernel_cannot_be_tuned() -> None:
    @asp.function
    def never_called(x: float) -> float:
        return x

    with pytest.raises(asp.LoweringError, match="never_called: there is no kernel yet"):
        asp.tune(never_called)
    with pytest.raises(TypeError, match="asp.tune takes what asp.function"):
        asp.tune(max)  # type: ignore[arg-type]
    never_called(1.0)
    with pytest.raises(asp.InputError, match="level = 'hard': expected one of estimate, measure"):
        asp.tune(never_called, level="hard")


def test_the_doctor_looks_at_everything() -> None:
    diagnosis = asp.doctor()
    topics = {finding.topic for finding in diagnosis}
    assert {"compiler", "cache"} <= {topic.split()[0] for topic in topics}
    assert all(finding.state in ("ok", "note", "warning", "broken") for finding in diagnosis)
    assert str(diagnosis).count("\n") + 1 >= len(diagnosis)
