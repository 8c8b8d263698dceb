import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import ServiceError
from services.core.text import MESSAGE_LIMIT, clean

FORBIDDEN = {chr(code) for code in [*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)]}
# Any code point, with more of those that cause trouble.
anything = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Mc"]),
        st.sampled_from("aé \n\r\t\u0344\u200d\u202e\u2800\u3164\U0001d160"),
    ),
    max_size=60,
)


def message(value: object) -> str:
    return clean(value, MESSAGE_LIMIT, name="The message")


def title(value: object, limit: int = 60, *, required: bool = True) -> str:
    return clean(value, limit, name="The title", multiline=False, required=required)


@given(anything, st.booleans())
def test_cleaned_text_is_clean_and_stays_unchanged_when_cleaned_again(
    typed: str, multiline: bool
) -> None:
    try:
        text = clean(typed, 50, name="The text", multiline=multiline)
    except ServiceError:
        return
    assert unicodedata.is_normalized("NFC", text)
    assert not FORBIDDEN - {"\n", "\t"} & set(text)
    assert text == text.strip() != ""
    assert len(text) <= 50
    if not multiline:
        assert not set("\n\t\r\u2028\u202e\u2066") & set(text)
    assert clean(text, 50, name="The text", multiline=multiline) == text


@pytest.mark.parametrize("value", [None, 7, 1.5, True, {"text": "hi"}, ["hi"], b"hi"])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(ServiceError, match="The message must be text"):
        message(value)


@pytest.mark.parametrize("hidden", ["\x00", "\x07", "\x1b[31m", "\x0b", "\x7f", "\x9f", "\ud83d"])
def test_hidden_characters_are_refused_by_code_point(hidden: str) -> None:
    with pytest.raises(ServiceError, match=rf"hidden character \(U\+{ord(hidden[0]):04X}\)"):
        message(f"one{hidden}two")


@pytest.mark.parametrize(
    "blank", ["", "  \n\t ", "\u200b", "\u3164", "\u2800\u2800", "\ufeff \u2060", "\ufe0f\u200d"]
)
def test_invisible_text_is_empty(blank: str) -> None:
    with pytest.raises(ServiceError, match="The message is empty"):
        message(blank)
    assert title(blank, required=False) == ""


def test_line_ends_become_newlines_or_spaces() -> None:
    assert message("a\r\nb\rc\u2028d\u0085e\n\tf") == "a\nb\nc\nd\ne\n\tf"
    assert title("Maths\r\n\tclub \u00a0 7") == "Maths club 7"


def test_length_counts_after_nfc_and_the_error_says_by_how_much_it_is_exceeded() -> None:
    assert len(message("e\u0301" * MESSAGE_LIMIT)) == MESSAGE_LIMIT
    assert message(" " * 50_000 + "a" * MESSAGE_LIMIT) == "a" * MESSAGE_LIMIT
    with pytest.raises(ServiceError, match=r"is 1 character too long\. Shorten it to 4,000"):
        message("a" * (MESSAGE_LIMIT + 1))
    with pytest.raises(ServiceError, match="is 5,996,000 characters too long"):
        message("\u0301" * 6_000_000)


def test_piles_of_accents_are_refused_but_no_language_is() -> None:
    with pytest.raises(ServiceError, match="too many accents"):
        message("z" + "\u0335" * 31)
    with pytest.raises(ServiceError, match="too many accents"):
        title("z" + "\u0335" * 5)
    # Hindi, Vietnamese, Burmese, Tibetan, Thai, Hebrew with points, Persian, a family
    for word in [
        "सब्ज़ियाँ",
        "Nguyễn Thị Ngọc Ánh",
        "လျှော့",
        "བསྒྲུབས",
        "น้ำเชื่อม",
        "שָׁלוֹם",
        "می‌خواهم",
        "👩‍👩‍👧‍👦",
    ]:
        assert title(word) == message(word) == unicodedata.normalize("NFC", word)


@pytest.mark.parametrize("control", "\u202a\u202e\u2066\u2069\u200e\u200f\u061c")
def test_direction_controls_may_be_in_a_message_but_not_in_a_name(control: str) -> None:
    assert message(f"exe{control}gpj") == f"exe{control}gpj"
    with pytest.raises(ServiceError, match="hidden character"):
        title(f"exe{control}gpj")
