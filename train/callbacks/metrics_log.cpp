#include "scanline/train/callbacks/metrics_log.hpp"

#include <nlohmann/json.hpp>

#include "scanline/train/trainer.hpp"

namespace scanline::train {

void MetricsLog::Options::declare(Fields& fields) {
  fields.add("log-every", log_every, {0, largest_count}, "Log every N-th step; 0: only epochs")
      .changeable();
}

void MetricsLog::on_step_end(Trainer& trainer) {
  if (options_.log_every == 0 || trainer.step() % options_.log_every != 0) return;
  log_.append({{"kind", "step"},
               {"step", trainer.step()},
               {"epoch", trainer.progress().epoch},
               {"loss", trainer.loss()},
               {"learning_rate", trainer.progress().learning_rate}});
}

void MetricsLog::on_epoch_end(Trainer&, EpochFigures& figures) { log_.append(to_record(figures)); }

}  // namespace scanline::train
