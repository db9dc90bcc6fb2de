"""Ready answers are found by words, whatever the accents and endings."""

import pytest

from urp.offices.word_match import best, words

ANSWERS = [
    ("strade", "C’è una buca sulla strada: a chi lo dico?", "Le vie di Milano sono del Comune."),
    ("atti", "Come chiedo di vedere un atto?", "Scegli l’argomento e spiega perché. La città risponde."),
    ("persona", "Posso venire di persona?", "Sì, ma solo su appuntamento."),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("strade", ["strade"]),
        ("STRADA rovinata", ["strade"]),
        ("citta", ["atti"]),
        ("città", ["atti"]),
        ("appuntamenti", ["persona"]),
        ("l’appuntamento", ["persona"]),
        ("vedere la strada", ["strade", "atti"]),
        ("come posso", []),
        ("", []),
        ("?!", []),
        ("bicicletta", []),
    ],
)
def test_words_find_their_answers(query: str, found: list[str]) -> None:
    assert best(query, ANSWERS, limit=10) == found


def test_a_word_in_the_question_counts_more_than_one_in_the_answer() -> None:
    candidates = [("second", "Altro", "parco"), ("first", "Il parco", "altro")]
    assert best("parco", candidates, limit=10) == ["first", "second"]


def test_no_more_than_the_limit_is_returned() -> None:
    assert best("milano", [(number, "Milano", "") for number in range(9)], limit=3) == [0, 1, 2]


def test_accents_and_case_do_not_matter() -> None:
    assert words("Perché È così? L’età") == ["perche", "cosi", "eta"]
