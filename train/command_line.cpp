#include "train/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "datasets/mnist.hpp"
#include "framework/core/error.hpp"
#include "train/commands.hpp"
#include "train/number_within.hpp"
#include "train/options.hpp"
#include "train/suggest.hpp"

namespace scanline::train {
namespace {

/// The parser and what it writes into.
struct CommandLine {
  CommandLine(const TrainOptions& train_defaults, const models::Table& table)
      : train_options(train_defaults) {
    app.require_subcommand(1);
    app.set_version_flag("--version", "scanline " SCANLINE_VERSION);
    add_train_options(*train, train_options, table);

    eval->add_option("MODEL", eval_options.model, "Run directory or .safetensors file")->required();
    eval->add_option("--dataset", eval_options.dataset, "What to test on [as it was trained]")
        ->check(CLI::IsMember(datasets::names()));
    eval->add_option("--data", eval_options.data, "Directory of its files [data/<dataset>]");
    eval->add_option("--split", eval_options.split, "Which images")
        ->check(CLI::IsMember({"test", "val", "train"}))
        ->capture_default_str();
    eval->add_option("--val-size", eval_options.val_size,
                     "As it was in training, for val and train")
        ->check(number_within(0, 1e9))
        ->capture_default_str();
    eval->add_option("--batch-size", eval_options.batch_size, "Images at once")
        ->check(number_within(1, 1e6))
        ->capture_default_str();
    eval->add_option("--threads", eval_options.threads, "Threads to compute with; 0: all cores")
        ->check(number_within(0, 1024))
        ->capture_default_str();
    eval->add_flag("--json", eval_options.json, "Print one JSON document");
    eval->add_option("--save-logits", eval_options.save_logits,
                     "Write logits (N, classes) and labels (N) to this safetensors file");

    info->add_option("MODEL", info_model, "Run directory or .safetensors file")->required();
  }
  // The parser refers to the members.
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  CLI::App app{"Trains handwritten-digit classifiers that read an image row by row", "scanline"};
  CLI::App* train = app.add_subcommand("train", "Train, validate, test; leaves a run directory");
  CLI::App* eval =
      app.add_subcommand("eval", "Accuracy, loss, per-class figures, confusion matrix");
  CLI::App* info = app.add_subcommand("info", "Architecture, tensors, sizes, training facts");
  TrainOptions train_options;
  EvalOptions eval_options;
  std::string info_model;
};

/// What the user may have meant by an argument that nothing expected.
std::string suggestion(const CommandLine& line, const std::string& argument) {
  std::vector<std::string> known;
  const bool is_option = argument.rfind("-", 0) == 0;
  for (const CLI::App* command : {line.train, line.eval, line.info}) {
    if (!is_option) known.push_back(command->get_name());
    if (!is_option || !command->parsed()) continue;
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  const std::string close = nearest(argument, known);
  return close.empty() ? "" : fmt::format(" (did you mean {}?)", close);
}

/// One line that says what is wrong with the arguments.
std::string describe(const CLI::ParseError& error, const CommandLine& line) {
  // What was left over explains more than what is missing because of it.
  for (const std::string& argument : line.app.remaining(/*recurse=*/true)) {
    const std::string name = argument.substr(0, argument.find('='));
    const bool is_option = name.rfind("-", 0) == 0;
    return fmt::format("unknown {} '{}'{}", is_option ? "option" : "argument", name,
                       suggestion(line, name));
  }
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// Says once what was asked for in vain: recipes and scripts may set options that the chosen
/// optimizer has no use for.
void note_unused_options(const CommandLine& line) {
  const TrainOptions& options = line.train_options;
  const bool uses_momentum = options.optimizer == "sgd" || options.optimizer == "rmsprop";
  if (line.train->count("--momentum") > 0 && options.momentum != 0 && !uses_momentum)
    fmt::print(stderr, "scanline: note: --momentum is not used by {}\n", options.optimizer);
}

void run(const CommandLine& line, const models::Table& table) {
  if (line.train->parsed()) {
    note_unused_options(line);
    train_command(line.train_options, line.train->config_to_str(/*default_also=*/true), table);
  } else if (line.eval->parsed()) {
    eval_command(line.eval_options, table);
  } else {
    info_command(line.info_model, table);
  }
}

int fail(int status, const std::string& message) {
  fmt::print(stderr, "scanline: {}\n", message);
  return status;
}

}  // namespace

int main(int argc, const char* const* argv, const models::Table& table) {
  // The recipe decides what the other options start from, so it is looked up in a first reading,
  // whose complaints are left to the second.
  CommandLine first({}, table);
  try {
    first.app.parse(argc, argv);
  } catch (const CLI::ParseError&) {
  }
  try {
    CommandLine line(recipe(first.train_options.recipe), table);
    try {
      line.app.parse(argc, argv);
    } catch (const CLI::Success& request) {  // for help, or for the version
      return line.app.exit(request);
    } catch (const CLI::ParseError& error) {
      return fail(2, describe(error, line));
    }
    run(line, table);
    return 0;
  } catch (const Error& error) {
    return fail(1, error.what());
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory");
  } catch (const std::exception& error) {
    return fail(1, fmt::format("unexpected failure: {}", error.what()));
  }
}

}  // namespace scanline::train
