#pragma once

#include "scanline/framework/core/registry.hpp"
#include "scanline/train/commands/command.hpp"

namespace scanline::train {

struct Catalogue;

/// A registry of subcommands. A subcommand uses the registries of a catalogue, which has to outlive
/// it.
using Commands = Registry<Command, const Catalogue&>;

/// The subcommands that come with scanline.
Commands built_in_commands();

}  // namespace scanline::train
