#include "scanline/train/rank_step.hpp"

#include <cmath>
#include <cstddef>
#include <span>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/dist/batch_share.hpp"
#include "scanline/framework/ops/elementwise.hpp"

namespace scanline::train {
namespace {

// The places in what ranks send to each other.
constexpr std::size_t loss_place = 0, correct_place = 1, over_place = 2, ranks_place = 3;

/// The sum of neighbours, of neighbouring pairs and so on: the order in which ranks add, too.
double tree_sum(std::vector<double> values) {
  for (std::size_t distance = 1; distance < values.size(); distance *= 2)
    for (std::size_t i = 0; i + distance < values.size(); i += 2 * distance)
      values[i] += values[i + distance];
  return values.front();
}

}  // namespace

RankStep::RankStep(nn::Layer& network, Task& task, const Loss& loss,
                   const dist::Communicator& ranks, const datasets::Division& division)
    : task_(task),
      loss_(loss),
      ranks_(ranks),
      division_(division),
      gradients_(ranks, network.parameters(), division.end - division.begin),
      losses_(static_cast<std::size_t>(division.end - division.begin)),
      sent_(ranks_place + 2 * static_cast<std::size_t>(ranks.size())) {}

void RankStep::begin(const Notes& notes) {
  losses_.assign(losses_.size(), 0);
  sent_.assign(sent_.size(), 0);
  is_sent_ = false;
  if (ranks_.rank() == 0) sent_[over_place] = notes.is_over ? 1 : 0;
  sent_[ranks_place + 2 * static_cast<std::size_t>(ranks_.rank()) + 1] = notes.signal;
}

void RankStep::add(const datasets::Batch& batch, double share, bool is_last) {
  if (!division_.divides(batch.total)) {
    // Every rank knows the whole batch, and the first one counts. The others only do what forward
    // passes do besides: they draw random numbers and update running statistics.
    if (ranks_.rank() > 0) {
      const NoGrad no_grad;
      task_.run(batch);
      return;
    }
    const Tensor loss = forward(batch, division_.begin, share);
    if (is_last) send_notes();
    gradients_.backward(loss, 0, is_last);
    return;
  }
  const double weight = weight_of(batch);
  const RandomState random = default_random_state();
  for (Index piece = division_.begin; piece < division_.end; ++piece) {
    set_default_random_state(random);  // each piece has its part of the same random numbers
    const Index begin = division_.first_row(batch.total, piece),
                end = division_.first_row(batch.total, piece + 1);
    const bool is_alone_in_rank = division_.end - division_.begin == 1;
    const dist::BatchScope scope({.first = begin,
                                  .rows = end - begin,
                                  .total = batch.total,
                                  .ranks = is_alone_in_rank ? &ranks_ : nullptr});
    const datasets::Batch rows = batch.rows(begin - batch.first, end - batch.first);
    const Tensor loss = forward(rows, piece, share * loss_.weight_of(rows.labels) / weight);
    const bool is_last_piece = is_last && piece + 1 == division_.end;
    if (is_last_piece) send_notes();
    gradients_.backward(loss, place(piece), is_last_piece);
  }
}

Tensor RankStep::forward(const datasets::Batch& batch, Index piece, double share) {
  const Task::Result result = task_.run(batch);
  const Tensor loss = result.loss * share;
  losses_[static_cast<std::size_t>(place(piece))] += loss.item();
  sent_[correct_place] += static_cast<double>(result.correct);
  if (!std::isfinite(loss.item()))
    sent_[ranks_place + 2 * static_cast<std::size_t>(ranks_.rank())] = 1;
  return loss;
}

double RankStep::weight_of(const datasets::Batch& batch) const {
  if (!loss_.has_weights()) return static_cast<double>(batch.total);
  double weight = loss_.weight_of(batch.labels);
  ranks_.sum(std::span(&weight, 1));
  return weight;
}

void RankStep::send_notes() {
  sent_[loss_place] = tree_sum(losses_);
  sending_ = ranks_.start_sum(std::span(sent_));
  is_sent_ = true;
}

RankStep::Notes RankStep::agree(const Notes& own) {
  begin(own);
  send_notes();
  return receive_notes().notes;
}

RankStep::Result RankStep::finish() {
  if (!is_sent_) send_notes();
  gradients_.finish();
  return receive_notes();
}

RankStep::Result RankStep::receive_notes() {
  sending_.wait();
  Result result{.loss = sent_[loss_place],
                .correct = static_cast<Index>(sent_[correct_place]),
                .notes = {.is_over = sent_[over_place] > 0}};
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    const std::size_t place = ranks_place + 2 * static_cast<std::size_t>(rank);
    if (result.failed_rank < 0 && sent_[place] > 0) result.failed_rank = rank;
    if (result.notes.signal == 0) result.notes.signal = static_cast<int>(sent_[place + 1]);
  }
  return result;
}

}  // namespace scanline::train
