#pragma once

// The parts of a classifier in C99. `substitute` replaces @NAME@ and the like.

namespace scanline::exporting {

inline constexpr const char* header_code = R"(/* @TITLE@
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

inline constexpr const char* begin_code = R"(/* @TITLE@ */
@INCLUDES@

const char* const @NAME@_class_names[@CLASSES@] = {@CLASS_NAMES@};

typedef @WEIGHT@ weight;

/* A matrix, row by row, and a number to be added for each row. */
typedef struct {
  const weight* weights;
@SCALE_MEMBER@  const float* bias;
} matrix;

)";

inline constexpr const char* product_code = R"(
/* The product of a row of a matrix and x. */
static float product(const matrix* m, int row, const float* x, int columns) {
  const weight* w = m->weights + (long)row * columns;
  float sum = 0;
  int i;
  for (i = 0; i < columns; ++i) sum += (float)w[i] * x[i];
  return sum@TIMES_SCALE@ + m->bias[row];
}
)";

inline constexpr const char* recurrent_code = R"(
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

inline constexpr const char* sigmoid_code =
    R"(static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

)";

inline constexpr const char* lstm_cell =
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

inline constexpr const char* gru_cell =
    R"(    const float r = sigmoid(product(ih, u, x, inputs) + product(hh, u, h, hidden));
    const float z =
        sigmoid(product(ih, hidden + u, x, inputs) + product(hh, hidden + u, h, hidden));
    const float n =
        tanhf(product(ih, 2 * hidden + u, x, inputs) + r * product(hh, 2 * hidden + u, h, hidden));
    (void)c;
    next[u] = (1 - z) * n + z * h[u];
)";

inline constexpr const char* rnn_cell = R"(    (void)c;
    next[u] = tanhf(product(ih, u, x, inputs) + product(hh, u, h, hidden));
)";

inline constexpr const char* mlp_code = R"(
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

inline constexpr const char* end_code = R"(
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

inline constexpr const char* main_code = R"(
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

}  // namespace scanline::exporting
