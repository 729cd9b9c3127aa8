/* Operations on texts, and writing answers. */
#ifndef OPS_TEXT_H
#define OPS_TEXT_H

#include "../blocks.h"

static doorward_error printable(const block *block, doorward_buffer *out) {
  unsigned char bytes[512];
  doorward_text text;
  text.length = unhex(get(block, "text_hex"), bytes, sizeof bytes);
  text.data = (const char *)bytes;
  return doorward_text_printable(text, out);
}

/** Appends to what is written. */
static void append(doorward_buffer *out, doorward_text text) {
  CHECK(out->length + text.length <= out->room);
  if (text.length > 0) {
    memcpy(out->data + out->length, text.data, text.length);
  }
  out->length += text.length;
}

/** Without printf, which on some devices knows no 64 bits. */
static void append_number(doorward_buffer *out, uint64_t number) {
  char digits[20];
  char *at = digits + sizeof digits;
  doorward_text text;
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  text.data = at;
  text.length = (size_t)(digits + sizeof digits - at);
  append(out, text);
}

#endif
