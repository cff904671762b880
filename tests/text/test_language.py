"""The language of a text, where it is long enough to be sure."""

from __future__ import annotations

import pytest

from crawler.text.language import language_of, language_of_markup

TEXTS = {
    "en": "The council met on Tuesday to vote on the new school, and most members were for it.",
    "de": "Der Rat hat am Dienstag über die neue Schule abgestimmt, und die meisten waren dafür.",
    "es": "El consejo votó el martes sobre la nueva escuela, y la mayoría dijo que sí.",
    "pl": "Rada głosowała we wtorek w sprawie nowej szkoły i większość jej członków była za.",
    "ru": "Городской совет во вторник решил увеличить субсидии на общественный транспорт.",
    "ja": "市議会は火曜日、新しい学校について採決を行い、議員の大多数が賛成した。",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_long_text_tells_its_language(language: str) -> None:
    assert language_of(TEXTS[language] * 4) == language
    assert language_of_markup(f"<p class='x'>{TEXTS[language] * 4}</p>") == language


@pytest.mark.parametrize("text", ["", "Fair today.", "1 2 3 " * 200, "¡!?… " * 200])
def test_what_is_short_or_has_no_words_tells_none(text: str) -> None:
    assert language_of(text) == ""
