#include "scanline/datasets/registry.hpp"

#include "scanline/datasets/csv.hpp"
#include "scanline/datasets/folder.hpp"
#include "scanline/datasets/idx_directory.hpp"
#include "scanline/datasets/mnist.hpp"
#include "scanline/datasets/npz.hpp"
#include "scanline/datasets/numbers.hpp"

namespace scanline::datasets {

Sources built_in() {
  return {
      "dataset",
      {Sources::entry<Mnist>("mnist", "Handwritten digits, 28x28 pixels")
           .with({{"val-size", "5000"}, {"prepare", "digit"}}),
       Sources::entry<FashionMnist>("fashion-mnist", "Pieces of clothing, 28x28 pixels")
           .with({{"val-size", "5000"}}),
       Sources::entry<Folder>("folder",
                              "Pictures in subdirectories that are named after their class"),
       Sources::entry<IdxDirectory>(
           "idx", "IDX files as MNIST, EMNIST, KMNIST and QMNIST have them, of any size"),
       Sources::entry<Csv>("csv", "CSV files with an image in each row"),
       Sources::entry<Npz>("npz", "NumPy arrays in an NPZ file, such as Keras' mnist.npz"),
       Sources::entry<Numbers>("numbers",
                               "Lines of digits, composed of the images of the dataset in --data")
           .with({{"model", "reader"}, {"loss", "ctc"}, {"layers", "2"}, {"batch-size", "64"}})}};
}

}  // namespace scanline::datasets
