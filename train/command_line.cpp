#include "scanline/train/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/suggest.hpp"
#include "scanline/framework/dist/communicator.hpp"
#include "scanline/train/detail/help_formatter.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

#ifdef SCANLINE_WEB
constexpr bool has_web = true;
#else
constexpr bool has_web = false;
#endif
#ifdef SCANLINE_ONNX
constexpr bool has_onnx = true;
#else
constexpr bool has_onnx = false;
#endif

/// The version, and which optional parts are built in.
std::string version_text() {
  const auto yes_or_no = [](bool value) { return value ? "yes" : "no"; };
  return fmt::format("scanline {}\nserve: {}\nonnx: {}\nmpi: {}", SCANLINE_VERSION,
                     yes_or_no(has_web), yes_or_no(has_onnx),
                     yes_or_no(dist::Communicator::has_mpi()));
}

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

/// What a flag was set to, in the words of its field; other text is left for the field to refuse.
std::string flag_text(const std::string& text) {
  for (const char* yes : {"1", "yes", "on"})
    if (text == yes) return "true";
  for (const char* no : {"0", "no", "off"})
    if (text == no) return "false";
  return text;
}

/// A subcommand, and what the parser knows of it.
struct Subcommand {
  CLI::App* parser;
  std::unique_ptr<Command> command;
  Fields fields;
  std::map<std::string, CLI::Option*> options = {};  // by the name of the field

  void add_options() {
    for (const Field& field : fields) {
      parser->option_defaults()->group(field.group.empty() ? "Options" : field.group);
      options[field.name] = field.is_positional ? add_positional(field) : add_option(field);
    }
  }
  Arguments arguments() const {
    Arguments result;
    for (const auto& [name, option] : options) {
      const bool is_flag = fields.find(name)->kind == Field::Kind::flag;
      for (const std::string& value : option->results())
        result[name].push_back(is_flag ? flag_text(value) : without_mark(value));
    }
    return result;
  }
  /// Makes the values that the fields have the defaults that `--help` shows.
  void show_values() {
    for (const auto& [name, value] : command->values(fields)) options.at(name)->default_str(value);
  }

 private:
  /// The values are read when all are there.
  static CLI::callback_t later() {
    return [](const CLI::results_t&) { return true; };
  }
  CLI::Option* add_positional(const Field& field) const {
    CLI::Option* option =
        parser->add_option(field.name, later(), field.help)->required(!field.is_optional);
    if (field.is_list)
      option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
    return option;
  }
  CLI::Option* add_option(const Field& field) const {
    const std::string name = "--" + field.name;
    if (field.kind == Field::Kind::flag)
      return parser
          ->add_flag(field.text() == "true" ? fmt::format("{},!--no-{}", name, field.name) : name,
                     field.help)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    const std::string help =
        field.choices.empty() ? field.help
                              : fmt::format("{}: {}", field.help, fmt::join(field.choices, ", "));
    return parser->add_option(name, later(), help)
        ->type_name(field.placeholder)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
};

/// The parser and all subcommands.
struct CommandLine {
  explicit CommandLine(const Catalogue& catalogue) {
    app.require_subcommand(1);
    app.set_version_flag("-V,--version", version_text(), "Print the version and exit");
    const auto formatter = std::make_shared<HelpFormatter>();
    app.formatter(formatter);
    for (const Commands::Entry& entry : catalogue.commands) {
      CLI::App* parser = app.add_subcommand(entry.name, entry.help);
      parser->formatter(formatter);
      Subcommand& added =
          subcommands.emplace_back(Subcommand{parser, entry.choose()->make(catalogue), {}});
      added.command->declare(added.fields);
      added.add_options();
    }
    // Subcommands would inherit it.
    app.footer(
        "Examples:\n"
        "  scanline train --recipe fast\n"
        "  scanline eval runs/bilstm-1\n"
        "  scanline predict runs/bilstm-1 digit.png --show\n\n"
        "scanline help COMMAND lists the options of a command.");
  }
  // The parser refers to the members.
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// The one that was asked for; none where the parser found none.
  Subcommand* chosen() {
    for (Subcommand& subcommand : subcommands)
      if (subcommand.parser->parsed()) return &subcommand;
    return nullptr;
  }

