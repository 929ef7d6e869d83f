//go:build !purego && !stdaes

#include "textflag.h"

// AES-256 with the processor's AES instructions (FIPS 197). Nothing here branches or
// addresses by a key or by data, and no register leaves with a key in it: a signal
// would store it.
//
// Registers: X0, X1 the two newest round keys; X2, X3 blocks; X4, X5 scratch; X6 the
// round constant in each word; X7 rotate; X8 zero.

// Repeats the last word of a key, its first byte behind (RotWord).
DATA rotate<>+0(SB)/8, $0x0c0f0e0d0c0f0e0d
DATA rotate<>+8(SB)/8, $0x0c0f0e0d0c0f0e0d
GLOBL rotate<>(SB), RODATA|NOPTR, $16

DATA one<>+0(SB)/8, $0x0000000100000001
DATA one<>+8(SB)/8, $0x0000000100000001
GLOBL one<>(SB), RODATA|NOPTR, $16

// SPREAD adds each word of k to those after it: w0, w0+w1, w0+w1+w2, w0+w1+w2+w3.
#define SPREAD(k) \
	MOVO   k, X5  \
	PSLLDQ $4, X5 \
	PXOR   X5, k  \
	MOVO   k, X5  \
	PSLLDQ $8, X5 \
	PXOR   X5, k

// EVEN makes the round key after X0 and X1 in X0: with a round constant, and the last
// word of X1 rotated and substituted. The last round without a key substitutes; of four
// equal columns it moves none.
#define EVEN \
	MOVO       X1, X4 \
	PSHUFB     X7, X4 \
	AESENCLAST X6, X4 \
	SPREAD(X0)        \
	PADDL      X6, X6 \
	PXOR       X4, X0

// ODD makes the one after in X1: the last word of X0 substituted only.
#define ODD \
	PSHUFD     $0xff, X0, X4 \
	AESENCLAST X8, X4        \
	SPREAD(X1)               \
	PXOR       X4, X1

#define ROUND(k) \
	AESENC k, X2 \
	AESENC k, X3

#define TWO_ROUNDS \
	ROUND(X1) \
	EVEN      \
	ROUND(X0) \
	ODD

#define START \
	MOVOU rotate<>(SB), X7 \
	MOVOU one<>(SB), X6    \
	PXOR  X8, X8

#define LEAVE \
	PXOR X0, X0 \
	PXOR X1, X1 \
	PXOR X2, X2 \
	PXOR X3, X3 \
	PXOR X4, X4 \
	PXOR X5, X5

// DATA_BLOCKS makes the two blocks (first, rest) and (second, rest) of R8, R9 and R10, in the
// order of bytes of the standard. Loaded from memory that was just written in halves
// they would wait for it.
#define DATA_BLOCKS \
	BSWAPQ     R8         \
	BSWAPQ     R9         \
	BSWAPQ     R10        \
	MOVQ       R8, X2     \
	MOVQ       R9, X3     \
	MOVQ       R10, X4    \
	PUNPCKLQDQ X4, X2     \
	PUNPCKLQDQ X4, X3

// func derive(out, key *[KeySize]byte, first, second, rest uint64)
// The key schedule runs beside its two blocks: nothing is stored but the result.
TEXT ·derive(SB), NOSPLIT, $0-40
	MOVQ  out+0(FP), DI
	MOVQ  key+8(FP), SI
	MOVQ  first+16(FP), R8
	MOVQ  second+24(FP), R9
	MOVQ  rest+32(FP), R10
	MOVOU (SI), X0
	MOVOU 16(SI), X1
	DATA_BLOCKS
	START
	PXOR  X0, X2
	PXOR  X0, X3
	TWO_ROUNDS
	TWO_ROUNDS
	TWO_ROUNDS
	TWO_ROUNDS
	TWO_ROUNDS
	TWO_ROUNDS
	ROUND(X1)
	EVEN
	AESENCLAST X0, X2
	AESENCLAST X0, X3
	MOVOU X2, (DI)
	MOVOU X3, 16(DI)
	LEAVE
	RET

#define STORE_TWO(at) \
	EVEN                  \
	MOVOU X0, (at)(DI)    \
	ODD                   \
	MOVOU X1, (at+16)(DI)

// func expand(to *roundKeys, key *[KeySize]byte)
TEXT ·expand(SB), NOSPLIT, $0-16
	MOVQ  to+0(FP), DI
	MOVQ  key+8(FP), SI
	MOVOU (SI), X0
	MOVOU 16(SI), X1
	START
	MOVOU X0, (DI)
	MOVOU X1, 16(DI)
	STORE_TWO(32)
	STORE_TWO(64)
	STORE_TWO(96)
	STORE_TWO(128)
	STORE_TWO(160)
	STORE_TWO(192)
	EVEN
	MOVOU X0, 224(DI)
	LEAVE
	RET

// INVERT makes a round key of the equivalent inverse cipher (FIPS 197, 5.3.5).
#define INVERT(from, to) \
	MOVOU  (from)(SI), X0 \
	AESIMC X0, X1         \
	MOVOU  X1, (to)(DI)

