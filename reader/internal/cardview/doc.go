// Package cardview shows an operator what is on a card, and writes down what a
// terminal and a card said to each other, both without account data.
//
//	Read  ─▶ exchanges ─┬▶ View.Tree, View.JSON
//	Trace ─▶ exchanges ─┴▶ View.Transcript (> command, < answer)
//
// Everything is collected first and shown last, because what must not be shown
// is known only when the account number has been seen. A data object is shown
// if the table in tags.go says so; objects that are not in it are not shown. Of
// account numbers the last four digits are, and nothing in which one is found
// in any position: whoever personalised the card may have put it anywhere.
// Certificates of a card's key are not shown either, since the account number
// can be recovered from them.
//
// Only the reader's main imports it. Clear account data lie in the exchanges,
// which View.Wipe clears. It never sees a PIN: it has no PIN pad.
package cardview
