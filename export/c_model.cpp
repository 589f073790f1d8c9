#include "scanline/export/c_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "scanline/export/detail/c_text.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::exporting {
namespace {

constexpr const char* header_code = R"(/* @TITLE@
 * Written by scanline. C99 without dependencies, allocation or state; also valid C++. */
#ifndef @GUARD@_H
#define @GUARD@_H

#ifdef __cplusplus
extern "C" {
#endif

enum { @NAME@_rows = @ROWS@, @NAME@_columns = @COLUMNS@, @NAME@_classes = @CLASSES@ };

/* The names of the classes, in UTF-8. */
extern const char* const @NAME@_class_names[@CLASSES@];

/* The memory that a prediction needs. Its content before and after a call does not matter. */
typedef struct {
@WORKSPACE@} @NAME@_workspace;

/* Computes the logits of the classes. `image` has @ROWS@ rows of @COLUMNS@ pixels, from 0 to 1, where
 * the training images had pixels from 0 to 255. */
void @NAME@_logits(const float* image, float* logits, @NAME@_workspace* workspace);

/* Computes the probabilities of the classes. */
void @NAME@_predict(const float* image, float* probabilities, @NAME@_workspace* workspace);

#ifdef __cplusplus
}
#endif

#endif
)";

constexpr const char* begin_code = R"(/* @TITLE@ */
@INCLUDES@

const char* const @NAME@_class_names[@CLASSES@] = {@CLASS_NAMES@};

typedef @WEIGHT@ weight;

/* A matrix, row by row, and a number to be added for each row. */
typedef struct {
  const weight* weights;
@SCALE_MEMBER@  const float* bias;
} matrix;

)";

constexpr const char* product_code = R"(
/* The product of a row of a matrix and x. */
static float product(const matrix* m, int row, const float* x, int columns) {
  const weight* w = m->weights + (long)row * columns;
  float sum = 0;
  int i;
  for (i = 0; i < columns; ++i) sum += (float)w[i] * x[i];
  return sum@TIMES_SCALE@ + m->bias[row];
}
)";

constexpr const char* recurrent_code = R"(
enum {
  rows = @ROWS@,
  columns = @COLUMNS@,
  hidden = @HIDDEN@,
  layers = @LAYERS@,
  directions = @DIRECTIONS@,
  features = directions * hidden
};

@SIGMOID@/* One time step: from the input x and the hidden state h to the next hidden state. */
static void step(const matrix* ih, const matrix* hh, const float* x, int inputs, const float* h,
                 float* c, float* next) {
  int u;
  for (u = 0; u < hidden; ++u) {
@CELL@  }
}

/* Reads a sequence in one direction. Row t of `output` receives the hidden state after row t. */
static void run(int layer, int direction, const float* input, int inputs, float* output,
                @NAME@_workspace* workspace) {
  const matrix* ih = &input_weights[layer * directions + direction];
  const matrix* hh = &hidden_weights[layer * directions + direction];
  const float* h = workspace->zeros;
  int i;
  for (i = 0; i < hidden; ++i) workspace->zeros[i] = workspace->cell[i] = 0;
  for (i = 0; i < rows; ++i) {
    const int t = direction == 0 ? i : rows - 1 - i;
    float* next = output + t * features + direction * hidden;
    step(ih, hh, input + t * inputs, inputs, h, workspace->cell, next);
    h = next;
  }
}

void @NAME@_logits(const float* image, float* logits, @NAME@_workspace* workspace) {
  float* input = workspace->sequences[0];
  float* output = workspace->sequences[1];
  float* last = workspace->last;
  int i, layer, direction, inputs = columns;
  for (i = 0; i < rows * columns; ++i) input[i] = (image[i] - @MEAN@) / @DEVIATION@;
  for (layer = 0; layer < layers; ++layer) {
    float* other = input;
    for (direction = 0; direction < directions; ++direction)
      run(layer, direction, input, inputs, output, workspace);
    input = output;
    output = other;
    inputs = features;
  }
  /* The last hidden state of each direction. */
  for (i = 0; i < features; ++i) last[i] = input[(i < hidden ? rows - 1 : 0) * features + i];
  for (i = 0; i < @NAME@_classes; ++i) logits[i] = product(&head, i, last, features);
}
)";

constexpr const char* sigmoid_code = R"(static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

)";

