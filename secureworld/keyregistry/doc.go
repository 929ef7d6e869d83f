// Package keyregistry lists every kind of key that a terminal's life rests on, with
// the seven stages of its life: who generates it, how it rests before it is
// distributed, how it is distributed, how it rests before it is used, how it is
// used, how long it is valid, and how it is destroyed.
//
// It is data about keys. It must never hold a key, nor anything that was computed
// from one: check values and ages come from the kernel through the mailbox, which
// names a key by its number here. Numbers are never given to another key.
//
// Every world may import it.
package keyregistry
