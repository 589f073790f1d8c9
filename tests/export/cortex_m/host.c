#include <stdio.h>

#include "board.h"

void print(const char* text) { fputs(text, stdout); }
void start_count(void) {}
unsigned long instructions_since_start(void) { return 0; }
unsigned long used_stack(void) { return 0; }