constexpr const char* lstm_cell =
    R"(    const float i = sigmoid(product(ih, u, x, inputs) + product(hh, u, h, hidden));
    const float f =
        sigmoid(product(ih, hidden + u, x, inputs) + product(hh, hidden + u, h, hidden));
    const float g =
        tanhf(product(ih, 2 * hidden + u, x, inputs) + product(hh, 2 * hidden + u, h, hidden));
    const float o =
        sigmoid(product(ih, 3 * hidden + u, x, inputs) + product(hh, 3 * hidden + u, h, hidden));
    c[u] = f * c[u] + i * g;
    next[u] = o * tanhf(c[u]);
)";

constexpr const char* gru_cell =
    R"(    const float r = sigmoid(product(ih, u, x, inputs) + product(hh, u, h, hidden));
    const float z =
        sigmoid(product(ih, hidden + u, x, inputs) + product(hh, hidden + u, h, hidden));
    const float n =
        tanhf(product(ih, 2 * hidden + u, x, inputs) + r * product(hh, 2 * hidden + u, h, hidden));
    (void)c;
    next[u] = (1 - z) * n + z * h[u];
)";

constexpr const char* rnn_cell = R"(    (void)c;
    next[u] = tanhf(product(ih, u, x, inputs) + product(hh, u, h, hidden));
)";

constexpr const char* mlp_code = R"(
void @NAME@_logits(const float* image, float* logits, @NAME@_workspace* workspace) {
  float* input = workspace->features[0];
  float* output = workspace->features[1];
  int i, layer;
  for (i = 0; i < @ROWS@ * @COLUMNS@; ++i) input[i] = (image[i] - @MEAN@) / @DEVIATION@;
  for (layer = 0; layer < @LAYERS@; ++layer) {
    const int is_last = layer + 1 == @LAYERS@;
    float* other = input;
    for (i = 0; i < sizes[layer + 1]; ++i) {
      const float sum = product(&layers[layer], i, input, sizes[layer]);
      output[i] = sum > 0 || is_last ? sum : 0;
    }
    input = output;
    output = other;
  }
  for (i = 0; i < @NAME@_classes; ++i) logits[i] = input[i];
}
)";

constexpr const char* end_code = R"(
void @NAME@_predict(const float* image, float* probabilities, @NAME@_workspace* workspace) {
  float largest, sum = 0;
  int i;
  @NAME@_logits(image, probabilities, workspace);
  largest = probabilities[0];
  for (i = 1; i < @NAME@_classes; ++i)
    if (probabilities[i] > largest) largest = probabilities[i];
  for (i = 0; i < @NAME@_classes; ++i) sum += probabilities[i] = expf(probabilities[i] - largest);
  for (i = 0; i < @NAME@_classes; ++i) probabilities[i] /= sum;
}
)";

constexpr const char* main_code = R"(
/* Reads a number of a PGM header, and the character after it. Returns -1 if there is none. */
static int read_number(void) {
  int c = getchar(), number = 0;
  while (c == ' ' || (c >= '\t' && c <= '\r') || c == '#') {
    if (c == '#')
      while (c != '\n' && c != EOF) c = getchar();
    c = getchar();
  }
  if (c < '0' || c > '9') return -1;
  for (; c >= '0' && c <= '9' && number < 100000; c = getchar()) number = number * 10 + (c - '0');
  return number;
}

/* Reads a binary PGM picture of @COLUMNS@x@ROWS@ pixels from standard input, and prints its class. */
int main(void) {
  static @NAME@_workspace workspace;
  static float image[@ROWS@ * @COLUMNS@];
  float probabilities[@NAME@_classes];
  int i, best = 0, white, width, height;
  const int is_pgm = getchar() == 'P' && getchar() == '5';
  width = read_number();
  height = read_number();
  white = read_number();
  if (!is_pgm || width != @COLUMNS@ || height != @ROWS@ || white < 1 || white > 255) {
    fprintf(stderr, "expected a binary PGM picture of @COLUMNS@x@ROWS@ pixels of 8 bits\n");
    return 1;
  }
  for (i = 0; i < @ROWS@ * @COLUMNS@; ++i) {
    const int pixel = getchar();
    if (pixel == EOF) {
      fprintf(stderr, "the picture is truncated\n");
      return 1;
    }
    image[i] = (float)pixel / (float)white;
  }
  @NAME@_predict(image, probabilities, &workspace);
  for (i = 1; i < @NAME@_classes; ++i)
    if (probabilities[i] > probabilities[best]) best = i;
  printf("%s %.4f\n", @NAME@_class_names[best], (double)probabilities[best]);
  return 0;
}
)";

