/* Tests the C interface as others use it: `main MODEL PICTURE`. It classifies the picture as a
 * file, as bytes in memory, and as pixels, in several threads too, and calls functions wrongly. */

#include <pthread.h>
#include <scanline.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { rounds = 50, thread_count = 4, most_classes = 100 };

static const scanline_model* model;
static const char* picture_file;
static float expected[most_classes];
static int expected_class;

static void expect(int condition, const char* what) {
  if (condition) return;
  fprintf(stderr, "FAILED: %s (%s)\n", what, scanline_error());
  exit(1);
}

static int is_expected(int class_index, const float* probabilities) {
  return class_index == expected_class &&
         memcmp(probabilities, expected,
                (size_t)scanline_class_count(model) * sizeof *probabilities) == 0;
}

static void check_bytes(void) {
  static char bytes[100000];
  float probabilities[most_classes];
  int class_index;
  FILE* file = fopen(picture_file, "rb");
  const size_t size = file == NULL ? 0 : fread(bytes, 1, sizeof bytes, file);
  expect(size > 0 && fclose(file) == 0, "the picture can be read");
  expect(scanline_predict_picture(model, bytes, size, &class_index, probabilities) == SCANLINE_OK &&
             is_expected(class_index, probabilities),
         "bytes have the class of the file");
  expect(scanline_predict_picture(model, bytes, 10, NULL, NULL) == SCANLINE_ERROR &&
             strstr(scanline_error(), "the picture: ") == scanline_error(),
         "a truncated picture is refused");
}

/* A dark bar on a light sheet, which is the picture of the test too. */
static void check_pixels(void) {
  static unsigned char sheet[60 * 40], image[64 * 64];
  float probabilities[most_classes];
  int row, column, class_index;
  const int rows = scanline_rows(model), columns = scanline_columns(model);
  for (row = 0; row < 60; ++row)
    for (column = 0; column < 40; ++column)
      sheet[40 * row + column] = row >= 10 && row < 50 && column >= 18 && column < 23 ? 0 : 255;
  expect(rows > 0 && columns > 0 && rows * columns <= (int)sizeof image, "the model has a size");
  expect(scanline_prepare(model, sheet, 60, 40, image) == SCANLINE_OK, "the picture is prepared");
  expect(
      scanline_predict(model, image, rows, columns, &class_index, probabilities) == SCANLINE_OK &&
          is_expected(class_index, probabilities),
      "pixels have the class of the file");
  memset(sheet, 9, sizeof sheet);
  expect(scanline_prepare(model, sheet, 60, 40, image) == SCANLINE_ERROR, "there is no ink");
  expect(scanline_predict(model, sheet, 40, 60, NULL, NULL) == SCANLINE_ERROR &&
             strstr(scanline_error(), "found 2400 pixels of an image of 40x60") != NULL,
         "an image of another size is refused");
}

static void check_misuse(void) {
  scanline_model* none = NULL;
  unsigned char pixel = 0;
  expect(scanline_open("/nowhere/at all", &none) == SCANLINE_ERROR && none == NULL &&
             strstr(scanline_error(), "/nowhere/at all: ") == scanline_error(),
         "a model that is not there is refused");
  expect(scanline_open(NULL, &none) == SCANLINE_MISUSE, "no path");
  expect(scanline_open(picture_file, NULL) == SCANLINE_MISUSE, "no place for the model");
  expect(scanline_predict_file(NULL, picture_file, NULL, NULL) == SCANLINE_MISUSE &&
             strstr(scanline_error(), "scanline_predict_file: ") == scanline_error(),
         "no model");
  expect(scanline_predict(model, &pixel, -1, 1, NULL, NULL) == SCANLINE_MISUSE, "less than 0 rows");
  expect(scanline_predict(model, NULL, 1, 1, NULL, NULL) == SCANLINE_MISUSE, "no pixels");
  expect(scanline_rows(NULL) == 0 && scanline_class_name(NULL, 0) == NULL, "nothing of no model");
  expect(scanline_class_name(model, -1) == NULL, "no class before the first");
  expect(scanline_class_name(model, scanline_class_count(model)) == NULL, "none after the last");
  scanline_close(NULL);
}

/* Errors of other threads do not show here. */
static void* classify_often(void* result) {
  float probabilities[most_classes];
  int i, class_index, *is_right = result;
  *is_right = strcmp(scanline_error(), "") == 0;
  for (i = 0; i < rounds; ++i)
    *is_right &=
        scanline_predict_file(model, picture_file, &class_index, probabilities) == SCANLINE_OK &&
        is_expected(class_index, probabilities);
  return NULL;
}

int main(int argc, char** argv) {
  scanline_model* opened;
  pthread_t threads[thread_count];
  int i, is_right[thread_count];
  if (argc != 3) {
    fprintf(stderr, "usage: main MODEL PICTURE\n");
    return 2;
  }
  expect(scanline_open(argv[1], &opened) == SCANLINE_OK, "the model is loaded");
  model = opened;
  picture_file = argv[2];
  expect(scanline_class_count(model) <= most_classes, "there are so many classes");
  expect(scanline_predict_file(model, picture_file, &expected_class, expected) == SCANLINE_OK,
         "the picture is classified");
  check_bytes();
  check_pixels();
  check_misuse();
  for (i = 0; i < thread_count; ++i)
    expect(pthread_create(&threads[i], NULL, classify_often, &is_right[i]) == 0, "a thread");
  for (i = 0; i < thread_count; ++i)
    expect(pthread_join(threads[i], NULL) == 0 && is_right[i],
           "each thread has the answers of one");
  printf("%s  %g\n", scanline_class_name(model, expected_class), expected[expected_class]);
  scanline_close(opened);
  return 0;
}
