// The loop of examples/train_loop on several processes, which train as one would: each computes its
// rows of every batch. What is new has a number.
//
//   mpirun -np 4 data_parallel [DIRECTORY OF MNIST'S FILES]

#include <cstdio>

#include "scanline/datasets/loader.hpp"
#include "scanline/datasets/mnist.hpp"
#include "scanline/scanline.hpp"

using namespace scanline;
using namespace scanline::datasets;

struct Classifier : nn::Layer {
  Tensor forward(const Tensor& images) override {
    const Tensor h_n = lstm(transpose(images, 0, 1)).h_n;  // a row at a step -> (2, B, H)
    return fc(reshape(transpose(h_n, 0, 1), {images.size(0), -1}));
  }
  nn::LSTM& lstm =
      child<nn::LSTM>("lstm", {.input_size = 28, .hidden_size = 128, .bidirectional = true});
  nn::Linear& fc = child<nn::Linear>("fc", 256, 10);
};

int main(int argc, char** argv) try {
  const auto ranks = dist::Communicator::world();  // 1: a single process if mpirun started no other
  const Mnist mnist({.directory = argc > 1 ? argv[1] : "data/mnist"});
  const Dataset images = mnist.load(Part::train), test_images = mnist.load(Part::test);
  const Loader train(images, all_positions(images),
                     {.batch_size = 128,
                      .shuffle = true,
                      .normalization = mnist_normalization,
                      .division = {ranks.size(), ranks.rank(), ranks.rank() + 1}});  // 2

  Classifier network;
  optim::AdamW optimizer(network.parameters(), 3e-3);
  dist::GradientSum gradients(ranks, network.parameters());  // 3
  const Index epochs = 3, steps = epochs * train.batch_count();
  const optim::CosineSchedule schedule({3e-3, steps, /*warmup_steps=*/steps / 10});
  for (Index step = 0, epoch = 1; epoch <= epochs; ++epoch)
    for (const Batch& batch : train.epoch(epoch)) {
      const Tensor loss = cross_entropy(network(Tensor(batch.images)), batch.labels);
      optimizer.zero_grad();
      gradients.backward(loss * batch.share);  // instead of loss.backward()
      gradients.finish();
      optim::clip_grad_norm(network.parameters(), 1);
      optimizer.set_learning_rate(schedule.at(step));
      optimizer.step();
      if (step++ % 100 == 0 && ranks.rank() == 0)
        std::printf("epoch %d: loss %.4f\n", int(epoch), loss.item());
    }

  if (ranks.rank() > 0) return 0;
  const NoGrad no_grad;
  const Loader test(test_images, all_positions(test_images),
                    {.batch_size = 500, .normalization = mnist_normalization});
  int correct = 0;
  for (const Batch& batch : test.epoch()) {
    const Array predictions = argmax(network(Tensor(batch.images)), 1);
    for (Index i = 0; i < batch.labels.size(); ++i)
      correct += predictions.at(i) == batch.labels.at(i);
  }
  std::printf("test accuracy %.4f\n", correct / static_cast<double>(test_images.count));
  io::write_safetensors("data_parallel.safetensors", {network.state_dict(), {}});
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
