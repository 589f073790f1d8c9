/**
 * @file
 * Classifies pictures with a model that scanline has trained, from C or from any language that can
 * call C:
 *
 *     scanline_model* model;
 *     int best;
 *     if (scanline_open("runs/bilstm-1", &model) != SCANLINE_OK ||
 *         scanline_predict_file(model, "digit.png", &best, NULL) != SCANLINE_OK) {
 *       fprintf(stderr, "%s\n", scanline_error());
 *       return 1;
 *     }
 *     puts(scanline_class_name(model, best));
 *     scanline_close(model);
 *
 * Compile with `cc main.c $(pkg-config --cflags --libs scanline)`.
 *
 * Several threads may call all functions at once, also with the same model. Only scanline_close()
 * has to be the last call with its model. Texts are in UTF-8 and end with a zero.
 */
#ifndef SCANLINE_H
#define SCANLINE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What functions return that can fail. */
enum {
  SCANLINE_OK = 0,    /**< The function has done its work. */
  SCANLINE_ERROR = 1, /**< A file or picture cannot be read or does not fit, or memory is full. */
  SCANLINE_MISUSE = 2 /**< An argument is not allowed, such as a null pointer. */
};

/** A model in memory. scanline_open() makes it, and scanline_close() frees it. */
typedef struct scanline_model scanline_model;

/**
 * Loads a model. `path` is a run directory or a `.safetensors` file. Of a run that was interrupted,
 * the best weights or else those of its last checkpoint are loaded. When this fails, `*model` is
 * null.
 * @return SCANLINE_OK, SCANLINE_ERROR or SCANLINE_MISUSE.
 */
int scanline_open(const char* path, scanline_model** model);

/** Frees a model. A null pointer is allowed and does nothing. */
void scanline_close(scanline_model* model);

/** The height in pixels of the images that the model was made for; 0 for a null pointer. */
int scanline_rows(const scanline_model* model);

/** The width in pixels of the images that the model was made for; 0 for a null pointer. */
int scanline_columns(const scanline_model* model);

/** The number of classes that the model distinguishes; 0 for a null pointer. */
int scanline_class_count(const scanline_model* model);

/**
 * The name of a class, counted from 0. The text belongs to the model.
 * @return The name, or a null pointer if there is no such class.
 */
const char* scanline_class_name(const scanline_model* model, int class_index);

/**
 * Prepares and classifies the picture in a file: a PNG, JPEG, BMP, GIF, PBM, PGM or PPM file of any
 * size. It is prepared like the images that the model was trained with: resized and, where the
 * training prepared digits, its ink is centred as in MNIST.
 * @param model The model.
 * @param path The file.
 * @param class_index Receives the class with the highest probability. May be null.
 * @param probabilities Receives scanline_class_count() probabilities, whose sum is 1. May be null.
 * @return SCANLINE_OK, SCANLINE_ERROR or SCANLINE_MISUSE.
 */
int scanline_predict_file(const scanline_model* model, const char* path, int* class_index,
                          float* probabilities);

/** Does what scanline_predict_file() does, for the `size` bytes of such a file in memory. */
int scanline_predict_picture(const scanline_model* model, const void* bytes, size_t size,
                             int* class_index, float* probabilities);

/**
 * Prepares a grey picture of any size that is in memory as pixels, such as the image of a camera.
 * scanline_predict() takes the result.
 * @param model The model.
 * @param picture The pixels row by row, from 0 for black to 255 for white.
 * @param rows The height of the picture.
 * @param columns The width of the picture.
 * @param prepared Receives scanline_rows() times scanline_columns() pixels.
 * @return SCANLINE_OK, SCANLINE_ERROR or SCANLINE_MISUSE.
 */
int scanline_prepare(const scanline_model* model, const unsigned char* picture, int rows,
                     int columns, unsigned char* prepared);

/**
 * Classifies an image that is prepared: an image of a dataset such as MNIST, or the result of
 * scanline_prepare().
 * @param model The model.
 * @param image The pixels row by row, from 0 to 255; in MNIST the background is 0.
 * @param rows The height of the image, which has to be scanline_rows().
 * @param columns The width of the image, which has to be scanline_columns().
 * @param class_index Receives the class with the highest probability. May be null.
 * @param probabilities Receives scanline_class_count() probabilities, whose sum is 1. May be null.
 * @return SCANLINE_OK, SCANLINE_ERROR or SCANLINE_MISUSE.
 */
int scanline_predict(const scanline_model* model, const unsigned char* image, int rows, int columns,
                     int* class_index, float* probabilities);

/**
 * Why the most recent function that failed in this thread has failed, as one line; an empty text if
 * none has. The text is valid until the next call in this thread.
 */
const char* scanline_error(void);

/** The version of the library, such as "0.1.0". */
const char* scanline_version(void);

#ifdef __cplusplus
}
#endif

#endif
