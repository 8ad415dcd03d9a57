"""Is what came the page at all, or a login wall, a shell that a script fills, a page in another language?"""

from __future__ import annotations

import re
from collections import Counter

from .fetch import Source, Unchecked
from .lines import Line

FEW_WORDS = 150
LOGIN_WORDS = re.compile(
    r"(?i)\b(log ?in|sign ?in)\b.*\b(continue|view|account|access|password|email)\b|^(log|sign) ?in$"
)
SCRIPT_WORDS = re.compile(r"(?i)\b(?:enable|turn on|requires?|needs?) javascript\b")
SCRIPTS = {
    "ja": r"[\u3040-\u30ff]",
    "ko": r"[\uac00-\ud7af]",
    "ru": r"[\u0400-\u04ff]",
    "zh": r"[\u4e00-\u9fff]",
}
# Words that mean nothing, and that each text of the language is full of.
FUNCTION_WORDS = {
    "en": "the of to is and are for with this your you that be will from when it by or can",
    "de": "der die das und ist sind für mit dieser ihre sie nicht ein eine wird von wenn auf den im",
    "fr": "le la les des et est sont pour avec ce votre vous une un sera du quand dans par",
    "es": "el los las y es son para con este su usted una un del cuando en por que se al",
    "pt": "o os as e são para com este seu você uma um do da quando em por que não",
    "it": "il gli e sono per con questo tuo una un del della quando che di non si viene",
}


def check_it_is_a_page(source: Source, lines: list[Line], language: str) -> None:
    """Raises Unchecked for an empty page, a login wall, or another language than it was read in."""
    text = "\n".join(line.text for line in lines)
    words = re.findall(r"[^\W\d_]+", text)
    password = source.format == "html" and re.search(
        r"(?i)<input[^>]+type=[\"']?password", source.content
    )
    few = len(words) < FEW_WORDS
    if few and (password or any(LOGIN_WORDS.search(line.text) for line in lines)):
        raise Unchecked("a login wall: little more than a form to log in")
    if few and SCRIPT_WORDS.search(text):
        raise Unchecked("empty: a script has to fill it")
    if (letters := sum(map(len, words))) < 60:
        raise Unchecked(f"empty: {letters} letters; a script may have to fill it")
    if (found := language_of(text)) not in (language, ""):
        raise Unchecked(
            f"in another language: {found}, not {language} (`language` in sources.yaml)"
        )


def language_of(text: str) -> str:
    """Empty when there is too little to tell."""
    letters = len(re.findall(r"[^\W\d_]", text))
    # Chinese last: Japanese has its letters, too.
    for language, script in SCRIPTS.items():
        if len(re.findall(script, text)) > letters / 8:
            return language
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    scores = {
        language: sum(words[word] for word in known.split())
        for language, known in FUNCTION_WORDS.items()
    }
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] >= max(8, 1.5 * scores["en"] * (best != "en")) else ""
