#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scanline/datasets/decode_image.hpp"
#include "scanline/datasets/preparation.hpp"
#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/array.hpp"
#include "scanline/models/registry.hpp"
#include "scanline/predict/model_file.hpp"

namespace scanline {

/// The prediction for an image.
struct Prediction {
  Index class_index = 0;             ///< The class with the highest probability.
  std::string class_name;            ///< Its name.
  std::vector<float> probabilities;  ///< One for each class; their sum is 1.
};

/// What a model would predict if an image ended after each of its rows.
struct RowPredictions {
  /// The probability of each class, for each row.
  std::vector<std::vector<float>> probabilities;
  /// The hidden state of the last recurrent layer's forward direction, for each row.
  std::vector<std::vector<float>> states;
};

/// A character of a line that was read.
struct CharacterPrediction {
  Index class_index = 0;   ///< Its class.
  std::string class_name;  ///< The name of the class.
  double probability = 0;  ///< The highest one of the class within the columns.
  Index begin = 0;         ///< The first column of the line in which it was seen.
  Index end = 0;           ///< The column after the last one.
};

/// A line of characters that was read, such as a number.
struct LinePrediction {
  std::string text;                             ///< The names of the classes, from left to right.
  double probability = 1;                       ///< Of these characters and no others.
  std::vector<CharacterPrediction> characters;  ///< From left to right.
};

/// A trained model that classifies images:
///
///     const Predictor predictor("runs/bilstm-1");
///     std::cout << predictor.predict("digit.png").class_name << '\n';
///
/// Several threads may use a predictor at once. A model of one's own must then have a `forward`
/// that changes nothing in evaluation mode, as is true of all layers and models here.
class Predictor {
 public:
  /// Loads a model as `load_model` does, from a run directory or a safetensors file.
  /// @throws Error when it cannot be read or is damaged.
  explicit Predictor(const std::filesystem::path& model,
                     const models::Registry& registry = models::built_in(),
                     const OnNote& on_note = {});

  /// The description of the model, such as the names of its classes.
  const ModelDescription& description() const { return model_.description; }

  /// Reads a picture and prepares it like the images that the model was trained with: it is resized
  /// to the size of these images and, where the training prepared digits, its ink is centred as
  /// MNIST's digits were. Otherwise a grey picture of that size is used as it is.
  /// @throws Error that names the file when it is not a picture, or when there is no ink in it.
  datasets::Image prepare(const std::filesystem::path& picture) const;
  /// Prepares a picture from the bytes of its file. `name` is the name of the picture in messages.
  /// @throws Error as for a file.
  datasets::Image prepare(std::span<const std::byte> picture, const std::string& name) const;
  /// Prepares a grey picture of any size. `name` is the name of the picture in messages.
  /// @throws Error when it is empty, or there is no ink in it.
  datasets::Image prepare(const datasets::Image& picture, const std::string& name) const;

  /// Finds all digits in a picture, or all lines of them for a model that reads lines, and prepares
  /// each, from left to right and from top to bottom. If the training did not prepare digits, the
  /// whole picture is prepared. `note`, if it is not null, may become a sentence about the picture
  /// that the user should know.
  /// @throws Error as `prepare` does.
  std::vector<datasets::PicturePart> prepare_parts(std::span<const std::byte> picture,
                                                   const std::string& name,
                                                   std::string* note = nullptr) const;

  /// Classifies an image that is prepared: an image of a dataset, or the result of `prepare`.
  /// @throws Error for an image of another size than the model was made for, and for a model that
  ///   reads lines.
  Prediction predict(const datasets::Image& image) const;
  /// Classifies several images at once, which takes less time than a call for each.
  /// @throws Error as for a single image.
  std::vector<Prediction> predict(const std::vector<datasets::Image>& images) const;
  /// Prepares and classifies the picture in a file. @throws Error as `prepare` does.
  Prediction predict(const std::filesystem::path& picture) const {
    return predict(prepare(picture));
  }
  /// Prepares and classifies a picture from the bytes of its file. @throws Error as `prepare` does.
  Prediction predict(std::span<const std::byte> picture, const std::string& name) const {
    return predict(prepare(picture, name));
  }

  /// Whether the model reads lines of characters, for which there is `read_line`, and does not
  /// classify images, for which there is `predict`.
  bool reads_lines() const;
  /// Reads a line of any width: ink (rows, columns), float32 from 0 for paper to 1 for ink, with as
  /// many rows as the images that the model was trained with. Characters should be as large as in
  /// these images, and some columns of paper should be at both sides. The columns at which the
  /// model sees a character lie within it.
  /// @throws Error for a model that reads no lines, and for a line of another height or without
  ///   columns.
  LinePrediction read_line(const Array& ink) const;
  /// Reads an image of a line, from 0 for paper to 255 for ink. @throws Error as above.
  LinePrediction read_line(const datasets::Image& line) const;

  /// What the model would predict after each row of an image that is prepared; nothing for a model
  /// that does not read images row by row.
  /// @throws Error for an image of another size than the model was made for.
  std::optional<RowPredictions> read_rows(const datasets::Image& image) const;

 private:
  datasets::Preparation preparation() const;

  /// These images as the model reads them: (B, rows, columns), normalized.
  /// @throws Error when the model was made for another size.
  Tensor input_of(std::span<const datasets::Image> images) const;

  std::string name_;
  LoadedModel model_;
};

}  // namespace scanline
