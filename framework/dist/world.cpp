#include <cstdlib>
#include <memory>
#include <utility>

#include "scanline/framework/dist/communicator.hpp"
#include "scanline/framework/dist/detail/engine.hpp"

namespace scanline::dist {

bool was_started_with_others() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"})
    if (const char* size = std::getenv(name)) return std::atoi(size) > 1;
  const char* tasks = std::getenv("SLURM_STEP_NUM_TASKS");  // of srun, not of the script around it
  return std::getenv("PMIX_RANK") != nullptr && (tasks == nullptr || std::atoi(tasks) > 1);
}

int started_rank() {
  if (!was_started_with_others()) return 0;
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "MV2_COMM_WORLD_RANK"})
    if (const char* rank = std::getenv(name)) return std::atoi(rank);
  return 0;
}

Communicator Communicator::world(const Options& options) {
  if (!was_started_with_others()) return {};
  std::shared_ptr<Engine> engine = start_engine(options);
  return engine->size() == 1 ? Communicator() : Communicator(std::move(engine));
}

}  // namespace scanline::dist
