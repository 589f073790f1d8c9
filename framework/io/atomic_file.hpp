#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace scanline::io {

/// Writes `parts`, one after the other, to `file` all or nothing: to a temporary file beside it,
/// which is synced to the disk and then takes the place of what had the name before. Its
/// permissions follow the user's mask.
/// @throws Error that names the file and the reason, which may be that something other than a
///   regular file has the name. What had the name before is then intact, and nothing else is left;
///   but where it is the directory that cannot be synced, the new file has the name already.
void write_file_atomically(const std::filesystem::path& file,
                           const std::vector<std::string_view>& parts);

/// Whether a file has the name of a temporary one that `write_file_atomically` makes, so that it
/// was left by a writer that was killed, unless somebody is writing now.
bool is_abandoned(const std::filesystem::path& file);

/// Removes from `directory` the temporary files of writers that were killed. Nobody else may be
/// writing there.
void remove_abandoned_files(const std::filesystem::path& directory);

}  // namespace scanline::io
