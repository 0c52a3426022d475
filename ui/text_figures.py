"""What the figures of confidence and steering mean: in words, as a formula, and from where."""

from __future__ import annotations

from ui.text_introspection import Explanation

CONFIDENCE = (
    Explanation(
        term="confidence",
        meaning="How likely the answer is right, by answers of this very model that were checked. "
        "Without such answers there is no confidence; it is then unmeasured.",
        formula="1 / (1 + exp(-(b + sum over k of w(k) * z(k))))",
        symbols="z(k): what was measured in the answer, such as its mean entropy, in standard "
        "deviations; w(k), b: fitted to checked answers. An isotonic step takes its place where "
        "that fits better.",
        source="Platt 1999; Zadrozny and Elkan 2002",
    ),
    Explanation(
        term="ECE",
        meaning="Expected calibration error: how far confidence and accuracy lie apart, on "
        "average. Even a perfectly calibrated model shows some of it on few answers; how much is "
        "said beside it.",
        formula="sum over bins b of n(b) / N * abs(accuracy(b) - confidence(b))",
        symbols="ten bins of equal count, by confidence; n(b): answers in a bin; N: all answers.",
        source="Naeini et al. 2015; arXiv:1904.01685; null by doi:10.1175/WAF993.1",
    ),
    Explanation(
        term="AUROC",
        meaning="The chance that a right answer has more confidence than a wrong one. 0.5 is "
        "chance, 1 is perfect.",
        formula="P(c(right) > c(wrong)) + P(c(right) = c(wrong)) / 2",
        symbols="c: the confidence of an answer drawn at random from the right or the wrong ones.",
        source="Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747",
    ),
    Explanation(
        term="risk-coverage",
        meaning="How many of the answers given would be wrong if only the surest part of all "
        "questions were answered.",
        formula="risk(s) = wrong among the surest share s / all among the surest share s",
        symbols="s: the share of questions answered, the coverage.",
        source="El-Yaniv and Wiener 2010; arXiv:1705.08500",
    ),
    Explanation(
        term="Brier",
        meaning="Mean squared distance between confidence and what came. 0 is perfect; always "
        "saying 0.5 gives 0.25.",
        formula="mean of (c - y)^2",
        symbols="c: confidence; y: 1 for right, 0 for wrong.",
        source="Brier 1950",
    ),
    Explanation(
        term="semantic entropy",
        meaning="How far the meanings of several answers to the same question lie apart. 0 means "
        "that all say the same.",
        formula="-sum over k of n(k) / N * ln(n(k) / N)",
        symbols="n(k): answers that share meaning k; N: answers drawn.",
        source="doi:10.1038/s41586-024-07421-0",
    ),
)

STEERING = (
    Explanation(
        term="direction",
        meaning="What sets the model's states at one kind of text apart from those at another, as "
        "a vector at one layer. It belongs to the model that it was taken from.",
        formula="v = mean of h(with) - mean of h(without)",
        symbols="h: hidden state at the last token of each text, after the layer.",
        source="arXiv:2312.06681",
    ),
    Explanation(
        term="steering",
        meaning="Pushing the model along a direction while it writes. Its strength is told in mean "
        "lengths of the state at that layer.",
        formula="h' = h + s * m * v / length(v)",
        symbols="h: hidden state after the layer; s: strength; m: mean length of the states "
        "there; v: the direction.",
        source="arXiv:2308.10248; arXiv:2312.06681",
    ),
    Explanation(
        term="random control",
        meaning="A random direction of the same length, added instead. What it does as well is not "
        "the direction's doing.",
        formula="h' = h + s * m * r / length(r)",
        symbols="r: drawn at random once for each direction; the rest as in steering.",
    ),
)
