/* As much JSON as case files need: values stay text, are found by scanning, and read one by one. Survives any bytes. */
#ifndef JSON_H
#define JSON_H

#include "blocks.h"

/** Memory that is let go of at once. */
typedef struct arena {
  void *first;
} arena;

static inline char *keep(arena *arena, size_t length) {
  char *memory = (char *)malloc(sizeof(void *) + length + 1);
  CHECK(memory != NULL);
  memcpy(memory, &arena->first, sizeof(void *));
  arena->first = memory;
  return memory + sizeof(void *);
}

static inline void let_go(arena *arena) {
  while (arena->first != NULL) {
    void *next;
    memcpy(&next, arena->first, sizeof next);
    free(arena->first);
    arena->first = next;
  }
}

static inline const char *white(const char *at, const char *end) {
  while (at < end && memchr(" \t\r\n", *at, 4) != NULL) {
    at++;
  }
  return at;
}

/** Behind the closing quote of a string that begins at `at`; NULL where there is none. */
static inline const char *skip_string(const char *at, const char *end) {
  for (at++; at < end; at++) {
    if (*at == '\\') {
      at++;
    } else if (*at == '"') {
      return at + 1;
    }
  }
  return NULL;
}

/** Behind the value that begins at `at`, at any depth; NULL where it does not end. */
static inline const char *skip_value(const char *at, const char *end) {
  size_t depth = 0;
  if (at < end && *at != '"' && *at != '{' && *at != '[') {
    const char *start = at;
    while (at < end && memchr(",]} \t\r\n", *at, 7) == NULL) {
      at++;
    }
    return at > start ? at : NULL;
  }
  while (at < end) {
    if (*at == '"') {
      at = skip_string(at, end);
      if (at == NULL) {
        return NULL;
      }
    } else {
      depth += *at == '{' || *at == '[';
      depth -= *at == '}' || *at == ']';
      at++;
    }
    if (depth == 0) {
      return at;
    }
  }
  return NULL;
}

/** A place within an array or object; begin with the value's own text. */
typedef struct cursor {
  const char *at;
  const char *end;
  int object;
} cursor;

static inline cursor inside(doorward_text value) {
  cursor cursor;
  cursor.object = value.length > 0 && *value.data == '{';
  cursor.at = value.length > 0 && (*value.data == '{' || *value.data == '[') ? value.data + 1 : NULL;
  cursor.end = cursor.at ? value.data + value.length : NULL;
  return cursor;
}

/** The next element, or member with the text of its name; 0 at the end, and where the text is none. */
static inline int next_value(cursor *cursor, doorward_text *name, doorward_text *value) {
  const char *at = cursor->at ? white(cursor->at, cursor->end) : NULL, *after;
  if (at != NULL && at < cursor->end && *at == ',') {
    at = white(at + 1, cursor->end);
  }
  if (at == NULL || at >= cursor->end || *at == '}' || *at == ']') {
    return 0;
  }
  if (cursor->object) {
    after = *at == '"' ? skip_string(at, cursor->end) : NULL;
    if (after == NULL) {
      return 0;
    }
    *name = part(at, after);
    at = white(after, cursor->end);
    if (at >= cursor->end || *at != ':') {
      return 0;
    }
    at = white(at + 1, cursor->end);
  }
  after = at < cursor->end ? skip_value(at, cursor->end) : NULL;
  if (after == NULL) {
    return 0;
  }
  *value = part(at, after);
  cursor->at = after;
  return 1;
}

static inline long unit(const char *at, const char *end) {
  char digits[5] = {0, 0, 0, 0, 0};
  size_t i;
  for (i = 0; i < 4; i++) {
    if (at + i >= end || strchr("0123456789abcdefABCDEF", at[i]) == NULL || at[i] == '\0') {
      return -1;
    }
    digits[i] = at[i];
  }
  return strtol(digits, NULL, 16);
}

static inline size_t put_utf8(char *out, long c) {
  size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3, i;
  static const int first[] = {0, 0xc0, 0xe0, 0xf0};
  out[0] = (char)(first[more] | (int)(c >> (6 * more)));
  for (i = 1; i <= more; i++) {
    out[i] = (char)(0x80 | ((c >> (6 * (more - i))) & 0x3f));
  }
  return more + 1;
}

