#include "tagger.hpp"

#include <algorithm>
#include <cctype>

#include "scanline/framework/ops/gather.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace pos_tagging {
namespace {

constexpr Index word_width = 100, affix_width = 50, shape_width = 8;
constexpr std::size_t affix_length = 3;

bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

std::string lower(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

std::string prefix(const std::string& word) { return lower(word.substr(0, affix_length)); }
std::string suffix(const std::string& word) {
  return lower(word.substr(word.size() - std::min(affix_length, word.size())));
}

Index shape(const std::string& word) {
  return (!word.empty() && is_upper(word.front()) ? 1 : 0) |
         (std::all_of(word.begin(), word.end(), is_upper) ? 2 : 0) |
         (std::any_of(word.begin(), word.end(), is_digit) ? 4 : 0) |
         (word.find('-') != word.npos ? 8 : 0);
}

/// Calls `visit(t, b)` for all words, in the order of the Tagger's rows.
template <class Visit>
void for_each_word(const scanline::Lengths& lengths, const Visit& visit) {
  const Index steps = *std::max_element(lengths.begin(), lengths.end());
  for (Index t = 0; t < steps; ++t)
    for (std::size_t b = 0; b < lengths.size(); ++b)
      if (t < lengths[b]) visit(static_cast<std::size_t>(t), b);
}

scanline::Lengths lengths_of(const std::vector<const Sentence*>& sentences) {
  scanline::Lengths lengths;
  for (const Sentence* sentence : sentences)
    lengths.push_back(static_cast<Index>(sentence->words.size()));
  return lengths;
}

}  // namespace

void Vocabulary::add(const std::string& text) {
  const auto [entry, is_new] = entries_.try_emplace(text, Entry{size(), 0});
  if (is_new) texts_.push_back(text);
  ++entry->second.count;
}

Index Vocabulary::number(const std::string& text) const {
  const auto found = entries_.find(text);
  return found == entries_.end() ? 0 : found->second.number;
}

Index Vocabulary::count(const std::string& text) const {
  const auto found = entries_.find(text);
  return found == entries_.end() ? 0 : found->second.count;
}

Encoder::Encoder(const std::vector<Sentence>& sentences) {
  for (const Sentence& sentence : sentences) {
    for (const std::string& word : sentence.words) {
      words.add(lower(word));
      prefixes.add(prefix(word));
      suffixes.add(suffix(word));
    }
    for (const std::string& tag : sentence.tags) tags.add(tag);
  }
}

Words Encoder::encode(const std::vector<const Sentence*>& sentences,
                      scanline::Random* random) const {
  const scanline::Lengths lengths = lengths_of(sentences);
  const auto batch = static_cast<Index>(sentences.size());
  const scanline::Shape all{*std::max_element(lengths.begin(), lengths.end()), batch};
  const auto zeros = [&] { return Array::zeros(all, scanline::DType::int64); };
  const Words result{zeros(), zeros(), zeros(), zeros(), lengths};
  for_each_word(lengths, [&](std::size_t t, std::size_t b) {
    const std::string& word = sentences[b]->words[t];
    const auto set = [&](const Array& to, Index number) {
      to.data<std::int64_t>()[t * sentences.size() + b] = number;
    };
    const std::string lowered = lower(word);
    const bool is_hidden = random != nullptr && words.count(lowered) == 1 && random->below(2) == 0;
    set(result.words, is_hidden ? 0 : words.number(lowered));
    set(result.prefixes, prefixes.number(prefix(word)));
    set(result.suffixes, suffixes.number(suffix(word)));
    set(result.shapes, shape(word));
  });
  return result;
}

Array Encoder::encode_tags(const std::vector<const Sentence*>& sentences) const {
  std::vector<std::int64_t> numbers;
  for_each_word(lengths_of(sentences), [&](std::size_t t, std::size_t b) {
    numbers.push_back(tags.number(sentences[b]->tags[t]));
  });
  return Array::from(numbers);
}

Tagger::Tagger(const Encoder& encoder, const Options& options)
    : words_(child<scanline::nn::Embedding>("words", encoder.words.size(), word_width)),
      prefixes_(child<scanline::nn::Embedding>("prefixes", encoder.prefixes.size(), affix_width)),
      suffixes_(child<scanline::nn::Embedding>("suffixes", encoder.suffixes.size(), affix_width)),
      shapes_(child<scanline::nn::Embedding>("shapes", Encoder::shapes, shape_width)),
      dropout_(child<scanline::nn::Dropout>("dropout", options.dropout)),
      lstm_(child<scanline::nn::LSTM>("lstm",
                                      {.input_size = word_width + 2 * affix_width + shape_width,
                                       .hidden_size = options.hidden_size,
                                       .bidirectional = true})),
      fc_(child<scanline::nn::Linear>("fc", 2 * options.hidden_size, encoder.tags.size())) {}

Tensor Tagger::operator()(const Words& words) {
  const Tensor x = scanline::concatenate({words_(words.words), prefixes_(words.prefixes),
                                          suffixes_(words.suffixes), shapes_(words.shapes)},
                                         2);                           // (T, B, features)
  const Tensor output = lstm_(dropout_(x), {}, words.lengths).output;  // (T, B, 2 H)
  // Only the rows of words, without those that fill up shorter sentences.
  std::vector<std::int64_t> rows;
  for_each_word(words.lengths, [&](std::size_t t, std::size_t b) {
    rows.push_back(static_cast<std::int64_t>(t * words.lengths.size() + b));
  });
  const Tensor of_words = embedding(reshape(output, {-1, output.size(2)}), Array::from(rows));
  return fc_(dropout_(of_words));
}

}  // namespace pos_tagging
