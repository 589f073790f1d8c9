#include "scanline/train/callbacks/checkpoints.hpp"

#include <fmt/format.h>

#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/train/trainer.hpp"

namespace scanline::train {

void Checkpoints::Options::declare(Fields& fields) {
  fields
      .add("save-every", save_every, {0, largest_count},
           "Steps between checkpoints; 0: only one after each epoch")
      .changeable();
  fields.add("keep-last", keep_last, {1, 1000}, "Number of checkpoints to keep").changeable();
}

Checkpoints::Checkpoints(const Options& options, RunDirectory& directory,
                         const RunIdentity& identity, const ModelDescription& description)
    : options_(options), directory_(directory), identity_(identity), description_(description) {}

void Checkpoints::on_step_end(Trainer& trainer) {
  // After an epoch, the checkpoint is to hold its validation too.
  if (options_.save_every > 0 && trainer.step() % options_.save_every == 0 &&
      !trainer.is_epoch_complete())
    save(trainer);
}

void Checkpoints::on_epoch_end(Trainer& trainer, EpochFigures&) {
  // An epoch that was cut short has its checkpoint, from which it continues if there are more
  // steps.
  if (trainer.is_epoch_complete()) save(trainer);
}

void Checkpoints::save(Trainer& trainer) {
  Archive archive;
  trainer.state(archive);
  io::Safetensors content{archive.arrays(), archive.values()};
  for (const char* name : {"run", "description", "log", "finished"})
    if (content.metadata.count(name) > 0)
      throw Error(
          fmt::format("a checkpoint cannot hold a value called '{}': the name is taken", name));
  content.metadata["run"] = identity_.to_text();
  content.metadata["description"] = nlohmann::json(to_metadata(description_)).dump();
  directory_.save_checkpoint(std::move(content), options_.keep_last);
}

void Checkpoints::restore(Trainer& trainer, const std::filesystem::path& file,
                          const io::Safetensors& checkpoint) const {
  try {
    identity_.check(checkpoint.metadata.at("run"));
    Archive archive(checkpoint.metadata, checkpoint.tensors);
    trainer.state(archive);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  } catch (const std::exception&) {
    throw Error(fmt::format("{}: expected the state of a training run, found something else",
                            file.string()));
  }
}

}  // namespace scanline::train