// func invert(to, from *roundKeys)
TEXT ·invert(SB), NOSPLIT, $0-16
	MOVQ  to+0(FP), DI
	MOVQ  from+8(FP), SI
	MOVOU (SI), X0
	MOVOU X0, 224(DI)
	MOVOU 224(SI), X0
	MOVOU X0, (DI)
	INVERT(208, 16)
	INVERT(192, 32)
	INVERT(176, 48)
	INVERT(160, 64)
	INVERT(144, 80)
	INVERT(128, 96)
	INVERT(112, 112)
	INVERT(96, 128)
	INVERT(80, 144)
	INVERT(64, 160)
	INVERT(48, 176)
	INVERT(32, 192)
	INVERT(16, 208)
	LEAVE
	RET

#define STEP(INSTRUCTION, at) \
	MOVOU       (at)(AX), X0 \
	INSTRUCTION X0, X2

#define BLOCK(INSTRUCTION, LAST) \
	STEP(PXOR, 0)          \
	STEP(INSTRUCTION, 16)  \
	STEP(INSTRUCTION, 32)  \
	STEP(INSTRUCTION, 48)  \
	STEP(INSTRUCTION, 64)  \
	STEP(INSTRUCTION, 80)  \
	STEP(INSTRUCTION, 96)  \
	STEP(INSTRUCTION, 112) \
	STEP(INSTRUCTION, 128) \
	STEP(INSTRUCTION, 144) \
	STEP(INSTRUCTION, 160) \
	STEP(INSTRUCTION, 176) \
	STEP(INSTRUCTION, 192) \
	STEP(INSTRUCTION, 208) \
	STEP(LAST, 224)

// BETWEEN adds the words R8 and R9 to the block, in the order of bytes of the standard.
#define BETWEEN \
	BSWAPQ     R8     \
	BSWAPQ     R9     \
	MOVQ       R8, X3 \
	MOVQ       R9, X4 \
	PUNPCKLQDQ X4, X3 \
	PXOR       X3, X2

// func encrypt(k *roundKeys, dst, src *[BlockSize]byte)
TEXT ·encrypt(SB), NOSPLIT, $0-24
	MOVQ  k+0(FP), AX
	MOVQ  dst+8(FP), DI
	MOVQ  src+16(FP), SI
	MOVOU (SI), X2
	BLOCK(AESENC, AESENCLAST)
	MOVOU X2, (DI)
	PXOR  X0, X0
	PXOR  X2, X2
	RET

// func encryptTwice(k *roundKeys, field *[BlockSize]byte, left, right uint64)
TEXT ·encryptTwice(SB), NOSPLIT, $0-32
	MOVQ  k+0(FP), AX
	MOVQ  field+8(FP), DI
	MOVQ  left+16(FP), R8
	MOVQ  right+24(FP), R9
	MOVOU (DI), X2
	BLOCK(AESENC, AESENCLAST)
	BETWEEN
	BLOCK(AESENC, AESENCLAST)
	MOVOU X2, (DI)
	PXOR  X0, X0
	PXOR  X2, X2
	PXOR  X3, X3
	PXOR  X4, X4
	XORL  R8, R8
	XORL  R9, R9
	RET

// func decrypt(k *roundKeys, dst, src *[BlockSize]byte)
TEXT ·decrypt(SB), NOSPLIT, $0-24
	MOVQ  k+0(FP), AX
	MOVQ  dst+8(FP), DI
	MOVQ  src+16(FP), SI
	MOVOU (SI), X2
	BLOCK(AESDEC, AESDECLAST)
	MOVOU X2, (DI)
	PXOR  X0, X0
	PXOR  X2, X2
	RET

// func decryptTwice(k *roundKeys, field *[BlockSize]byte, left, right uint64)
TEXT ·decryptTwice(SB), NOSPLIT, $0-32
	MOVQ  k+0(FP), AX
	MOVQ  field+8(FP), DI
	MOVQ  left+16(FP), R8
	MOVQ  right+24(FP), R9
	MOVOU (DI), X2
	BLOCK(AESDEC, AESDECLAST)
	BETWEEN
	BLOCK(AESDEC, AESDECLAST)
	MOVOU X2, (DI)
	PXOR  X0, X0
	PXOR  X2, X2
	PXOR  X3, X3
	PXOR  X4, X4
	XORL  R8, R8
	XORL  R9, R9
	RET

#define BOTH(at) \
	MOVOU (at)(AX), X0 \
	ROUND(X0)

// func pair(k *roundKeys, out *[KeySize]byte, first, second, rest uint64)
TEXT ·pair(SB), NOSPLIT, $0-40
	MOVQ k+0(FP), AX
	MOVQ out+8(FP), DI
	MOVQ first+16(FP), R8
	MOVQ second+24(FP), R9
	MOVQ rest+32(FP), R10
	DATA_BLOCKS
	MOVOU (AX), X0
	PXOR X0, X2
	PXOR X0, X3
	BOTH(16)
	BOTH(32)
	BOTH(48)
	BOTH(64)
	BOTH(80)
	BOTH(96)
	BOTH(112)
	BOTH(128)
	BOTH(144)
	BOTH(160)
	BOTH(176)
	BOTH(192)
	BOTH(208)
	MOVOU 224(AX), X0
	AESENCLAST X0, X2
	AESENCLAST X0, X3
	MOVOU X2, (DI)
	MOVOU X3, 16(DI)
	LEAVE
	RET
