#ifdef __cplusplus
extern "C" {
#endif

/** Borrows a NUL-terminated C string; none for NULL. */
static inline doorward_text doorward_string(const char *string) {
  doorward_text text;
  text.data = string;
  text.length = 0;
  while (string && string[text.length]) {
    text.length++;
  }
  return text;
}

/** Makes a buffer of the caller's memory. */
static inline doorward_buffer doorward_buffer_of(char *data, size_t room) {
  doorward_buffer buffer;
  buffer.data = data;
  buffer.room = room;
  buffer.length = 0;
  return buffer;
}

/** Returns what was written into a buffer; empty if the room was too small. */
static inline doorward_text doorward_written(const doorward_buffer *buffer) {
  doorward_text text;
  text.data = buffer->data;
  text.length = buffer->length <= buffer->room ? buffer->length : 0;
  return text;
}

#ifdef __cplusplus
}
#endif

#endif
