/* What the tests share. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doorward.h"

#define CHECK(condition) \
  ((condition) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), exit(1)))

static inline int is(doorward_text text, const char *expected) {
  return text.data != NULL && text.length == strlen(expected) && memcmp(text.data, expected, text.length) == 0;
}

static inline int none(doorward_text text) {
  return text.data == NULL && text.length == 0;
}

/** A short name, since tests are full of them. */
static inline doorward_text s(const char *string) {
  return doorward_string(string);
}

static inline doorward_text of(const char *data, size_t length) {
  doorward_text text;
  text.data = data;
  text.length = length;
  return text;
}

/** NULL with a length. */
static inline doorward_text nowhere(size_t length) {
  return of(NULL, length);
}

static inline doorward_code_verifier verifier_of(doorward_text text) {
  doorward_code_verifier verifier;
  verifier.text = text;
  return verifier;
}

static inline doorward_code_challenge challenge_of(doorward_text text) {
  doorward_code_challenge challenge;
  challenge.text = text;
  return challenge;
}

/** A file, with a NUL behind it; freed by the caller. */
static inline char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  char *data = NULL;
  size_t room = 0, used = 0, more;
  if (file == NULL) {
    return NULL;
  }
  do {
    if (room - used < 2) {
      char *larger = (char *)realloc(data, room = room * 2 + 4096);
      if (larger == NULL) {
        break;
      }
      data = larger;
    }
    more = fread(data + used, 1, room - used - 1, file);
    used += more;
  } while (more > 0);
  fclose(file);
  if (data != NULL) {
    data[used] = '\0';
  }
  *length = used;
  return data;
}

#endif
