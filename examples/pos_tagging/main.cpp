// Learns from a treebank which part of speech each word of a sentence is.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "conllu.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/loss.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "scanline/framework/optim/adam.hpp"
#include "scanline/framework/optim/clip.hpp"
#include "scanline/framework/optim/schedules.hpp"
#include "tagger.hpp"

namespace {

using namespace pos_tagging;
using scanline::Purpose;
using scanline::Random;
using Batch = std::vector<const Sentence*>;

struct Options {
  std::string train, dev, test, sentence;
  Index epochs = 15, batch_size = 16, hidden_size = 128;
  double learning_rate = 3e-3, dropout = 0.33;
  std::uint64_t seed = 1;
};

/// Sentences of about the same length together, so that little is filled up. With a `random`, those
/// of equal length change places, and so do the batches.
std::vector<Batch> batches(const std::vector<Sentence>& sentences, Index batch_size,
                           Random* random = nullptr) {
  Batch order;
  for (const Sentence& sentence : sentences) order.push_back(&sentence);
  if (random) random->shuffle(order.data(), static_cast<Index>(order.size()));
  std::stable_sort(order.begin(), order.end(), [](const Sentence* a, const Sentence* b) {
    return a->words.size() < b->words.size();
  });
  std::vector<Batch> result;
  for (std::size_t begin = 0; begin < order.size(); begin += static_cast<std::size_t>(batch_size))
    result.emplace_back(
        order.begin() + static_cast<std::ptrdiff_t>(begin),
        order.begin() + static_cast<std::ptrdiff_t>(
                            std::min(order.size(), begin + static_cast<std::size_t>(batch_size))));
  if (random) random->shuffle(result.data(), static_cast<Index>(result.size()));
  return result;
}

/// The share of words whose tag is found.
double accuracy(Tagger& tagger, const Encoder& encoder, const std::vector<Sentence>& sentences) {
  const scanline::NoGrad no_grad;
  tagger.eval();
  Index correct = 0, total = 0;
  for (const Batch& batch : batches(sentences, 64)) {
    const Array tags = encoder.encode_tags(batch);
    const Array found = argmax(tagger(encoder.encode(batch)), 1);
    for (Index i = 0; i < tags.size(); ++i) correct += found.at(i) == tags.at(i);
    total += tags.size();
  }
  return static_cast<double>(correct) / static_cast<double>(total);
}

void train(Tagger& tagger, const Encoder& encoder, const std::vector<Sentence>& sentences,
           const std::vector<Sentence>& dev, const Options& options) {
  const std::vector<Tensor> parameters = tagger.parameters();
  scanline::optim::AdamW optimizer(parameters, options.learning_rate);
  const auto per_epoch = static_cast<Index>(batches(sentences, options.batch_size).size());
  const scanline::optim::CosineSchedule schedule({.learning_rate = options.learning_rate,
                                                  .total_steps = options.epochs * per_epoch,
                                                  .warmup_steps = per_epoch});
  Index step = 0;
  for (Index epoch = 1; epoch <= options.epochs; ++epoch) {
    tagger.train();
    Random random(options.seed, Purpose::shuffle, static_cast<std::uint32_t>(epoch));
    double loss_sum = 0;
    for (const Batch& batch : batches(sentences, options.batch_size, &random)) {
      const Tensor loss =
          cross_entropy(tagger(encoder.encode(batch, &random)), encoder.encode_tags(batch));
      optimizer.zero_grad();
      loss.backward();
      scanline::optim::clip_grad_norm(parameters, 5);
      optimizer.set_learning_rate(schedule.at(step++));
      optimizer.step();
      loss_sum += loss.item();
    }
    fmt::print("epoch {:2}  loss {:.4f}  dev accuracy {:.4f}\n", epoch,
               loss_sum / static_cast<double>(per_epoch), accuracy(tagger, encoder, dev));
  }
}

/// Prints each word with its tag.
void print_tags(Tagger& tagger, const Encoder& encoder, const std::string& text) {
  Sentence sentence;
  std::istringstream words(text);
  for (std::string word; words >> word;) sentence.words.push_back(word);
  if (sentence.words.empty()) return;
  const scanline::NoGrad no_grad;
  tagger.eval();
  const Array tags = argmax(tagger(encoder.encode({&sentence})), 1);
  for (std::size_t i = 0; i < sentence.words.size(); ++i)
    fmt::print("{}/{}{}", sentence.words[i], encoder.tags.text(tags.data<std::int64_t>()[i]),
               i + 1 < sentence.words.size() ? " " : "\n");
}

void run(const Options& options) {
  const std::vector<Sentence> sentences = read_conllu(options.train),
                              dev = read_conllu(options.dev), test = read_conllu(options.test);
  scanline::set_default_random_state({.seed = options.seed});
  const Encoder encoder(sentences);
  Tagger tagger(encoder, {.hidden_size = options.hidden_size, .dropout = options.dropout});
  fmt::print("{} sentences, {} words, {} tags, {} parameters\n", sentences.size(),
             encoder.words.size() - 1, encoder.tags.size() - 1, tagger.parameter_count());
  train(tagger, encoder, sentences, dev, options);
  print_tags(tagger, encoder, options.sentence);
  fmt::print("test accuracy {:.4f}\n", accuracy(tagger, encoder, test));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Tags the words of sentences with their parts of speech."};
  app.option_defaults()->always_capture_default();
  Options options;
  app.add_option("--train", options.train, "Treebank (CoNLL-U) to learn from")->required();
  app.add_option("--dev", options.dev, "Treebank to choose options by")->required();
  app.add_option("--test", options.test, "Treebank to test on")->required();
  app.add_option("--tag", options.sentence, "A sentence to tag, with spaces between the words");
  app.add_option("--epochs", options.epochs, "Passes over the sentences")
      ->check(CLI::Range(1, 1000));
  app.add_option("--batch-size", options.batch_size, "Sentences at once")
      ->check(CLI::Range(1, 1000));
  app.add_option("--hidden-size", options.hidden_size, "Units of the LSTM, each way")
      ->check(CLI::Range(1, 4096));
  app.add_option("--lr", options.learning_rate, "Highest learning rate")
      ->check(CLI::PositiveNumber);
  app.add_option("--dropout", options.dropout, "Before and behind the LSTM")
      ->check(CLI::Range(0.0, 0.99));
  app.add_option("--seed", options.seed, "Of weights, order and dropout");
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const scanline::Error& error) {
    fmt::print(stderr, "pos_tagging: {}\n", error.what());
    return 1;
  }
}
