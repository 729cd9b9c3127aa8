/* The blocks of `name = value` lines of tests/vectors. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "check.h"

#define MAX_LINES 24

/** One case: its lines, pointing into the file. */
typedef struct block {
  size_t count;
  doorward_text names[MAX_LINES];
  doorward_text values[MAX_LINES];
} block;

static inline doorward_text part(const char *start, const char *end) {
  doorward_text text;
  text.data = start;
  text.length = (size_t)(end - start);
  return text;
}

/** As an empty text where there is none. */
static inline doorward_text or_empty(doorward_text text) {
  return text.data ? text : doorward_string("");
}

/** Reads the next block that has a line; 0 at the end. */
static inline int next_block(const char **at, const char *end, block *out) {
  out->count = 0;
  while (*at < end) {
    const char *line = *at;
    const char *stop = (const char *)memchr(line, '\n', (size_t)(end - line));
    const char *cut;
    stop = stop ? stop : end;
    *at = stop < end ? stop + 1 : end;
    if (stop == line) {
      if (out->count > 0) {
        return 1;
      }
      continue;
    }
    if (*line == '#') {
      continue;
    }
    for (cut = line; cut + 1 < stop && !(cut[0] == ' ' && cut[1] == '='); cut++) {
    }
    CHECK(cut + 1 < stop && out->count < MAX_LINES);
    out->names[out->count] = part(line, cut);
    cut += 2;
    out->values[out->count++] = part(cut < stop && *cut == ' ' ? cut + 1 : cut, stop);
  }
  return out->count > 0;
}

/** A value; none where there is no such line. */
static inline doorward_text get(const block *block, const char *name) {
  size_t i;
  for (i = 0; i < block->count; i++) {
    if (is(block->names[i], name)) {
      return block->values[i];
    }
  }
  return part(NULL, NULL);
}

/** Takes the next word, up to `mark`; none at the end. */
static inline doorward_text word(doorward_text *rest, char mark) {
  const char *start = rest->data, *end = start + rest->length, *stop;
  if (start == NULL) {
    return *rest;
  }
  stop = (const char *)memchr(start, mark, rest->length);
  *rest = stop ? part(stop + 1, end) : part(NULL, NULL);
  return part(start, stop ? stop : end);
}

/** Takes the next word that is not empty, with spaces between; none at the end. */
static inline doorward_text spaced(doorward_text *rest) {
  doorward_text next;
  do {
    next = word(rest, ' ');
  } while (next.data != NULL && next.length == 0);
  return next;
}

static inline uint64_t number(doorward_text text, uint64_t otherwise) {
  return text.data ? strtoull(text.data, NULL, 10) : otherwise;
}

/** Bytes out of hexadecimal digits, into `out`; how many. */
static inline size_t unhex(doorward_text digits, unsigned char *out, size_t room) {
  size_t i;
  CHECK(digits.length % 2 == 0 && digits.length / 2 <= room);
  for (i = 0; i < digits.length; i += 2) {
    char pair[3] = {digits.data[i], digits.data[i + 1], '\0'};
    out[i / 2] = (unsigned char)strtoul(pair, NULL, 16);
  }
  return digits.length / 2;
}

#endif