  CLI::App app{"Trains handwritten-digit classifiers that read an image row by row", "scanline"};
  std::deque<Subcommand> subcommands;
};

/// The option of the subcommand that has this value; empty where there is none.
std::string option_with_value(const CommandLine& line, const std::string& value) {
  for (const Subcommand& subcommand : line.subcommands) {
    if (!subcommand.parser->parsed()) continue;
    for (const Field& field : subcommand.fields)
      if (std::count(field.choices.begin(), field.choices.end(), value) > 0)
        return fmt::format("--{} {}", field.name, value);
  }
  return "";
}

/// What the user may have meant by an argument that nothing expected.
std::string suggestion(const CommandLine& line, const std::string& argument) {
  if (const std::string option = option_with_value(line, argument); !option.empty())
    return fmt::format(" (did you mean {}?)", option);
  std::vector<std::string> known;
  const bool is_option = argument.rfind("-", 0) == 0;
  for (const Subcommand& subcommand : line.subcommands) {
    if (!is_option) known.push_back(subcommand.parser->get_name());
    if (!is_option || !subcommand.parser->parsed()) continue;
    for (const CLI::Option* option : subcommand.parser->get_options())
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
  // What is known and not expected here stands in the wrong place.
  if (close == argument) return " (it belongs in another place on the command line)";
  return close.empty() ? "" : fmt::format(" (did you mean {}?)", close);
}

/// Whether an option without its value is what is wrong.
bool is_missing_value(const CLI::ParseError& error) {
  return error.get_name() == "ArgumentMismatch" &&
         std::string_view(error.what()).ends_with(" missing");
}

/// Says which argument is missing.
std::string describe_missing(const CommandLine& line) {
  for (const Subcommand& subcommand : line.subcommands) {
    if (!subcommand.parser->parsed()) continue;
    const std::string command = subcommand.parser->get_name();
    for (const Field& field : subcommand.fields)
      if (field.is_positional && !field.is_optional && subcommand.options.at(field.name)->empty())
        return fmt::format("{}: expected {}, found none (scanline help {} lists the arguments)",
                           command, field.name, command);
  }
  return "expected a command, found none (scanline help lists them)";
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
  if (is_missing_value(error))  // "--epochs: 1 required N missing"
    return text.substr(0, text.find(':')) + ": expected a value, found none";
  if (error.get_name() == "RequiredError") return describe_missing(line);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// Whether an argument is the name of an option that takes a value.
bool takes_value(const Subcommand& subcommand, const std::string& argument) {
  if (!argument.starts_with("--")) return false;
  const Field* field = subcommand.fields.find(argument.substr(2));
  return field != nullptr && !field->is_positional && field->kind != Field::Kind::flag;
}

/// Of "--epochs --quiet", some versions of the parser take the second option for a value.
/// @throws UsageError where a value is missing before another option.
void check_values(const Subcommand& subcommand, const std::vector<std::string>& arguments) {
  for (std::size_t i = 1; i + 1 < arguments.size() && arguments[i] != "--"; ++i)
    if (takes_value(subcommand, arguments[i]) && arguments[i + 1].starts_with("--"))
      throw UsageError(fmt::format("{}: expected a value, found none", arguments[i]));
}

void parse(CommandLine& line, std::vector<std::string> arguments) {
  // Of "--out=" the parser would take the next argument for the value.
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1)
      throw UsageError(fmt::format("{}: expected a value, found an empty text",
                                   argument.substr(0, argument.size() - 1)));
  }
  for (const Subcommand& subcommand : line.subcommands) {
    if (arguments.empty() || subcommand.parser->get_name() != arguments.front()) continue;
    check_values(subcommand, arguments);
    if (std::any_of(subcommand.fields.begin(), subcommand.fields.end(),
                    [](const Field& field) { return field.is_list; }))
      arguments = with_marks(arguments);
    break;
  }
  std::reverse(arguments.begin(), arguments.end());  // the order in which the parser wants them
  line.app.parse(std::move(arguments));
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
int parse_and_run(std::vector<std::string> arguments, const Catalogue& catalogue) {
  CommandLine line(catalogue);
  if (arguments.empty()) arguments = {"--help"};
  if (arguments.front() == "help") {  // "help train" asks for what "train --help" prints
    arguments.erase(arguments.begin());
    for (const std::string& name : arguments)
      if (!has_command(line.app, name))
        throw UsageError(fmt::format("unknown argument '{}'{}", name, suggestion(line, name)));
    arguments.emplace_back("--help");
  }
  try {
    parse(line, std::move(arguments));
  } catch (const CLI::Success& request) {  // for help, or for the version
    if (dist::started_rank() > 0) return 0;
    if (Subcommand* chosen = line.chosen()) {
      chosen->command->read(chosen->fields, chosen->arguments());
      chosen->show_values();
    }
    return line.app.exit(request);
  } catch (const CLI::ParseError& error) {
    return fail(2, describe(error, line));
  }
  Subcommand& chosen = *line.chosen();
  if (dist::started_rank() > 0 && !chosen.command->runs_on_all_ranks()) return 0;
  chosen.command->read(chosen.fields, chosen.arguments());
  return chosen.command->run();
}

}  // namespace

int main(int argc, const char* const* argv, const Catalogue& catalogue) {
  open_standard_streams();
  set_mute(dist::started_rank() > 0);
  // A limit on the size of files is to be an error of the write that exceeds it.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int status = parse_and_run({argv + 1, argv + argc}, catalogue);
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
