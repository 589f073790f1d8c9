#include "scanline/train/commands/registry.hpp"

#include "scanline/train/commands/data_command.hpp"
#include "scanline/train/commands/eval_command.hpp"
#include "scanline/train/commands/export_command.hpp"
#include "scanline/train/commands/info_command.hpp"
#include "scanline/train/commands/predict_command.hpp"
#include "scanline/train/commands/runs_command.hpp"
#include "scanline/train/commands/serve_command.hpp"
#include "scanline/train/commands/sweep_command.hpp"
#include "scanline/train/commands/train_command.hpp"

namespace scanline::train {

Commands built_in_commands() {
  return {
      "command",
      {Commands::entry<TrainCommand>("train", "Train, validate and test a model"),
       Commands::entry<EvalCommand>("eval",
                                    "Print accuracy, loss, per-class metrics and confusion matrix"),
       Commands::entry<PredictCommand>("predict", "Print the class and probability of pictures"),
       Commands::entry<InfoCommand>("info",
                                    "Print a model's architecture, tensors and training facts"),
       Commands::entry<DataCommand>("data", "Print what a dataset holds, and draw samples of it"),
       Commands::entry<RunsCommand>("runs", "Compare runs in a table and a picture"),
       Commands::entry<SweepCommand>("sweep", "Train every combination of listed option values"),
       Commands::entry<ServeCommand>("serve",
                                     "Show runs on a web page, and read digits drawn there"),
       Commands::entry<ExportCommand>("export", "Write a trained model as C or ONNX")}};
}

}  // namespace scanline::train
