//go:build cgo

package onnx

// #include <stddef.h>
// #define MMAP_THRESHOLD -3 // M_MMAP_THRESHOLD of malloc.h, which musl has not
// // Weak, because musl has no such functions.
// extern int malloc_trim(size_t) __attribute__((weak));
// extern int mallopt(int, int) __attribute__((weak));
// static void trim(void) { if (malloc_trim) malloc_trim(0); }
// static void map_large(int bytes) { if (mallopt) mallopt(MMAP_THRESHOLD, bytes); }
import "C"

// largeBlock is the size from which a block of the C heap has pages of its own.
const largeBlock = 256 << 10

// mapLarge makes the C heap give large blocks back as soon as they are freed.
// By itself glibc raises the size up to which it keeps them after the first
// weights were freed, and small blocks then pin them: up to 40 MB stayed after
// twenty models (measured), 10 MB with this.
func mapLarge() { C.map_large(largeBlock) }

// Trim gives the C heap's free pages back to the system. Without it glibc
// keeps 160 MB after a model of 133 MB was closed (measured).
func Trim() { C.trim() }
