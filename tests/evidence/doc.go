// Package evidence makes a scope report over the real programs and opens it in a real
// Chromium, as somebody does who was sent the file: it must ask for nothing, say first
// what it is not, and claim no more than it shows. Then it spoils the run, and the
// report must say so.
//
// It has tests only; nothing imports it.
package evidence
