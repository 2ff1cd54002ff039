// The C library's allocator; Swift's own module of it leaves this header out.
#include <malloc.h>
