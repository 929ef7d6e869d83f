// Package elementtest asks two elements the same questions and compares their
// answers, byte for byte: the AES verbs, with keys of its own, right questions
// and broken ones.
//
// Tests import it, nothing else may. Its terminals derive with package dukpt, so a
// make that shares no line with that has been compared with it.
package elementtest
