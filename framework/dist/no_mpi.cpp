// Is built instead of mpi_engine.cpp where there is no MPI.

#include "scanline/framework/dist/detail/engine.hpp"

namespace scanline::dist {

bool Communicator::has_mpi() { return false; }

std::shared_ptr<Engine> start_engine(const Communicator::Options&) {
  throw Error(
      "expected a scanline with MPI for several processes, found one that was built without it "
      "(scanline --version tells)");
}

}  // namespace scanline::dist
