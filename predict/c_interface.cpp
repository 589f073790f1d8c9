// The functions of scanline.h. No exception leaves them.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/predict/predictor.hpp"
#include "scanline/predict/scanline.h"

using scanline::Index;
using scanline::Predictor;
using scanline::datasets::Image;

struct scanline_model {
  Predictor predictor;
};

namespace {

/// A text of this thread. It has a fixed size, so that setting it needs no memory.
thread_local std::array<char, 2048> last_error;

int fail(int status, const char* why) noexcept {
  const std::size_t length = std::min(std::char_traits<char>::length(why), last_error.size() - 1);
  *std::copy_n(why, length, last_error.begin()) = '\0';
  return status;
}

/// Calls `body`, and makes its exceptions the status and text of an error.
template <class Body>
int guarded(const char* function, bool is_allowed, const Body& body) noexcept {
  try {
    if (!is_allowed)
      return fail(SCANLINE_MISUSE,
                  (std::string(function) + ": expected pointers that are not null, and sizes of at "
                                           "least 1")
                      .c_str());
    body();
    return SCANLINE_OK;
  } catch (const std::bad_alloc&) {
    return fail(SCANLINE_ERROR, "out of memory");
  } catch (const std::exception& error) {
    return fail(SCANLINE_ERROR, error.what());
  } catch (...) {
    return fail(SCANLINE_ERROR, "an unknown error");
  }
}

void store(const scanline::Prediction& prediction, int* class_index, float* probabilities) {
  if (class_index != nullptr) *class_index = static_cast<int>(prediction.class_index);
  if (probabilities != nullptr)
    std::copy(prediction.probabilities.begin(), prediction.probabilities.end(), probabilities);
}

bool is_image(const unsigned char* pixels, int rows, int columns) {
  return pixels != nullptr && rows > 0 && columns > 0;
}

Image image_of(const unsigned char* pixels, int rows, int columns) {
  return {rows, columns, {pixels, pixels + Index{rows} * columns}};
}

}  // namespace

int scanline_open(const char* path, scanline_model** model) {
  if (model != nullptr) *model = nullptr;
  return guarded("scanline_open", path != nullptr && model != nullptr,
                 [&] { *model = new scanline_model{Predictor(path)}; });
}

void scanline_close(scanline_model* model) { delete model; }

int scanline_rows(const scanline_model* model) {
  return model == nullptr ? 0 : static_cast<int>(model->predictor.description().task.rows);
}

int scanline_columns(const scanline_model* model) {
  return model == nullptr ? 0 : static_cast<int>(model->predictor.description().task.columns);
}

int scanline_class_count(const scanline_model* model) {
  return model == nullptr ? 0 : static_cast<int>(model->predictor.description().task.classes);
}

const char* scanline_class_name(const scanline_model* model, int class_index) {
  if (class_index < 0 || class_index >= scanline_class_count(model)) return nullptr;
  return model->predictor.description().class_names[static_cast<std::size_t>(class_index)].c_str();
}

int scanline_predict_file(const scanline_model* model, const char* path, int* class_index,
                          float* probabilities) {
  return guarded("scanline_predict_file", model != nullptr && path != nullptr, [&] {
    store(model->predictor.predict(std::filesystem::path(path)), class_index, probabilities);
  });
}

int scanline_predict_picture(const scanline_model* model, const void* bytes, size_t size,
                             int* class_index, float* probabilities) {
  return guarded("scanline_predict_picture", model != nullptr && bytes != nullptr, [&] {
    const std::span picture(static_cast<const std::byte*>(bytes), size);
    store(model->predictor.predict(picture, "the picture"), class_index, probabilities);
  });
}

int scanline_prepare(const scanline_model* model, const unsigned char* picture, int rows,
                     int columns, unsigned char* prepared) {
  const bool is_allowed =
      model != nullptr && prepared != nullptr && is_image(picture, rows, columns);
  return guarded("scanline_prepare", is_allowed, [&] {
    const Image image = model->predictor.prepare(image_of(picture, rows, columns), "the picture");
    std::copy(image.pixels.begin(), image.pixels.end(), prepared);
  });
}

int scanline_predict(const scanline_model* model, const unsigned char* image, int rows, int columns,
                     int* class_index, float* probabilities) {
  return guarded("scanline_predict", model != nullptr && is_image(image, rows, columns), [&] {
    store(model->predictor.predict(image_of(image, rows, columns)), class_index, probabilities);
  });
}

const char* scanline_error() { return last_error.data(); }

const char* scanline_version() { return SCANLINE_VERSION; }
