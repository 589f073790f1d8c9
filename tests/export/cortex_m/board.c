/* The start of a program on QEMU's MPS2 boards, and what it needs of the machine. Text is written
 * by semihosting. With `-icount shift=0` each instruction takes a nanosecond of the board, and its
 * first timer counts down at 25 MHz, so that a tick is 40 instructions. */

#include "board.h"

#include <stdint.h>

extern uint32_t data_begin[], data_end[], data_in_flash[], bss_begin[], bss_end[], stack_begin[],
    stack_end[];

int main(void);

enum { write_text = 4, end_program = 0x18, has_ended = 0x20026, unused = 0x5ca1ab1e };

#define REGISTER(address) (*(volatile uint32_t*)(address))
#define TIMER_CONTROL REGISTER(0x40000000)
#define TIMER_VALUE REGISTER(0x40000004)
#define COPROCESSORS REGISTER(0xe000ed88)

static void ask_host(int operation, const void* argument) {
  register int r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void print(const char* text) { ask_host(write_text, text); }

void start_count(void) {
  TIMER_CONTROL = 0;
  TIMER_VALUE = UINT32_MAX;
  TIMER_CONTROL = 1;
}

unsigned long instructions_since_start(void) { return (UINT32_MAX - TIMER_VALUE) * 40; }

unsigned long used_stack(void) {
  const uint32_t* word = stack_begin;
  while (*word == unused) ++word;
  return (unsigned long)((const char*)stack_end - (const char*)word);
}

void start(void) {
  uint32_t *to, *here = __builtin_frame_address(0);
  const uint32_t* from = data_in_flash;
#ifdef __ARM_FP
  COPROCESSORS |= 0xf << 20;
  __asm__ volatile("dsb; isb");
#endif
  for (to = data_begin; to < data_end; ++to) *to = *from++;
  for (to = bss_begin; to < bss_end; ++to) *to = 0;
  for (to = stack_begin; to < here - 16; ++to) *to = unused;
  main();
  ask_host(end_program, (const void*)has_ended);
  for (;;) continue;
}

/* A fault shows as a loop, which the caller's time limit ends. */
static void stop(void) {
  for (;;) continue;
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))stack_end, start, stop, stop, stop, stop, stop};
