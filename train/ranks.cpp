#include "scanline/train/ranks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "scanline/framework/core/archive.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/dist/all_sum.hpp"
#include "scanline/train/commands/command.hpp"
#include "scanline/train/standard_streams.hpp"
#include "scanline/train/stop_request.hpp"

namespace scanline::train {
namespace {

using Json = nlohmann::json;

/// Ends this process and, with the first rank, all others, when this one has failed.
[[noreturn]] void fail(const dist::Communicator& ranks, const std::string& message, int status) {
  ranks.fail(message);
  say(message);  // unless this is not the first rank, which tells the user in its place
  ranks.end_after_failure(/*speaker=*/0, status);
  throw Error(message);
}

DType dtype_named(const std::string& text) {
  for (const DType dtype : {DType::float32, DType::float64, DType::int64})
    if (text == name(dtype)) return dtype;
  throw Error(fmt::format("ranks: expected the name of an element type, found '{}'", text));
}

/// The names, types and shapes of arrays, and the values.
std::string to_text(const Archive& archive) {
  Json arrays = Json::array();
  for (const auto& [name, array] : archive.arrays()) {
    std::vector<Index> extents;
    for (Index axis = 0; axis < array.rank(); ++axis) extents.push_back(array.shape()[axis]);
    arrays.push_back({name, scanline::name(array.dtype()), extents});
  }
  return Json{{"values", archive.values()}, {"arrays", arrays}}.dump();
}

Shape shape_of(const std::vector<Index>& extents) {
  Shape shape;
  for (const Index extent : extents) shape.push_back(extent);
  return shape;
}

}  // namespace

int run_on_ranks(double timeout, const std::function<int(const dist::Communicator& ranks)>& body) {
  const auto ranks = dist::Communicator::world(
      {.timeout = timeout, .is_interrupted = [] { return StopRequest::was_received(); }});
  if (ranks.is_alone()) return body(ranks);
  set_mute(ranks.rank() > 0);
  try {
    const int status = body(ranks);
    ranks.barrier();  // mpirun ends all processes as soon as one ends with another status than 0
    return status;
  } catch (const dist::RankFailure& failure) {
    const int speaker = ranks.lowest_alive();
    if (ranks.rank() == speaker) {
      set_mute(false);
      say(failure.what());
    }
    ranks.end_after_failure(speaker, 1);
    throw;
  } catch (const dist::SharedError& error) {
    say(error.what());
    ranks.barrier();
    return 1;
  } catch (const UsageError& error) {
    fail(ranks, error.what(), 2);
  } catch (const std::exception& error) {
    fail(ranks, error.what(), 1);
  }
}

int threads_of_rank(const dist::Communicator& ranks) {
  return std::max(1, thread_count() / ranks.sharing_ranks());
}

void check_same(const dist::Communicator& ranks, const RunIdentity& identity) {
  if (ranks.is_alone()) return;
  const std::string version = SCANLINE_VERSION;
  const std::vector<std::string> versions = ranks.gather(version),
                                 identities = ranks.gather(identity.to_text());
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const auto i = static_cast<std::size_t>(rank);
    if (versions[i] != versions[0])
      throw dist::SharedError(fmt::format("rank {}: expected scanline {}, as on rank 0, found {}",
                                          rank, versions[0], versions[i]));
    if (identities[i] == identities[0]) continue;
    const Json own = Json::parse(identities[i]), first = Json::parse(identities[0]);
    if (own.at("options") != first.at("options"))
      throw dist::SharedError(
          fmt::format("rank {}: expected the options of rank 0, found others", rank));
    throw dist::SharedError(
        fmt::format("rank {}: expected the images and labels of rank 0, found others", rank));
  }
}

void share_state(const dist::Communicator& ranks, Trainer& trainer) {
  if (ranks.is_alone()) return;
  Archive own;
  trainer.state(own);
  const Json all = Json::parse(ranks.broadcast(to_text(own)));
  NamedArrays arrays;
  for (const Json& entry : all.at("arrays")) {
    const auto name = entry.at(0).get<std::string>();
    const Array values = ranks.rank() == 0 ? own.arrays().at(name)
                                           : Array(shape_of(entry.at(2).get<std::vector<Index>>()),
                                                   dtype_named(entry.at(1).get<std::string>()));
    dist::broadcast(ranks, values);
    arrays.emplace(name, values);
  }
  if (ranks.rank() == 0) return;
  Archive first(all.at("values").get<Settings>(), std::move(arrays));
  trainer.state(first);
}

void share_weights(const dist::Communicator& ranks, const nn::Module& network) {
  if (ranks.is_alone()) return;
  for (const auto& [name, array] : network.state_dict()) dist::broadcast(ranks, array);
}

}  // namespace scanline::train
