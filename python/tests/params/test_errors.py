import pickle

import pytest

from task_api.params import ParameterNotValidError


def test_error_is_a_value_error_with_one_sentence():
    error = ParameterNotValidError("Too red.")

    assert isinstance(error, ValueError)
    assert error.detail == ["Too red."]
    assert error.messages == ["Too red."]
    assert str(error) == "Too red."


def test_error_without_arguments_still_says_something():
    assert str(ParameterNotValidError()) == "The value is not valid."


def test_error_with_several_arguments_is_one_sentence():
    assert ParameterNotValidError("Too red:", 7).detail == ["Too red: 7"]


def test_nested_detail_keeps_rest_frameworks_shape_and_flattens_to_sentences():
    error = ParameterNotValidError({"street": ["Too long.", "Too odd."], "rows": [{}, {"x": "Bad."}]})

    assert error.detail == {"street": ["Too long.", "Too odd."], "rows": [{}, {"x": ["Bad."]}]}
    assert error.messages == ["street: Too long.", "street: Too odd.", "rows: Item 2: x: Bad."]
    assert str(error) == "street: Too long. street: Too odd. rows: Item 2: x: Bad."


@pytest.mark.parametrize("detail", ["a \ud800", ["a \ud800"], {"\ud800": "a"}])
def test_text_that_cannot_be_encoded_is_escaped(detail):
    error = ParameterNotValidError(detail)

    assert "\\ud800" in str(error)
    str(error.detail).encode()


def test_error_survives_pickling():
    error = pickle.loads(pickle.dumps(ParameterNotValidError({"a": ["Bad."]})))  # noqa: S301

    assert error.detail == {"a": ["Bad."]}


def test_subclass_with_an_init_of_its_own_keeps_its_text():
    class ColorError(ParameterNotValidError):
        def __init__(self, color):
            self.color = color

    assert str(ColorError("red")) == "red"
