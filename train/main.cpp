#include "scanline/train/command_line.hpp"

int main(int argc, char** argv) {
  return scanline::train::main(argc, argv, scanline::train::built_in());
}
