/* What classify.c needs of the machine that it runs on. */
#ifndef BOARD_H
#define BOARD_H

/* Writes a text to the terminal. */
void print(const char* text);

/* Starts to count instructions. */
void start_count(void);

/* The number of instructions since then; 0 where they are not counted. */
unsigned long instructions_since_start(void);

/* The largest stack so far, in bytes; 0 where this is not known. */
unsigned long used_stack(void);

#endif
