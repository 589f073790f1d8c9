#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scanline/datasets/summary.hpp"

namespace scanline::train {

/// Training images that a run would hold out.
struct HeldOutImages {
  std::string purpose;              ///< What they are held out for: "val" or "test".
  std::vector<Index> class_counts;  ///< Images of each class.
};

/// A dataset and the facts about it, as `scanline data` prints them.
struct DataSummary {
  std::string dataset;                   ///< The name of the dataset or format.
  std::string directory;                 ///< The directory or file that was read.
  std::vector<std::string> class_names;  ///< One for each class.
  std::vector<std::string> part_names;   ///< One for each part: "train", "val" or "test".
  datasets::Summary facts;               ///< The facts about these parts.
  std::vector<HeldOutImages> held_out;   ///< Of the part "train".
};

/// The facts as text, in lines that fit 80 columns unless names are long.
std::string to_text(const DataSummary& summary);

/// The same facts as a JSON document.
nlohmann::ordered_json to_json(const DataSummary& summary);

}  // namespace scanline::train