/// The C code of a network, without what all networks have in common.
struct Network {
  std::string constants;  // definitions of weights
  std::string code;       // the function NAME_logits, and what it calls
  std::string workspace;  // members of the workspace
  std::map<std::string, std::string> values;
};

/// Takes the tensors of a classifier one by one, and writes them as C.
class Tensors {
 public:
  Tensors(const Classifier& classifier, bool int8) : classifier_(classifier), int8_(int8) {
    for (const auto& [name, array] : classifier.tensors) left_.insert(name);
  }

  bool has(const std::string& name) const { return classifier_.tensors.count(name) > 0; }

  const Array& take(const std::string& name, Index rank) {
    const auto found = classifier_.tensors.find(name);
    if (found == classifier_.tensors.end() || found->second.rank() != rank)
      fail(fmt::format(
          "expected a tensor {} with {} axes, found {}", name, rank,
          found == classifier_.tensors.end() ? "none" : to_string(found->second.shape())));
    for (Index i = 0; i < found->second.size(); ++i)
      if (const double value = found->second.at(i); !std::isfinite(value))
        fail(fmt::format("expected finite numbers in {}, found {}", name, value));
    left_.erase(name);
    return found->second;
  }

  /// Writes a matrix with its bias, and returns the initializer of the struct `matrix`.
  std::string matrix(const std::string& weight, const std::string& bias, const std::string& as) {
    const Array& weights = take(weight, 2);
    const Index rows = weights.shape()[0];
    const Array biases = has(bias) ? take(bias, 1) : Array::zeros({rows}, DType::float32);
    constants += int8_ ? c_integers(as, weights) : c_floats(as, weights);
    constants += c_floats(as + "_bias", biases);
    return fmt::format("{{{}, {}{}_bias}}", as, int8_ ? as + "_scale, " : "", as);
  }

  /// @throws Error if a tensor is left.
  void check_all_taken() const {
    if (!left_.empty())
      fail("expected a recurrent or fully connected classifier, found the tensor " +
           printable(*left_.begin(), longest_quote));
  }

  std::string constants;

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{} cannot be written as C: {}", classifier_.model, what));
  }

  const Classifier& classifier_;
  bool int8_;
  std::set<std::string> left_;
};

std::string joined(const std::vector<std::string>& items) {
  return fmt::format("{}", fmt::join(items, ",\n  "));
}

Network recurrent(const Classifier& classifier, Tensors& tensors, const std::string& kind) {
  const bool both = tensors.has(kind + ".weight_ih_l0_reverse");
  const Index hidden = classifier.tensors.at(kind + ".weight_hh_l0").shape()[1];
  std::vector<std::string> inputs, states;
  Index layers = 0;
  for (; tensors.has(fmt::format("{}.weight_ih_l{}", kind, layers)); ++layers)
    for (const char* direction : {"", "_reverse"}) {
      if (*direction != '\0' && !both) continue;
      const std::string suffix = fmt::format("_l{}{}", layers, direction);
      const auto matrix = [&](const std::string& what) {
        return tensors.matrix(fmt::format("{}.weight_{}{}", kind, what, suffix),
                              fmt::format("{}.bias_{}{}", kind, what, suffix), what + suffix);
      };
      inputs.push_back(matrix("ih"));
      states.push_back(matrix("hh"));
    }
  const Index directions = both ? 2 : 1;
  const std::string head = tensors.matrix("fc.weight", "fc.bias", "fc");
  const Index width = std::max(classifier.task.columns, directions * hidden);
  Network network;
  network.constants = fmt::format(
      "static const matrix input_weights[] = {{\n  {}}};\n"
      "static const matrix hidden_weights[] = {{\n  {}}};\nstatic const matrix head = {};\n",
      joined(inputs), joined(states), head);
  network.code = recurrent_code;
  network.workspace = fmt::format(
      "  float sequences[2][{}];\n  float last[{}];\n  float cell[{}];\n  float zeros[{}];\n",
      classifier.task.rows * width, directions * hidden, hidden, hidden);
  network.values = {{"CELL", kind == "lstm"  ? lstm_cell
                             : kind == "gru" ? gru_cell
                                             : rnn_cell},
                    {"SIGMOID", kind == "rnn" ? "" : sigmoid_code},
                    {"HIDDEN", fmt::to_string(hidden)},
                    {"LAYERS", fmt::to_string(layers)},
                    {"DIRECTIONS", fmt::to_string(directions)}};
  return network;
}

