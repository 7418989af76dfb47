import asp


def test_errors_are_those_that_python_throws_itself() -> None:
    assert issubclass(asp.InputError, ValueError)
    assert issubclass(asp.BackendError, RuntimeError)
