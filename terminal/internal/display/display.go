// Package display holds what a till shows to its customer on a tablet: the lines of
// a cart, with names, quantities and amounts.
//
// It is the app world's own screen, and nothing else. No word of it reaches the
// reader or the PIN pad, whose texts are fixed (the mailbox has no text field). It is
// taken away when a payment begins at whose prompts a PIN may be asked for, so that a
// till by mistake shows nothing beside them. That protects nobody from who owns the
// app world: they can paint their own tablet, as they can paint any other screen.
//
// Only the terminal imports it. It must never hold account data: a name that could be
// a card number is refused. It is kept in memory alone.
package display

import "sync"

// Cart is what is shown.
type Cart struct {
	Currency string `json:"currency"`
	Lines    []Line `json:"lines"`
	Total    int64  `json:"total"` // the sum of the lines, in minor units
}

// Line is one line of a cart.
type Line struct {
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
	Amount   int64  `json:"amount"` // of the whole line, in minor units; below zero for a discount
}

// Board is the one cart that is shown. The zero value is not usable.
type Board struct {
	mu      sync.Mutex
	cart    *Cart
	changed chan struct{}
}

// New returns an empty board.
func New() *Board { return &Board{changed: make(chan struct{})} }

// Show puts up a cart, or nothing for nil. It is not changed by anyone afterwards.
func (b *Board) Show(c *Cart) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cart == c {
		return
	}
	b.cart = c
	close(b.changed)
	b.changed = make(chan struct{})
}

// Look returns what is shown, nil for nothing.
func (b *Board) Look() *Cart {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cart
}

// Changed returns a channel that is closed when something else is shown.
func (b *Board) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}