Network mlp(const Classifier& classifier, Tensors& tensors) {
  std::vector<std::string> matrices,
      sizes{fmt::to_string(classifier.task.rows * classifier.task.columns)};
  Index widest = classifier.task.rows * classifier.task.columns;
  for (const auto& [name, array] : classifier.tensors)
    if (name.starts_with("layers.") && name.ends_with(".weight")) matrices.push_back(name);
  // By number: layers.10 comes after layers.9.
  std::sort(matrices.begin(), matrices.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.size(), a) < std::make_pair(b.size(), b);
  });
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    const std::string weight = matrices[i];
    const Index rows = classifier.tensors.at(weight).shape()[0];
    widest = std::max(widest, rows);
    sizes.push_back(fmt::to_string(rows));
    const std::string stem = weight.substr(0, weight.size() - std::string("weight").size());
    matrices[i] = tensors.matrix(weight, stem + "bias", fmt::format("layer_{}", i));
  }
  Network network;
  network.constants = fmt::format(
      "static const matrix layers[] = {{\n  {}}};\nstatic const int sizes[] = {{{}}};\n",
      joined(matrices), fmt::join(sizes, ", "));
  network.code = mlp_code;
  network.workspace = fmt::format("  float features[2][{}];\n", widest);
  network.values = {{"LAYERS", fmt::to_string(matrices.size())}};
  return network;
}

Network describe(const Classifier& classifier, Tensors& tensors) {
  for (const char* kind : {"lstm", "gru", "rnn"})
    if (tensors.has(fmt::format("{}.weight_ih_l0", kind)) &&
        tensors.has(fmt::format("{}.weight_hh_l0", kind)))
      return recurrent(classifier, tensors, kind);
  if (tensors.has("layers.0.weight")) return mlp(classifier, tensors);
  return {};
}

void check_name(const std::string& name) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) ||
      !std::all_of(name.begin(), name.end(), fits))
    throw Error(
        fmt::format("expected a file name that is an identifier in C, such as digits.c, "
                    "found {}",
                    printable(name, longest_quote)));
}

std::string upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

CFiles to_c(const Classifier& classifier, const COptions& options) {
  check_name(options.name);
  Tensors tensors(classifier, options.int8);
  const Network network = describe(classifier, tensors);
  tensors.check_all_taken();
  std::vector<std::string> names;
  for (const std::string& name : classifier.class_names) names.push_back(c_string(name));
  std::map<std::string, std::string> values = network.values;
  values.merge(std::map<std::string, std::string>{
      {"TITLE", fmt::format("{}: a classifier of images in {} classes.", options.name,
                            classifier.task.classes)},
      {"NAME", options.name},
      {"GUARD", upper_case(options.name)},
      {"ROWS", fmt::to_string(classifier.task.rows)},
      {"COLUMNS", fmt::to_string(classifier.task.columns)},
      {"CLASSES", fmt::to_string(classifier.task.classes)},
      {"CLASS_NAMES", "\n  " + joined(names)},
      {"WORKSPACE", network.workspace},
      {"INCLUDES", fmt::format("#include \"{}.h\"\n\n#include <math.h>{}", options.name,
                               options.with_main ? "\n#include <stdio.h>" : "")},
      {"MEAN", fmt::format("{:.8e}f", classifier.mean)},
      {"DEVIATION", fmt::format("{:.8e}f", classifier.standard_deviation)},
      {"WEIGHT", options.int8 ? "signed char" : "float"},
      {"SCALE_MEMBER", options.int8 ? "  const float* scales; /* of the rows */\n" : ""},
      {"TIMES_SCALE", options.int8 ? " * m->scales[row]" : ""},
  });
  return {
      substitute(header_code, values),
      substitute(begin_code, values) + tensors.constants + network.constants +
          substitute(product_code + network.code + end_code + (options.with_main ? main_code : ""),
                     values)};
}

}  // namespace scanline::exporting
