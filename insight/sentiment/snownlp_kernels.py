"""The two loops of SnowNLP's score, for numba. Plain functions over arrays: they run, slowly, without it too.

Each stands alone, because it is compiled on first use (`insight.sentiment.snownlp_bulk`), not on import.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any  # numpy arrays of the types that `insight.sentiment.snownlp_model.Model` names

CONTINUES, BEGINS, SPACE = 0, 1, 2  # marks of characters


def mark_words(
    codes: Array,
    marks: Array,
    tag_logs: Array,
    pair_first: Array,
    pair_second: Array,
    pair_entry: Array,
    pair_tags: Array,
    pair_logs: Array,
    triple_first: Array,
    triple_before: Array,
    triple_entry: Array,
    triple_tags: Array,
    triple_logs: Array,
    text_first: Array,
) -> None:
    """Mark where words begin, as `snownlp.seg.seg` cuts them.

    Runs of Han characters are tagged by the best path of a second-order hidden Markov model (Viterbi), everything
    else is split at spaces. Ties fall as in SnowNLP: the first of equals wins, and after a character that the model
    does not know the last predecessor does. A path is kept in 32 bits a character: two for each of 16 states.

    Args:
        codes: code points of all texts, one after the other.
        marks: result, one for each code point: CONTINUES, BEGINS or SPACE.
        text_first: where texts begin, and the last one ends.
        tag_logs, pair_first, pair_second, pair_entry, pair_tags, pair_logs, triple_first, triple_before,
            triple_entry, triple_tags, triple_logs: of the model.
    """
    longest = 0
    run = 0
    for i in range(len(codes)):  # a run that goes on into the next text is only ever cut shorter
        run = run + 1 if 0x4E00 <= codes[i] <= 0x9FA5 else 0
        longest = max(longest, run)
    back = np.empty(longest, np.uint32)
    score = np.empty(16)
    new = np.empty(16)
    logs = np.empty(64)
    for text in range(len(text_first) - 1):
        end = text_first[text + 1]
        i = text_first[text]
        fresh = True  # the next character that is no space begins a word
        while i < end:
            c = codes[i]
            if c < 0x4E00 or c > 0x9FA5:
                space = (
                    c == 0x20
                    or 0x09 <= c <= 0x0D
                    or 0x1C <= c <= 0x1F
                    or c == 0x85
                    or c == 0xA0
                    or c == 0x1680
                    or 0x2000 <= c <= 0x200A
                    or c == 0x2028
                    or c == 0x2029
                    or c == 0x202F
                    or c == 0x205F
                    or c == 0x3000
                )
                if space:
                    marks[i] = 2
                else:
                    marks[i] = 1 if fresh else 0
                fresh = space
                i += 1
                continue
            # A run of Han characters. State: tag * 4 + tag before; at its beginning both are the beginning's.
            start = i
            score[0] = 0.0
            befores, tags = 1, 1
            one, two = 0, 0  # codes of the character before, and the one before that
            while i < end and 0x4E00 <= codes[i] <= 0x9FA5:
                code = int(codes[i]) - 0x4E00 + 1
                path = 0
                known = False
                for s in range(4):
                    if tag_logs[code * 4 + s] != -np.inf:
                        known = True
                if known:
                    for s in range(4):
                        value = tag_logs[code * 4 + s]
                        for k in range(16):
                            logs[k * 4 + s] = value
                    low, high = pair_first[one], pair_first[one + 1]
                    stop = high
                    while low < high:
                        half = (low + high) // 2
                        if pair_second[half] < code:
                            low = half + 1
                        else:
                            high = half
                    if low < stop and pair_second[low] == code:
                        for e in range(pair_entry[low], pair_entry[low + 1]):
                            for s in range(4):
                                logs[s * 16 + pair_tags[e]] = pair_logs[e]
                        least, most = triple_first[low], triple_first[low + 1]
                        stop = most
                        while least < most:
                            half = (least + most) // 2
                            if triple_before[half] < two:
                                least = half + 1
                            else:
                                most = half
                        if least < stop and triple_before[least] == two:
                            for e in range(triple_entry[least], triple_entry[least + 1]):
                                logs[triple_tags[e]] = triple_logs[e]
                    for s in range(4):
                        for tag in range(tags):
                            best = score[tag * 4] + logs[tag * 4 + s]
                            chosen = 0
                            for before in range(1, befores):
                                value = score[tag * 4 + before] + logs[before * 16 + tag * 4 + s]
                                if value > best:
                                    best = value
                                    chosen = before
                            new[s * 4 + tag] = best
                            path |= chosen << (2 * (s * 4 + tag))
                else:
                    for s in range(4):
                        for tag in range(tags):
                            new[s * 4 + tag] = score[tag * 4 + befores - 1]
                            path |= (befores - 1) << (2 * (s * 4 + tag))
                back[i - start] = path
                for k in range(16):
                    score[k] = new[k]
                befores, tags = tags, 4
                two, one = one, code
                i += 1
            chosen = 0
            for tag in range(4):
                for before in range(befores):
                    if score[tag * 4 + before] > score[chosen]:
                        chosen = tag * 4 + before
            for j in range(i - 1, start - 1, -1):  # tags first, into the marks
                marks[j] = chosen // 4
                chosen = chosen % 4 * 4 + ((int(back[j - start]) >> (2 * chosen)) & 3)
            fresh = True
            for j in range(start, i):
                tag = marks[j]
                marks[j] = 1 if fresh or tag == 0 or tag == 3 else 0
                fresh = tag == 2
            fresh = True


def score_words(
    codes: Array,
    marks: Array,
    text_first: Array,
    scores: Array,
    word_slots: Array,
    word_first: Array,
    word_codes: Array,
    word_logs: Array,
    word_stop: Array,
    class_logs: Array,
) -> None:
    """Naive Bayes over the marked words: the probability of `positive`, as `snownlp.sentiment.classify` gives it.

    Words are looked up by hash and then compared character by character, so no two are ever taken for one.

    Args:
        codes, marks, text_first: as in `mark_words`.
        scores: result, one for each text.
        word_slots, word_first, word_codes, word_logs, word_stop, class_logs: of the model.
    """
    mask = len(word_slots) - 1
    for text in range(len(text_first) - 1):
        negative, positive = class_logs[0], class_logs[1]
        i, end = text_first[text], text_first[text + 1]
        while i < end:
            if marks[i] == 2:
                i += 1
                continue
            start = i
            value = np.uint64(0xCBF29CE484222325)
            while True:
                value = (value ^ np.uint64(codes[i])) * np.uint64(0x100000001B3)
                i += 1
                if i >= end or marks[i] != 0:
                    break
            slot = np.int64((value ^ (value >> np.uint64(32))) & np.uint64(mask))
            found = -1
            while word_slots[slot] >= 0:
                word = word_slots[slot]
                first = word_first[word]
                if word_first[word + 1] - first == i - start:
                    same = True
                    for j in range(i - start):
                        if word_codes[first + j] != codes[start + j]:
                            same = False
                            break
                    if same:
                        found = word
                        break
                slot = (slot + 1) & mask
            if found < 0:
                negative += class_logs[2]
                positive += class_logs[3]
            elif not word_stop[found]:
                negative += word_logs[found * 2]
                positive += word_logs[found * 2 + 1]
        # exp beyond the largest double is infinite here where Python raises: both make the share 0
        first_share = 1 / (1.0 + np.exp(positive - negative))
        second_share = 1 / (np.exp(negative - positive) + 1.0)
        scores[text] = 1 - first_share if first_share >= second_share else second_share
