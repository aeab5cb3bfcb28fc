#include "textflag.h"

// What half a byte adds in each of the four planes, by the bits that are set in it. What the last plane adds is taken away.
DATA ·tables+0(SB)/8, $0x0302020102010100
DATA ·tables+8(SB)/8, $0x0403030203020201
DATA ·tables+16(SB)/8, $0x0604040204020200
DATA ·tables+24(SB)/8, $0x0806060406040402
DATA ·tables+32(SB)/8, $0x0c08080408040400
DATA ·tables+40(SB)/8, $0x100c0c080c080804
DATA ·tables+48(SB)/8, $0x1810100810080800
DATA ·tables+56(SB)/8, $0x2018181018101008
GLOBL ·tables(SB), RODATA|NOPTR, $64

DATA ·halves+0(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL ·halves(SB), RODATA|NOPTR, $8

// COUNT sets a and b to what the bits of Y0 that are in a plane add, by the low and the high half of each byte.
#define COUNT(plane, table, a, b) \
	VPAND   plane, Y0, a; \
	VPSRLW  $4, a, b;     \
	VPAND   Y15, a, a;    \
	VPAND   Y15, b, b;    \
	VPSHUFB a, table, a;  \
	VPSHUFB b, table, b

// func estimateAVX2(dst *int32, codes *uint64, rows, groups int, planes *group)
TEXT ·estimateAVX2(SB), NOSPLIT, $0-40
	MOVQ           dst+0(FP), DI
	MOVQ           codes+8(FP), SI
	MOVQ           rows+16(FP), R8
	MOVQ           groups+24(FP), R9
	MOVQ           planes+32(FP), R10
	VBROADCASTI128 ·tables+0(SB), Y14
	VBROADCASTI128 ·tables+16(SB), Y13
	VBROADCASTI128 ·tables+32(SB), Y12
	VBROADCASTI128 ·tables+48(SB), Y11
	VPBROADCASTQ   ·halves(SB), Y15
	VPXOR          Y10, Y10, Y10

row:
	MOVQ  R10, BX
	MOVQ  R9, CX
	VPXOR Y9, Y9, Y9

group:
	VMOVDQU (SI), Y0
	COUNT((BX), Y14, Y1, Y2)
	COUNT(32(BX), Y13, Y3, Y4)
	VPADDB  Y1, Y2, Y1
	VPADDB  Y3, Y4, Y3
	COUNT(64(BX), Y12, Y5, Y6)
	VPADDB  Y1, Y3, Y1
	VPADDB  Y5, Y6, Y5
	COUNT(96(BX), Y11, Y7, Y8)
	VPADDB  Y1, Y5, Y1
	VPADDB  Y7, Y8, Y7
	VPSADBW Y10, Y1, Y1
	VPSADBW Y10, Y7, Y7
	VPSUBQ  Y7, Y1, Y1
	VPSLLVQ 128(BX), Y1, Y1
	VPADDQ  Y1, Y9, Y9
	ADDQ    $32, SI
	ADDQ    $160, BX
	DECQ    CX
	JNZ     group

	VEXTRACTI128 $1, Y9, X1
	VPADDQ       X1, X9, X1
	VPSHUFD      $0x4e, X1, X2
	VPADDQ       X1, X2, X1
	VMOVD        X1, (DI)
	ADDQ         $4, DI
	DECQ         R8
	JNZ          row
	VZEROUPPER
	RET

// func supportsAVX2() bool
TEXT ·supportsAVX2(SB), NOSPLIT, $0-1
	MOVB $0, ret+0(FP)
	XORL AX, AX
	CPUID
	CMPL AX, $7
	JLT  no

	MOVL $1, AX
	XORL CX, CX
	CPUID
	ANDL $0x18000000, CX // the system saves registers by XSAVE, and there is AVX
	CMPL CX, $0x18000000
	JNE  no

	XORL CX, CX
	XGETBV
	ANDL $6, AX // it saves both halves of the wide registers
	CMPL AX, $6
	JNE  no

	MOVL $7, AX
	XORL CX, CX
	CPUID
	BTL  $5, BX
	JCC  no
	MOVB $1, ret+0(FP)

no:
	RET
