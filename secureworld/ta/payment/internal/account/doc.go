// Package account holds one card's account data: it is the only place in the
// secure world with a type that can hold a PAN. Formats: ISO/IEC 7812-1 (PAN
// and check digit), ISO/IEC 7813 (tracks 1 and 2), EMV 4.4 Book 3, Annex A (tags 57,
// 5A, 5F24, 5F34).
//
// Digits are ASCII bytes in fixed arrays, never a Go string, never a number and
// never an argument of a formatter: this package and those that use it link no
// fmt of their own, and a test holds them to it. Whoever has an Account wipes
// it. Its memory is the application's linear memory, which is secret and wiped
// once more when the instance ends.
//
// Only the payment application imports it; the compiler sees to that. It must
// never hold a PIN or a key.
package account
