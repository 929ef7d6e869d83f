//go:build linux

// The kernel computes with Go's FIPS 140-3 module in its approved mode; package
// services says what lies outside the module and why. Description tells whether it
// is in force. Only this program's main package can say so, and the environment
// that boot gives does not take it back.
//
//go:debug fips140=on
package main
