// Package scraper is the memory scraper of the scope proof (step 5, unseen): while
// sales with fresh canary cards run through a whole lane, it sweeps the memory of
// every process of the lane as root can, and afterwards every file, and looks for
// account data, PINs and payment keys in every form that package scan knows.
//
// Absence proves nothing by itself. Two controls run in the same sweep with the
// same needles: the plain control terminal, which makes the same sales with the
// same cards in ordinary memory, and the reader and the PIN pad, which hold clear
// data by nature. Where a control has no hit the result is inconclusive, and the
// test fails.
//
// What is claimed, and so asserted: nothing of any kind in the terminal; no
// account data, PIN or payment key in any readable page of boot and kernel, where
// memfd_secret is in force. The exceptions, counted and listed but not asserted:
// keys of TLS sessions and signatures, which live on the Go heap by the standard
// library's design.
//
// It has tests only; nothing imports it. It never prints what it looks for.
package scraper
