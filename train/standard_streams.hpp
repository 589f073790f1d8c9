#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace scanline::train {

/// Makes sure that standard input, output and error are open: one that is closed becomes the null
/// device, opened so that reading or writing it still fails. Otherwise the next file that the
/// program opens would get its number, and what is printed would end up in that file. To be called
/// before anything is opened.
void open_standard_streams();

/// Reads standard input to its end, but no more than 257 MB, which is more than a picture may have.
/// @throws Error when it cannot be read.
std::vector<std::byte> read_standard_input();

/// Sets whether `write_error`, and so all messages, are left out. In a run on several ranks, only
/// one of them speaks to the user.
void set_mute(bool is_mute);

/// Writes text to standard error as it is. A failure is ignored: a log that cannot be written is no
/// reason to end a run.
void write_error(std::string_view text);

/// Writes a message for the user as one line, "scanline: <message>", to standard error. Control
/// characters become escapes, as messages quote files and their names.
void say(std::string_view message);

/// The number of columns of the terminal that standard output is; nothing where it is none.
std::optional<std::size_t> output_width();

/// Writes out what is still in the buffer of standard output.
/// @throws Error when anything printed there could not be written.
void flush_standard_output();

}  // namespace scanline::train
