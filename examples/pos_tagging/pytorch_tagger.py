#!/usr/bin/python3
"""The tagger of this example in PyTorch, to compare with: the same features, network and training.

    examples/pos_tagging/pytorch_tagger.py TRAIN.conllu DEV.conllu TEST.conllu [--seed 1]

Only the random numbers are others, and so the two differ as two seeds do.
"""

import argparse
import collections
import math
import random

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

EPOCHS, BATCH_SIZE, HIDDEN_SIZE, LEARNING_RATE, DROPOUT = 15, 16, 128, 3e-3, 0.33


def read_conllu(file):
    """Sentences as lists of (word, tag)."""
    sentences = [[]]
    with open(file, encoding='utf-8') as lines:
        for line in lines:
            cells = line.rstrip('\n').split('\t')
            if cells == [''] and sentences[-1]:
                sentences.append([])
            elif len(cells) == 10 and cells[0].isdigit():
                sentences[-1].append((cells[1], cells[3]))
    return [sentence for sentence in sentences if sentence]


def features(word):
    """Lowered word, first and last three letters, and whether it has capitals, digits, hyphens."""
    low = word.lower()
    shape = (word[0].isupper() + 2 * all(c.isupper() for c in word) +
             4 * any(c.isdigit() for c in word) + 8 * ('-' in word))
    return low, low[:3], low[-3:], shape


class Encoder:
    """Numbers for words, prefixes, suffixes and tags; 0 stands for unknown ones."""

    def __init__(self, sentences):
        pairs = [(features(word), tag) for sentence in sentences for word, tag in sentence]
        columns = [[of_word[i] for of_word, _ in pairs] for i in range(3)]
        columns.append([tag for _, tag in pairs])
        self.words, self.prefixes, self.suffixes, self.tags = (
            {text: i + 1 for i, text in enumerate(dict.fromkeys(column))} for column in columns)
        self.counts = collections.Counter(columns[0])

    def encode(self, sentence, hides):
        """(T, 4) numbers. With `hides`, half of the words seen once are taken for unknown."""
        rows = []
        for word, prefix, suffix, shape in (features(word) for word, _ in sentence):
            is_hidden = hides and self.counts[word] == 1 and random.random() < 0.5
            rows.append((0 if is_hidden else self.words.get(word, 0), self.prefixes.get(prefix, 0),
                         self.suffixes.get(suffix, 0), shape))
        return torch.tensor(rows)


class Tagger(torch.nn.Module):
    def __init__(self, encoder):
        super().__init__()
        sizes = (len(encoder.words) + 1, 100), (len(encoder.prefixes) + 1, 50), (
            len(encoder.suffixes) + 1, 50), (16, 8)
        self.embeddings = torch.nn.ModuleList(torch.nn.Embedding(*size) for size in sizes)
        self.dropout = torch.nn.Dropout(DROPOUT)
        self.lstm = torch.nn.LSTM(208, HIDDEN_SIZE, bidirectional=True)
        self.fc = torch.nn.Linear(2 * HIDDEN_SIZE, len(encoder.tags) + 1)

    def forward(self, sentences):
        lengths = torch.tensor([len(sentence) for sentence in sentences])
        numbers = pad_sequence(sentences)
        x = torch.cat([of(numbers[..., i]) for i, of in enumerate(self.embeddings)], dim=2)
        packed = pack_padded_sequence(self.dropout(x), lengths, enforce_sorted=False)
        output, _ = pad_packed_sequence(self.lstm(packed)[0])
        is_word = torch.arange(len(output))[:, None] < lengths
        return self.fc(self.dropout(output[is_word])), is_word


def batches(sentences, batch_size, shuffles=False):
    """Sentences of about the same length together."""
    order = random.sample(sentences, len(sentences)) if shuffles else list(sentences)
    order.sort(key=len)
    result = [order[i:i + batch_size] for i in range(0, len(order), batch_size)]
    if shuffles:
        random.shuffle(result)
    return result


def answer(tagger, encoder, batch, hides=False):
    logits, is_word = tagger([encoder.encode(sentence, hides) for sentence in batch])
    tags = [torch.tensor([encoder.tags.get(tag, 0) for _, tag in sentence]) for sentence in batch]
    return logits, pad_sequence(tags)[is_word]


@torch.no_grad()
def accuracy(tagger, encoder, sentences):
    tagger.eval()
    answers = [answer(tagger, encoder, batch) for batch in batches(sentences, 64)]
    correct = sum((logits.argmax(1) == tags).sum().item() for logits, tags in answers)
    return correct / sum(len(tags) for _, tags in answers)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('treebanks', nargs=3, metavar='CONLLU')
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    train, dev, test = map(read_conllu, options.treebanks)
    encoder = Encoder(train)
    tagger = Tagger(encoder)
    optimizer = torch.optim.AdamW(tagger.parameters(), lr=LEARNING_RATE)
    per_epoch = math.ceil(len(train) / BATCH_SIZE)

    def rate(step):
        if step < per_epoch:
            return (step + 1) / per_epoch
        return (1 + math.cos(math.pi * (step / per_epoch - 1) / (EPOCHS - 1))) / 2

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    for _ in range(EPOCHS):
        tagger.train()
        for batch in batches(train, BATCH_SIZE, shuffles=True):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(*answer(tagger, encoder, batch, hides=True)).backward()
            torch.nn.utils.clip_grad_norm_(tagger.parameters(), 5)
            optimizer.step()
            schedule.step()
    print(f'dev accuracy {accuracy(tagger, encoder, dev):.4f}')
    print(f'test accuracy {accuracy(tagger, encoder, test):.4f}')


if __name__ == '__main__':
    main()
