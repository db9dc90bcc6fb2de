"""The readability index agrees with figures counted by hand and tells easy from bureaucratic."""

import pytest

from tests.house.gulpease import gulpease, words_in

LEAD = "Fai una domanda alla Città metropolitana di Milano o prenota un appuntamento. Non serve registrarsi."
BUREAUCRATIC = (
    "Si comunica che la documentazione presentata risulta incompleta relativamente alle dichiarazioni "
    "sostitutive previste dalla vigente normativa regolamentare."
)


def test_the_formula_is_the_published_one() -> None:
    # 15 words, 84 letters, 2 sentences: 89 + (600 - 840) / 15
    assert gulpease(LEAD) == pytest.approx(73.0)


def test_bureaucratic_italian_is_hard() -> None:
    assert gulpease(BUREAUCRATIC) < 40 < 60 < gulpease(LEAD)


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        (
            "Chiama l’URP alle 10.00 domani mattina presto per favore",
            "Chiama l URP alle 1 000 domani mattina presto per favore",
        ),
        (
            "Leggi qui: trovi tutto quello che ti serve sapere",
            "Leggi qui trovi tutto quello che ti serve sapere",
        ),
        (
            "Un paragrafo senza punto finale\n\nUn altro paragrafo dopo",
            "Un paragrafo senza punto finale. Un altro paragrafo dopo.",
        ),
        ("Prima riga della\nstessa frase lunga", "Prima riga della stessa frase lunga"),
        (
            "Hai finito? Bene! Ora «invia la domanda.» Grazie",
            "Hai finito. Bene. Ora invia la domanda. Grazie.",
        ),
    ],
)
def test_what_ends_a_sentence_and_what_does_not(text: str, same_as: str) -> None:
    assert gulpease(text) == pytest.approx(gulpease(same_as))


def test_the_index_stays_between_0_and_100() -> None:
    assert gulpease("Sì. No. Qui.") == 100
    assert gulpease("Precipitevolissimevolmente" * 3) == 0
    assert gulpease("") == gulpease("…") == 100


def test_words_are_counted_as_the_index_counts_them() -> None:
    assert words_in("L’ufficio è in via Vivaio 1.") == 7
