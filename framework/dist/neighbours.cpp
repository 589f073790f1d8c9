#include "scanline/framework/dist/detail/neighbours.hpp"

#include <mpi.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>

namespace scanline::dist {

void Neighbours::find() {
  int rank = 0, size = 0, count = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm machine = MPI_COMM_NULL;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
  MPI_Comm_size(machine, &count);
  const std::array<int, 2> own{rank, static_cast<int>(getpid())};
  std::vector<std::array<int, 2>> all(static_cast<std::size_t>(count));
  MPI_Allgather(own.data(), 2, MPI_INT, all.data(), 2, MPI_INT, machine);
  MPI_Comm_free(&machine);
  processes_.assign(static_cast<std::size_t>(size), 0);
  // A container may hide the processes of others.
  for (const auto& [other, process] : all)
    if (kill(process, 0) == 0) processes_[static_cast<std::size_t>(other)] = process;
}

std::optional<int> Neighbours::ended() const {
  for (std::size_t rank = 0; rank < processes_.size(); ++rank)
    if (processes_[rank] != 0 && kill(processes_[rank], 0) != 0 && errno == ESRCH)
      return static_cast<int>(rank);
  return {};
}

}  // namespace scanline::dist
