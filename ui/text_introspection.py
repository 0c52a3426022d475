"""What the figures of one token mean: in words, as a formula, and from where.

GLOSSARY.md has a row for each; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One figure.

    Attributes:
        term: Its word, as in GLOSSARY.md.
        meaning: One or two plain sentences.
        formula: How it is worked out, in signs that a keyboard has; empty where words say it all.
        symbols: What the signs stand for.
        source: Where it is from.
    """

    term: str
    meaning: str
    formula: str = ""
    symbols: str = ""
    source: str = ""


TOKEN = (
    Explanation(
        term="token",
        meaning="The piece of text a model reads and writes, a word or a part of one. Every mark "
        "here belongs to one of them.",
    ),
    Explanation(
        term="surprisal",
        meaning="How unexpected a token was to the model that wrote it. 0 means it was certain.",
        formula="-ln p(t)",
        symbols="p(t): the model's probability of the token t, before temperature and other "
        "sampling settings; ln: natural logarithm, so that the unit is nats.",
        source="Shannon 1948",
    ),
    Explanation(
        term="entropy",
        meaning="How open it was which token comes next. 0 means only one could come; each 0.69 "
        "nats more is like one more toss of a coin.",
        formula="-sum over i of p(i) * ln p(i)",
        symbols="p(i): probability of each token of the vocabulary, before sampling settings.",
        source="Shannon 1948",
    ),
    Explanation(
        term="varentropy",
        meaning="How unevenly that openness is spread: high where a few likely tokens stand beside "
        "many unlikely ones.",
        formula="sum over i of p(i) * (ln p(i) + H)^2",
        symbols="p(i): probability of each token; H: the entropy.",
        source="Kontoyiannis and Verdú 2014, doi:10.1109/TIT.2013.2291007",
    ),
    Explanation(
        term="rank",
        meaning="The token's place when all tokens are ordered by probability; 1 is the likeliest.",
        formula="1 + number of tokens j with p(j) > p(t)",
        symbols="p: the model's probabilities; t: the token that came.",
    ),
    Explanation(
        term="margin",
        meaning="By how much the likeliest token led over the second. Near 0 it was a toss-up.",
        formula="ln p(1st) - ln p(2nd)",
        symbols="p(1st), p(2nd): the two highest probabilities.",
    ),
    Explanation(
        term="fork",
        meaning="A place where the model hesitated: much was open, and the second token was at "
        "least half as likely as the first.",
        formula="entropy >= 1 nat and margin <= ln 2",
        symbols="ln 2 = 0.69.",
    ),
    Explanation(
        term="boundary",
        meaning="A token far more surprising than those before it: something new begins.",
        formula="surprisal > mean + 2 * deviation",
        symbols="mean, deviation: of the surprisal of the 64 tokens before; 16 at the least.",
        source="arXiv:2407.09450",
    ),
    Explanation(
        term="repetition",
        meaning="The token goes on with a loop: the same run of up to 32 tokens came at least "
        "three times in a row.",
    ),
    Explanation(
        term="user surprise",
        meaning="How unexpected your words were to the model, a token on average. It says nothing "
        "of whether they are good or true.",
        formula="mean of -ln p(t) over the tokens of your message",
        symbols="p(t): the model's probability of each token given all before it.",
        source="Shannon 1948",
    ),
    Explanation(
        term="cost",
        meaning="The share of the answer's time that measuring took.",
        formula="time measuring / time from the first token to the last",
    ),
)

DEPTH = (
    Explanation(
        term="logit lens",
        meaning="What the model would say if it stopped after a layer: its last step is applied to "
        "the state there. Early layers were never meant to be read so; there it is only a hint.",
        formula="p(layer) = softmax(W * norm(h(layer)))",
        symbols="h: hidden state after the layer; norm: the model's last norm; W: its output "
        "weights; softmax: turns scores into probabilities.",
        source='nostalgebraist 2020, "interpreting GPT: the logit lens"; arXiv:2303.08112',
    ),
    Explanation(
        term="commit depth",
        meaning="The first layer read from which on the token that is likeliest in the end stays "
        "the likeliest. Late means that the answer was settled only in the last layers.",
        formula="smallest layer l with top(m) = top(last) for all layers m >= l that were read",
        symbols="top: the likeliest token by the logit lens.",
        source="nostalgebraist 2020; arXiv:2303.08112",
    ),
    Explanation(
        term="KL",
        meaning="How far what a layer would say is from what the model says in the end. 0 means "
        "the same.",
        formula="sum over i of p(i) * ln(p(i) / q(i))",
        symbols="p: the model's final probabilities; q: those read at the layer.",
        source="Kullback and Leibler 1951",
    ),
    Explanation(
        term="state norm",
        meaning="The length of the hidden state after the last layer.",
        formula="square root of the sum of h(i)^2",
        symbols="h: the hidden state.",
    ),
    Explanation(
        term="drift",
        meaning="How far the hidden state turned from one token to the next. 0 means not at all.",
        formula="1 - dot(h(t), h(t-1)) / (length(h(t)) * length(h(t-1)))",
        symbols="h(t): hidden state after the last layer at token t; dot: the dot product.",
    ),
)

ATTENTION = (
    Explanation(
        term="attention share",
        meaning="How much of its attention the model gave to a part of what it had before it. It "
        "says where the model looked, not what it used.",
        formula="sum of a(j) over the part / sum of a(j) over all but the sink",
        symbols="a(j): attention weight on token j, mean over all heads and the layers read.",
        source="Vaswani et al. 2017, arXiv:1706.03762; arXiv:1902.10186 on what it does not say",
    ),
    Explanation(
        term="attention sink",
        meaning="The first four tokens, where models park attention that nothing needs. It is "
        "taken out before shares are worked out, and said beside them. A rolling context keeps "
        "these tokens when it forgets.",
        formula="sum of a(j) over the first four tokens",
        symbols="a(j): attention weight on token j, mean over all heads and the layers read.",
        source="arXiv:2309.17453",
    ),
    Explanation(
        term="lookback ratio",
        meaning="The part of the attention that is on the prompt rather than on the answer's own "
        "words so far.",
        formula="a(prompt) / (a(prompt) + a(own words))",
        symbols="a: attention without the sink.",
        source="arXiv:2407.07071",
    ),
    Explanation(
        term="confirmed source",
        meaning="A source without which the sentence would have been less likely: it was left out "
        "of the prompt and the same words were scored again.",
        formula="ln p(sentence given all) - ln p(sentence given all but the source) >= 0.1",
        symbols="p: the model's probability of the sentence's tokens.",
        source="arXiv:2409.00729",
    ),
)
