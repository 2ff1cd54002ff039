// What Swift's own vectors cannot do yet: their comparisons become loops over the lanes. In clang's vectors, which every
// architecture has, so that nothing is written twice.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the marks are read from any of their bytes on, the lowest first"
#endif

typedef uint8_t cvector_bytes __attribute__((ext_vector_type(16)));
typedef int8_t cvector_signs __attribute__((ext_vector_type(16)));
typedef _Bool cvector_bits __attribute__((ext_vector_type(16)));

/// A bit for each of 16 bytes at which the plain part of a JSON string ends: quotes, backslashes, control characters and
/// all that is not ASCII, which as a signed byte is below the space as well.
static inline uint64_t cvector_json_marks_16(const uint8_t *text) {
    cvector_bytes bytes;
    memcpy(&bytes, text, sizeof bytes);
    cvector_signs found = (cvector_signs)(bytes == '"') | (cvector_signs)(bytes == '\\') | ((cvector_signs)bytes < ' ');
    cvector_bits bits = __builtin_convertvector(found, cvector_bits);
    uint16_t marks;
    memcpy(&marks, &bits, sizeof marks);
    return marks;
}

/// The same of 64 bytes.
static inline uint64_t cvector_json_marks_64(const uint8_t *text) {
    return cvector_json_marks_16(text) | cvector_json_marks_16(text + 16) << 16
        | cvector_json_marks_16(text + 32) << 32 | cvector_json_marks_16(text + 48) << 48;
}

/// The marks of `count` bytes, 64 a word, with one more behind the last byte. Writes `count / 64 + 2` words, the last zero.
static inline void cvector_json_marks(const uint8_t *text, size_t count, uint64_t *marks) {
    size_t words = count / 64;
    for (size_t word = 0; word < words; word++) marks[word] = cvector_json_marks_64(text + word * 64);
    uint8_t rest[64];
    memset(rest, ' ', sizeof rest);
    memcpy(rest, text + words * 64, count % 64);
    marks[words] = cvector_json_marks_64(rest) | (uint64_t)1 << count % 64;
    marks[words + 1] = 0;
}
