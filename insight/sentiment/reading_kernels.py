"""Reads the signals of a text in order, as a person does: what is denied, strengthened, contrasted or only asked.

The rules follow VADER (Hutto & Gilbert 2014, section 3.3: degrees, negation within three words, `but`,
punctuation), with what Chinese service talk needs besides: questions, A-not-A, degrees behind the word, facts
that went wrong without a feeling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from insight.sentiment.lexicon import EMOTIONS, Kind

if TYPE_CHECKING:
    Floats = NDArray[np.float64]

# Reach of a word in bytes of the spaced text: a Chinese character has three, an English word about eight.
_NOT_REACH, _NOT_REACH_LATIN = 12, 24
_DEGREE_REACH, _DEGREE_REACH_LATIN = 6, 10
_DENIED_PRAISE = -0.75  # not good is a little less than bad
_DENIED_COMPLAINT = -0.1  # not bad is hardly praise
_BEFORE_BUT, _AFTER_BUT = 0.6, 1.25
_ASKED_MILD, _ASKED_STRONG, _STRONG = 0.3, 0.8, 0.55
_SHOUTED = 1.3
_DOUBTED, _DOUBT_ANNOYS = 0.2, 0.35  # 怎么还没到账？？？ is not a mere question
_WORRIED, _ANXIOUS, _PLEASED = (EMOTIONS.index(name) for name in ("worried", "anxious", "pleased"))
_ANNOYED, _DISAPPOINTED = EMOTIONS.index("annoyed"), EMOTIONS.index("disappointed")
_FEAR = 0.12  # worry and haste are feelings, hardly complaints
_N = len(EMOTIONS)


@njit(cache=True, nogil=True)
def read_signals(
    ends: NDArray[np.int64],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    ids: NDArray[np.int32],
    kinds: NDArray[np.int8],
    weights: Floats,
    emotions: NDArray[np.int8],
    degrees: Floats,
    latin: NDArray[np.bool_],
) -> Floats:
    """One row a text: praise, complaint, facts, then the emotions. Signals of a text end at `ends`."""
    out = np.zeros((len(ends), 3 + _N))
    sentence = np.zeros(2 + _N)  # praise, complaint, emotions of the sentence so far
    clause = np.zeros(2 + _N)
    mild = np.zeros(2 + _N)  # of the clause: what a question takes back
    first = 0
    for text in range(len(ends)):
        last = ends[text]
        sentence[:] = 0.0
        clause[:] = 0.0
        mild[:] = 0.0
        asks = False
        boost = 1.0
        factor, factor_end = 1.0, -1_000
        denied, denied_end, denied_reach = False, -1_000, 0
        w, e, feeling_end, worth = 0.0, -1, -1, 0.0  # the latest feeling, for what stands behind it
        for i in range(first, last):
            signal = ids[i]
            kind = kinds[signal]
            if kind == Kind.FEELING:
                if worth != 0.0 and feeling_end == starts[i] and degrees[ids[i - 1]] > 0.0:
                    # 好 in 好难吃 is a degree after all
                    _count(clause, mild, w, e, -1.0)
                    factor, factor_end = degrees[ids[i - 1]], starts[i]
                w = weights[signal]
                e = emotions[signal]
                reach = _DEGREE_REACH_LATIN if latin[signal] else _DEGREE_REACH
                if starts[i] - factor_end <= reach:
                    w *= factor
                if denied and starts[i] - denied_end <= denied_reach:
                    w = _DENIED_PRAISE * w if w > 0.0 else _DENIED_COMPLAINT * w
                    e = _DISAPPOINTED if w < 0.0 else -1
                w *= boost
                _count(clause, mild, w, e, 1.0)
                worth, feeling_end = w, stops[i]
                denied = False
                factor = 1.0
            elif kind == Kind.FACT:
                if not (denied and starts[i] - denied_end <= denied_reach):
                    out[text, 2] += 1.0
                denied = False
            elif kind == Kind.NOT:
                near = denied and starts[i] - denied_end <= denied_reach
                denied = not near  # 不是不满意
                denied_end = stops[i]
                denied_reach = _NOT_REACH_LATIN if latin[signal] else _NOT_REACH
            elif kind == Kind.DEGREE:
                factor, factor_end = weights[signal], stops[i]
            elif kind == Kind.AFTER:
                if feeling_end == starts[i] and worth != 0.0:
                    _count(clause, mild, w, e, -1.0)
                    w *= weights[signal]
                    if weights[signal] < 0.0:
                        w = min(w, 0.0)
                        e = _DISAPPOINTED if w < 0.0 else -1
                    _count(clause, mild, w, e, 1.0)
            elif kind == Kind.BUT:
                sentence *= _BEFORE_BUT
                clause *= _BEFORE_BUT
                mild *= _BEFORE_BUT
                boost = _AFTER_BUT
                denied = False
            elif kind == Kind.ASKS:
                asks = True
            elif kind != Kind.NOTHING:
                if kind == Kind.MANY_DOUBTS:
                    if clause[0] + sentence[0] <= 0.0:
                        clause[1] += _DOUBTED
                        clause[2 + _ANNOYED] += _DOUBT_ANNOYS
                elif asks or kind == Kind.DOUBT:
                    _only_asked(clause, mild)
                if kind == Kind.SHOUT:
                    clause *= _SHOUTED
                sentence += clause
                clause[:] = 0.0
                mild[:] = 0.0
                asks, denied = False, False
                factor = 1.0
                if kind != Kind.COMMA:
                    _tell(out, text, sentence)
                    sentence[:] = 0.0
                    boost = 1.0
        if asks:
            _only_asked(clause, mild)
        sentence += clause
        _tell(out, text, sentence)
        first = last
    return out


@njit(cache=True, nogil=True)
def _count(clause: Floats, mild: Floats, w: float, e: int, sign: float) -> None:
    """Count a feeling (sign 1) or take it back (−1); the sentiment of worry and haste weighs little."""
    weak = 1.0 - _ASKED_STRONG if abs(w) > _STRONG else 1.0 - _ASKED_MILD
    sentiment = abs(w) * _FEAR if e in (_WORRIED, _ANXIOUS) else abs(w)
    if w > 0.0:
        clause[0] += sign * sentiment
        mild[0] += sign * sentiment
    else:
        clause[1] += sign * sentiment
        mild[1] += sign * sentiment * weak
    if e >= 0:
        clause[2 + e] += sign * abs(w)
        if w > 0.0:
            mild[2 + e] += sign * abs(w)
        elif e not in (_WORRIED, _ANXIOUS):  # people ask because they worry
            mild[2 + e] += sign * abs(w) * weak


@njit(cache=True, nogil=True)
def _only_asked(clause: Floats, mild: Floats) -> None:
    """Whether it is good is no praise; whether it is bad is half a complaint."""
    clause -= mild


@njit(cache=True, nogil=True)
def _tell(out: Floats, text: int, sentence: Floats) -> None:
    out[text, 0] += max(sentence[0], 0.0)
    out[text, 1] += max(sentence[1], 0.0)
    for n in range(_N):
        out[text, 3 + n] += max(sentence[2 + n], 0.0)
