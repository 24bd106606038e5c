"""The telling words of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotify_scope_plugin.prompts.keywords import LANGUAGES, _stop_words, keywords


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("My heart will break if you run into the night", "heart break run night"),
        ("I don't wanna die with a smile, no", "die smile"),
        ("Die Die my darling", "Die Die darling"),
        ("Y me dijo que la noche no termina en el mar", "dijo noche termina mar"),
        ("Eu não quero ver você cair na chuva", "quero ver cair chuva"),
        ("Je ne veux pas que tu m'oublies dans la nuit", "veux m'oublies nuit"),
        ("Du hast mich in die Nacht getragen", "Nacht getragen"),
        ("Il cielo è sempre più blu", "cielo sempre blu"),
        ("눈을 감으면 네가 보여", "눈을 감으면 네가 보여"),
        ("さくら さくら 野山も里も", "さくら さくら 野山も里も"),
        ("हम तुम एक कमरे में", "हम तुम एक कमरे में"),
        ("Я помню чудное мгновенье", "Я помню чудное мгновенье"),
        ("أنا والليل", "أنا والليل"),
        ("Rock'n'roll -- (ooh) heart-shaped box!", "Rock'n'roll heart-shaped box"),
        ("“Hello,” she said… and ran", "Hello said ran"),
    ],
)
def test_lines(line: str, expected: str) -> None:
    assert keywords(line) == expected


def test_a_line_of_stop_words_only_is_kept() -> None:
    assert keywords("I am what I am") == "I am what I am"


def test_typographic_apostrophes_are_apostrophes() -> None:
    assert keywords("I don’t sleep") == "sleep"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_list(language: str) -> None:
    assert len(_stop_words(language)) > 100


@given(st.text())
def test_any_text_keeps_its_order_and_invents_nothing(line: str) -> None:
    for word in keywords(line).split():
        assert word in line
