#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace scanline::io {

/// Writes `parts`, one after the other, to `file` atomically: to a temporary file beside it, which
/// is synced to the disk and then renamed to `file`. The permissions follow the user's mask.
/// @throws Error that names the file and the reason, such as that the name belongs to something
/// other
///   than a regular file. A former file of that name is then intact, and no temporary file is left.
///   Only if the directory cannot be synced, the new file has the name already.
void write_file_atomically(const std::filesystem::path& file,
                           const std::vector<std::string_view>& parts);

/// A file to write.
struct FileContent {
  std::filesystem::path file;  ///< Its name.
  std::string_view bytes;      ///< Its content.
};

/// Writes several files, each as `write_file_atomically` does. None of them gets its name before
/// all of them are complete on the disk.
/// @throws Error as `write_file_atomically` does. Former files are then intact, unless the system
///   refuses to rename a file that is complete.
void write_files_atomically(const std::vector<FileContent>& files);

/// Whether a file has the name of a temporary file of `write_file_atomically`. A writer that was
/// killed has left it, unless a process is writing now.
bool is_abandoned(const std::filesystem::path& file);

/// Removes from `directory` the temporary files of writers that were killed. No process may be
/// writing there.
void remove_abandoned_files(const std::filesystem::path& directory);

}  // namespace scanline::io
