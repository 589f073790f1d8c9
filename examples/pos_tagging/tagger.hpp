#pragma once

#include <map>
#include <string>
#include <vector>

#include "conllu.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/embedding.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"

namespace pos_tagging {

using scanline::Array;
using scanline::Index;
using scanline::Tensor;

/// Numbers for the different texts among some, in the order in which they were first seen. 0 stands
/// for all that are unknown.
class Vocabulary {
 public:
  void add(const std::string& text);
  /// The number of a text, 0 if it is unknown.
  Index number(const std::string& text) const;
  /// How often a text was added.
  Index count(const std::string& text) const;
  const std::string& text(Index number) const { return texts_[static_cast<std::size_t>(number)]; }
  Index size() const { return static_cast<Index>(texts_.size()); }

 private:
  struct Entry {
    Index number, count;
  };
  std::map<std::string, Entry> entries_;
  std::vector<std::string> texts_{"?"};
};

/// What is known of words before they are read in their sentence. All are of shape (T, B), int64,
/// where T is the length of the longest sentence; 0 behind the end of the others.
struct Words {
  Array words, prefixes, suffixes, shapes;
  scanline::Lengths lengths;
};

/// Turns words into numbers. All of them come from the sentences that it is made of.
class Encoder {
 public:
  explicit Encoder(const std::vector<Sentence>& sentences);

  /// The sentences side by side. Where there is a `random`, half of the words that were seen once
  /// are taken for unknown, so that the network learns what to make of these.
  Words encode(const std::vector<const Sentence*>& sentences,
               scanline::Random* random = nullptr) const;
  /// The tags of all words, (N,), in the order of the Tagger's rows; 0 for unknown ones.
  Array encode_tags(const std::vector<const Sentence*>& sentences) const;

  Vocabulary words, prefixes, suffixes, tags;
  /// Whether it begins with a capital, is all in capitals, has a digit, has a hyphen: 4 bits.
  static constexpr Index shapes = 16;
};

/// Embeddings of words, their first and last three letters and their shape, read both ways by an
/// LSTM, and a linear head that says for each word which tag it has (after Plank et al. 2016, arXiv
/// 1604.05529).
class Tagger : public scanline::nn::Module {
 public:
  struct Options {
    Index hidden_size = 128;
    double dropout = 0.33;
  };
  Tagger(const Encoder& encoder, const Options& options);

  /// Logits (N, tags) of all N words: those of the first step, sentence by sentence, then those of
  /// the second, and so on.
  Tensor operator()(const Words& words);

 private:
  scanline::nn::Embedding &words_, &prefixes_, &suffixes_, &shapes_;
  scanline::nn::Dropout& dropout_;
  scanline::nn::LSTM& lstm_;
  scanline::nn::Linear& fc_;
};

}  // namespace pos_tagging
