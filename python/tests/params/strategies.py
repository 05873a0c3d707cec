"""JSON values for property tests: what a caller can send, and what can be stored."""

from hypothesis import strategies as st

from task_api.params.storable import MAX_DEPTH


def _nest(value: object, levels: int) -> object:
    for _ in range(levels):
        value = [value]
    return value


storable_text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
_storable_leaves = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**64), max_value=2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | storable_text
)
storable_json = st.recursive(
    _storable_leaves, lambda items: st.lists(items) | st.dictionaries(storable_text, items), max_leaves=15
)

# Text that parsers split, count and multiply, besides any text at all with NULs and lone surrogates.
_awkward_text = st.text(st.characters()) | st.sampled_from(
    [
        "",
        " 6 ",
        "nan",
        "-inf",
        "Infinity",
        "1e400",
        "1e-400",
        "1e999999999",
        "0e999999999",
        "sNaN",
        "1_000",
        "٣",
        "9" * 5000,
        "0x10",
        "true",
        "FALSE",
        "0001-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-02-30",
        "2026-01-31T25:00",
        "P999999999DT99999H",
        "P99999999999D",
        "-999999999 days, 00:00:00",
        "99999999999999999999:00:00",
        "a@b.c",
        "http://[::1",
        "http://\ud800.example/",
        "\0",
        "\ud800",
        "{00000000-0000-0000-0000-000000000001}",
    ]
)
_awkward_numbers = st.sampled_from([2**63, 2**64, float("nan"), float("inf"), 1e308, 5e-324, -0.0])
# Built late, for Hypothesis cannot print them either.
_huge_integers = st.sampled_from([308, 309, 400, 5000]).map(lambda digits: 10**digits)
_leaves = st.none() | st.booleans() | st.integers() | st.floats() | _awkward_numbers | _huge_integers | _awkward_text
any_json = st.recursive(
    _leaves, lambda items: st.lists(items) | st.dictionaries(_awkward_text, items), max_leaves=10
) | st.builds(_nest, _leaves, st.sampled_from([MAX_DEPTH, MAX_DEPTH + 1, 5000]))
