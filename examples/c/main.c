/* Classifies a picture of a digit with a trained model.
 *
 *   digit MODEL PICTURE    for example: ./digit runs/bilstm-1 digit.png
 */

#include <scanline.h>
#include <stdio.h>

int main(int argc, char** argv) {
  scanline_model* model = NULL;
  int best;
  if (argc != 3) {
    fprintf(stderr, "usage: digit MODEL PICTURE\n");
    return 2;
  }
  if (scanline_open(argv[1], &model) != SCANLINE_OK ||
      scanline_predict_file(model, argv[2], &best, NULL) != SCANLINE_OK) {
    fprintf(stderr, "%s\n", scanline_error());
    scanline_close(model);
    return 1;
  }
  printf("%s\n", scanline_class_name(model, best));
  scanline_close(model);
  return 0;
}