/** Reads `\u` and what belongs to it; the character, or -1. */
static inline long escape(const char **at, const char *end) {
  long high = unit(*at, end), low;
  *at += 4;
  if (high < 0xd800 || high > 0xdfff) {
    return high;
  }
  if (high > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u') {
    return -1;
  }
  low = unit(*at + 2, end);
  *at += 6;
  return low < 0xdc00 || low > 0xdfff ? -1 : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/** The text of a string; none for what is no string, or holds a lone surrogate or an unknown escape. */
static inline doorward_text string_of(arena *arena, doorward_text value) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  const char *at = value.data, *end = at + value.length;
  char *out;
  size_t length = 0;
  if (value.length < 2 || *at != '"') {
    return part(NULL, NULL);
  }
  out = keep(arena, value.length);
  for (at++, end--; at < end;) {
    const char *known;
    if (*at != '\\') {
      out[length++] = *at++;
      continue;
    }
    at++;
    known = at < end && *at != '\0' ? strchr(from, *at) : NULL;
    if (known != NULL) {
      out[length++] = to[known - from];
      at++;
    } else {
      long c = -1;
      if (at < end && *at == 'u') {
        at++;
        c = escape(&at, end);
      }
      if (c < 0) {
        return part(NULL, NULL);
      }
      length += put_utf8(out + length, c);
    }
  }
  return part(out, out + length);
}

/** The value of a member; none where there is none. The last of several counts. */
static inline doorward_text member(arena *arena, doorward_text object, const char *name) {
  doorward_text found = part(NULL, NULL), own, value;
  cursor cursor = inside(object);
  while (cursor.object && next_value(&cursor, &own, &value)) {
    if (is(string_of(arena, own), name)) {
      found = value;
    }
  }
  return found;
}

/** A whole number below 2^64; 0 for what is none. */
static inline uint64_t whole(doorward_text value) {
  uint64_t number = 0;
  size_t i;
  for (i = 0; i < value.length; i++) {
    unsigned digit = (unsigned char)value.data[i] - (unsigned)'0';
    if (digit > 9 || number > (UINT64_MAX - digit) / 10) {
      return 0;
    }
    number = number * 10 + digit;
  }
  return number;
}

/** A whole number from 0; one of more than 64 bits is the largest. */
static inline uint64_t saturated(doorward_text value) {
  size_t i;
  for (i = 0; i < value.length; i++) {
    if ((unsigned char)value.data[i] - (unsigned)'0' > 9) {
      return 0;
    }
  }
  return whole(value) || value.length < 2 ? whole(value) : UINT64_MAX;
}

static inline uint32_t saturated_32(doorward_text value) {
  return saturated(value) > UINT32_MAX ? UINT32_MAX : (uint32_t)saturated(value);
}

/** Bytes out of base64 (RFC 4648 section 4), padded and canonical; none for what is not. */
static inline doorward_text base64(arena *arena, doorward_text text) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char *out = keep(arena, text.length);
  size_t i, length = 0, pad = 0;
  unsigned long bits = 0;
  while (pad < 2 && pad < text.length && text.data[text.length - 1 - pad] == '=') {
    pad++;
  }
  if (text.length % 4 != 0) {
    return part(NULL, NULL);
  }
  for (i = 0; i < text.length; i++) {
    const char *digit = text.data[i] ? strchr(digits, text.data[i]) : NULL;
    if (i + pad >= text.length) {
      digit = digits;
    }
    if (digit == NULL) {
      return part(NULL, NULL);
    }
    bits = (bits << 6 | (unsigned long)(digit - digits)) & 0xffffff;
    if (i % 4 == 3) {
      out[length++] = (char)(bits >> 16);
      out[length++] = (char)(bits >> 8);
      out[length++] = (char)bits;
    }
  }
  for (i = 0; i < pad; i++) {
    if (out[--length] != 0) {
      return part(NULL, NULL);
    }
  }
  return part(out, out + length);
}

#endif
