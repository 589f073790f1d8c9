#include "scanline/train/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "scanline/datasets/mnist.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/train/commands.hpp"
#include "scanline/train/config.hpp"
#include "scanline/train/detail/help_formatter.hpp"
#include "scanline/train/detail/option_checks.hpp"
#include "scanline/train/options.hpp"
#include "scanline/train/run_directory.hpp"
#include "scanline/train/standard_streams.hpp"
#include "scanline/framework/core/suggest.hpp"

namespace scanline::train {
namespace {

/// Begins an argument that the parser shall take as it is; no argument of a process has a zero
/// byte.
constexpr char as_it_is = '\0';

/// Marks names of files that the parser would misunderstand: where several values are allowed, it
/// takes "[a,b]" for a list of two, and it forgets a "--" when it has enough values.
std::vector<std::string> with_marks(const std::vector<std::string>& arguments) {
  std::vector<std::string> result;
  bool only_names = false;
  for (const std::string& argument : arguments) {
    const bool is_list = argument.starts_with('[') && argument.ends_with(']');
    if (only_names || is_list)
      result.push_back(as_it_is + argument);
    else if (argument == "--")
      only_names = true;
    else
      result.push_back(argument);
  }
  return result;
}

std::string without_mark(std::string argument) {
  if (argument.starts_with(as_it_is)) argument.erase(0, 1);
  return argument;
}

/// The parser and what it writes into.
struct CommandLine {
  CommandLine(const TrainOptions& train_defaults, const models::Table& table)
      : train_options(train_defaults) {
    app.require_subcommand(1);
    app.set_version_flag("-V,--version", "scanline " SCANLINE_VERSION,
                         "Print the version and exit");
    app.footer(
        "Examples:\n"
        "  scanline train --recipe fast\n"
        "  scanline eval runs/bilstm-1\n"
        "  scanline predict runs/bilstm-1 digit.png --show\n\n"
        "scanline help COMMAND lists the options of a command.");
    const auto formatter = std::make_shared<HelpFormatter>();
    for (CLI::App* command : {&app, train, eval, predict, info}) command->formatter(formatter);
    add_train_options(*train, train_options, table);

    std::vector<std::string> dataset_names = datasets::names();
    dataset_names.emplace_back("folder");
    eval->add_option("MODEL", eval_options.models,
                     "Run directories or .safetensors files; several are compared, a row for each")
        ->required();
    eval->add_option("--dataset", eval_options.dataset,
                     "Dataset to test on [that of the run]; folder stands for pictures in "
                     "subdirectories that are named after their class")
        ->check(one_of(dataset_names));
    eval->add_option("--data", eval_options.data,
                     "Directory with the dataset's files [that of the run]");
    eval->add_option("--split", eval_options.split, "Images to test on")
        ->check(one_of({"test", "val", "train"}))
        ->capture_default_str();
    eval->add_option(
            "--val-size", eval_options.val_size,
            "Validation size used in training, for --split val and train [that of the run]")
        ->transform(whole_number(0, 1'000'000'000));
    eval->add_option("--batch-size", eval_options.batch_size, "Images per batch")
        ->transform(whole_number(1, 1'000'000))
        ->capture_default_str();
    eval->add_option("--threads", eval_options.threads, "Threads; 0: all cores")
        ->transform(whole_number(0, 1024))
        ->capture_default_str();
    eval->add_flag("--ensemble", eval_options.ensemble,
                   "Average the probabilities of several models");
    eval->add_flag("--json", eval_options.json, "Print one JSON document");
    eval->add_option("--save-logits", eval_options.save_logits,
                     "Write logits (N, classes) and labels (N) to this safetensors file");

    predict->add_option("MODEL", predict_options.model, "Run directory or .safetensors file")
        ->required();
    predict->add_option("IMAGE", predict_options.images, "PNG, JPEG, BMP, PGM or PPM files")
        ->required();
    CLI::Option* json = predict->add_flag("--json", predict_options.json,
                                          "Print one JSON document, with all probabilities");
    predict->add_flag("--show", predict_options.show, "Draw what the network sees")->excludes(json);
    predict->add_option("--threads", predict_options.threads, "Threads; 0: all cores")
        ->transform(whole_number(0, 1024))
        ->capture_default_str();

    info->add_option("MODEL", info_model, "Run directory or .safetensors file")->required();

    for (CLI::App* command : {eval, predict, info})
      for (CLI::Option* option : command->get_options({}))
        if (option->get_items_expected_max() > 0)
          option->check(not_empty())
              ->transform(std::function<std::string(std::string)>(without_mark));
  }
  // The parser refers to the members.
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  CLI::App app{"Trains handwritten-digit classifiers that read an image row by row", "scanline"};
  CLI::App* train = app.add_subcommand("train", "Train, validate and test a model");
  CLI::App* eval =
      app.add_subcommand("eval", "Print accuracy, loss, per-class metrics and confusion matrix");
  CLI::App* predict = app.add_subcommand("predict", "Print the class and probability of pictures");
  CLI::App* info =
      app.add_subcommand("info", "Print a model's architecture, tensors and training facts");
  TrainOptions train_options;
  EvalOptions eval_options;
  PredictOptions predict_options;
  std::string info_model;
};

/// What the user may have meant by an argument that nothing expected.
std::string suggestion(const CommandLine& line, const std::string& argument) {
  std::vector<std::string> known;
  const bool is_option = argument.rfind("-", 0) == 0;
  for (const CLI::App* command : {line.train, line.eval, line.predict, line.info}) {
    if (!is_option) known.push_back(command->get_name());
    if (!is_option || !command->parsed()) continue;
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  // What other programs call these options.
  static const std::map<std::string, std::string> synonyms{{"--learning-rate", "--lr"},
                                                           {"--early-stopping", "--patience"},
                                                           {"--name", "--out"},
                                                           {"--output", "--out"},
                                                           {"--amp", "--precision"},
                                                           {"--fp16", "--precision"},
                                                           {"--bf16", "--precision"},
                                                           {"--workers", "--threads"},
                                                           {"--num-workers", "--threads"},
                                                           {"--hidden", "--hidden-size"},
                                                           {"--num-layers", "--layers"},
                                                           {"--dataset-dir", "--data"},
                                                           {"--wd", "--weight-decay"},
                                                           {"--checkpoint", "--resume"},
                                                           {"--batch", "--batch-size"},
                                                           {"--weights", "--init"},
                                                           {"--pretrained", "--init"},
                                                           {"--grad-clip", "--clip-norm"}};
  const auto synonym = synonyms.find(argument);
  const std::string close =
      synonym != synonyms.end() && std::count(known.begin(), known.end(), synonym->second) > 0
          ? synonym->second
          : nearest(argument, known);
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
/// optimizer has no use for. `asked` is the command line without the configuration.
void note_unused_options(const CommandLine& asked, const TrainOptions& options) {
  const bool uses_momentum = options.optimizer == "sgd" || options.optimizer == "rmsprop";
  if (asked.train->count("--momentum") > 0 && options.momentum != 0 && !uses_momentum)
    say(fmt::format("note: --momentum is not used by {}", options.optimizer));
}

/// Wrong usage that the parser does not know of.
struct UsageError : Error {
  using Error::Error;
};

void parse(CommandLine& line, std::vector<std::string> arguments) {
  // The commands that take lists of files.
  if (!arguments.empty() && (arguments.front() == "eval" || arguments.front() == "predict"))
    arguments = with_marks(arguments);
  std::reverse(arguments.begin(), arguments.end());  // the order in which the parser wants them
  line.app.parse(std::move(arguments));
}

/// Arguments of `train` that come before those of the user, which win.
std::vector<std::string> with_config(std::vector<std::string> arguments,
                                     const std::vector<std::string>& config) {
  const auto command = std::find(arguments.begin(), arguments.end(), "train");
  if (command != arguments.end()) arguments.insert(command + 1, config.begin(), config.end());
  return arguments;
}

/// What a configuration adds to the command line that was `asked` for: the options of the run to be
/// resumed, or of a file. A recipe on the command line wins over the values in the file.
std::vector<std::string> config_arguments(const CommandLine& asked) {
  const TrainOptions& options = asked.train_options;
  if (!options.resume.empty() && !options.config.empty())
    throw UsageError("--resume goes on with the options of that run: --config is not wanted");
  if (!options.resume.empty())
    return read_config(RunDirectory::find_config(options.resume), *asked.train, ConfigContent::all);
  if (options.config.empty()) return {};
  std::error_code error;
  const std::filesystem::path file = std::filesystem::is_directory(options.config, error)
                                         ? RunDirectory::find_config(options.config)
                                         : std::filesystem::path(options.config);
  std::vector<std::string> config = read_config(file, *asked.train);
  if (asked.train->count("--recipe") > 0) {
    const auto is_of_recipe = [](const std::string& argument) {
      const std::string name = argument.substr(2, argument.find('=') - 2);
      const std::vector<std::string>& names = recipe_options();
      return name == "recipe" || std::find(names.begin(), names.end(), name) != names.end();
    };
    config.erase(std::remove_if(config.begin(), config.end(), is_of_recipe), config.end());
  }
  return config;
}

/// @throws UsageError for options that the run to be resumed was not started with.
void check_resumed(const CommandLine& line, const CommandLine& before) {
  std::vector<std::string> refused;
  for (const std::string& name :
       changed_options(option_values(*before.train), option_values(*line.train)))
    if (!is_changeable(name)) refused.push_back("--" + name);
  for (const char* name : {"--out", "--exist-ok", "--dry-run"})
    if (line.train->count(name) > 0) refused.emplace_back(name);
  if (!refused.empty())
    throw UsageError(fmt::format("a run that is resumed keeps its options: {} cannot change",
                                 fmt::join(refused, ", ")));
}

int run(const CommandLine& line, const models::Table& table) {
  if (line.train->parsed())
    return train_command(line.train_options,
                         {.values = option_values(*line.train), .toml = to_config(*line.train)},
                         table);
  if (line.predict->parsed()) return predict_command(line.predict_options, table);
  if (line.eval->parsed())
    eval_command(line.eval_options, table);
  else
    info_command(line.info_model, table);
  return 0;
}

int fail(int status, const std::string& message) {
  say(message);
  return status;
}

bool has_command(const CLI::App& app, const std::string& name) {
  const auto has_name = [&](const CLI::App* command) { return command->get_name() == name; };
  return !app.get_subcommands(has_name).empty();
}

/// Parses the arguments and does what they ask for. Returns the exit status.
/// @throws whatever went wrong.
int parse_and_run(std::vector<std::string> arguments, const models::Table& table) {
  if (arguments.empty()) arguments = {"--help"};
  if (arguments.front() == "help") {  // "help train" asks for what "train --help" prints
    arguments.erase(arguments.begin());
    const CommandLine line({}, table);
    for (const std::string& name : arguments)
      if (!has_command(line.app, name))
        throw UsageError(fmt::format("unknown argument '{}'{}", name, suggestion(line, name)));
    arguments.emplace_back("--help");
  }
  // A recipe and a configuration decide what the other options start from, so these are looked up
  // in a first reading, whose complaints are left to the last.
  CommandLine asked({}, table);
  try {
    parse(asked, arguments);
  } catch (const CLI::ParseError&) {
  }
  const std::vector<std::string> config = config_arguments(asked);
  CommandLine configured({}, table);
  try {
    parse(configured, with_config(arguments, config));
  } catch (const CLI::ParseError&) {
  }
  const TrainOptions defaults = recipe(configured.train_options.recipe);
  CommandLine line(defaults, table);
  try {
    if (!asked.train_options.resume.empty()) {
      CommandLine before(defaults, table);
      parse(before, with_config({"train"}, config));
      parse(line, with_config(arguments, config));
      check_resumed(line, before);
    } else {
      parse(line, with_config(arguments, config));
    }
  } catch (const CLI::Success& request) {  // for help, or for the version
    return line.app.exit(request);
  } catch (const CLI::ParseError& error) {
    return fail(2, describe(error, line));
  }
  if (line.train_options.dump_config) {
    fmt::print("{}", to_config(*line.train));
    return 0;
  }
  if (line.train->parsed()) note_unused_options(asked, line.train_options);
  return run(line, table);
}

}  // namespace

int main(int argc, const char* const* argv, const models::Table& table) {
  open_standard_streams();
  // A limit on the size of files is to be an error of the write that exceeds it.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int status = parse_and_run({argv + 1, argv + argc}, table);
    flush_standard_output();
    return status;
  } catch (const UsageError& error) {
    return fail(2, error.what());
  } catch (const Error& error) {
    return fail(1, error.what());
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory");
  } catch (const std::exception& error) {
    // Printing results may have thrown it.
    if (std::ferror(stdout) != 0) return fail(1, "standard output: cannot be written");
    return fail(1, fmt::format("unexpected failure: {}", error.what()));
  }
}

}  // namespace scanline::train
