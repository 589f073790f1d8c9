/* Classifies the images that are linked in, with an exported model called net, on a Cortex-M or on
 * the host. It prints a line for each image: its class, and its probabilities in millionths. On a
 * Cortex-M it also prints how much stack a prediction takes, and how many instructions. */

#include "board.h"
#include "net.h"

extern const unsigned char images[], images_end[];

static net_workspace workspace;
static float image[net_rows * net_columns];

static void print_number(unsigned long number) {
  char text[24];
  char* digit = text + sizeof text - 1;
  *digit = '\0';
  do *--digit = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  print(digit);
}

int main(void) {
  float probabilities[net_classes];
  const unsigned char* next = images;
  unsigned long instructions = 0, count = 0;
  while (next < images_end) {
    int i, best = 0;
    for (i = 0; i < net_rows * net_columns; ++i) image[i] = (float)*next++ / 255;
    start_count();
    net_predict(image, probabilities, &workspace);
    instructions = instructions_since_start();
    for (i = 1; i < net_classes; ++i)
      if (probabilities[i] > probabilities[best]) best = i;
    print_number((unsigned long)best);
    for (i = 0; i < net_classes; ++i) {
      print(" ");
      print_number((unsigned long)(probabilities[i] * 1e6f + 0.5f));
    }
    print("\n");
    ++count;
  }
  print("images ");
  print_number(count);
  print("\ninstructions ");
  print_number(instructions);
  print("\nstack ");
  print_number(used_stack());
  print("\n");
  return 0;
}
